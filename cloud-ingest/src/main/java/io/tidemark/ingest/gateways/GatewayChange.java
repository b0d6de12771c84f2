package io.tidemark.ingest.gateways;

/**
 * Something that became different.
 *
 * @param id greater than that of every earlier one
 * @param atNanos when ingest noticed, nanoseconds since 1970 UTC
 * @param cluster the cluster's id
 * @param gateway whom it is about; who leads, or led last, where it is about a group
 * @param group the group it is about; empty if it is about the gateway itself
 * @param change {@link #READY}, {@link #NOT_READY}, {@link #SILENT} or {@link #LEFT} of a gateway,
 *     {@link #LEADS}, {@link #LEADERLESS} or {@link #ENDED} of a group
 * @param term Raft's, where it is about a group
 * @param detail why, in the gateway's words
 */
public record GatewayChange(
    long id,
    long atNanos,
    String cluster,
    String gateway,
    String group,
    String change,
    long term,
    String detail) {
  /** It says that it can commit. */
  public static final String READY = "ready";

  /** It says that it cannot; with its words why. */
  public static final String NOT_READY = "not-ready";

  /** It is not heard of any more. */
  public static final String SILENT = "silent";

  /** It is not of the cluster any more. */
  public static final String LEFT = "left";

  /** It leads the group, in a new term. */
  public static final String LEADS = "leads";

  /** Nobody that is heard of leads the group. */
  public static final String LEADERLESS = "leaderless";

  /** The cluster has no such group any more. */
  public static final String ENDED = "ended";
}
