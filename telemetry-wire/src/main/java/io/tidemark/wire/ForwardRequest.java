package io.tidemark.wire;

import java.util.List;

/**
 * What a gateway posts to ingest: committed entries, and how far its group is. Without entries it
 * is a heartbeat.
 *
 * @param group the replication group these entries belong to, named after its preferred leader
 * @param committedIndex the group's committed log index when this request was made
 * @param forwardedIndex everything up to and including this index has been acknowledged by ingest
 * @param tick the highest tick of ingest's that the gateway had seen <em>before</em> it read {@code
 *     committedIndex}; 0 if none. Ingest's answer carries its current tick. So ingest knows,
 *     without comparing clocks, that an index was read after something else had happened.
 * @param groups all groups of the cluster: only when each of them has forwarded what it had
 *     committed, ingest knows what is missing. One in which something was committed before {@code
 *     committedIndex} was read has to be among them, unless its end is acknowledged.
 * @param gateway the gateway that asks, which leads the group; empty if it does not say
 * @param ended true in the last report of a group whose gateway was removed: its log is closed for
 *     good, and all that was ever committed in it is forwarded. So ingest waits for it no longer,
 *     whatever comes of it later; the gateways forget the group once this is acknowledged.
 * @param entries committed entries in log order; none if the group is ended
 */
public record ForwardRequest(
    String group,
    long committedIndex,
    long forwardedIndex,
    long tick,
    List<String> groups,
    String gateway,
    boolean ended,
    List<LogEntry> entries) {
  /**
   * Checks what can be.
   *
   * @throws IllegalArgumentException if a name is none, or the group is said to be ended while it
   *     has something to forward
   */
  public ForwardRequest {
    Names.requireName("group", group);
    if (!gateway.isEmpty()) {
      Names.requireName("gateway", gateway);
    }
    if (ended && forwardedIndex < committedIndex) {
      throw new IllegalArgumentException(
          "group %s is said to be ended, but has forwarded %d of %d; it ends once it has forwarded all"
              .formatted(group, forwardedIndex, committedIndex));
    }
    if (ended) {
      requireNone(group, entries.size());
    }
    groups.forEach(name -> Names.requireName("group", name));
    groups = List.copyOf(groups);
    entries = List.copyOf(entries);
  }

  /** Of a cluster that has this group alone, by whoever leads it. */
  public ForwardRequest(
      String group, long committedIndex, long forwardedIndex, long tick, List<LogEntry> entries) {
    this(group, committedIndex, forwardedIndex, tick, List.of(group), "", false, entries);
  }

  /** Fails if there are entries, of an ended group. */
  static void requireNone(String group, int entries) {
    if (entries > 0) {
      throw new IllegalArgumentException(
          "group %s is said to be ended, but has %d entries to forward; it ends once they are acknowledged"
              .formatted(group, entries));
    }
  }
}
