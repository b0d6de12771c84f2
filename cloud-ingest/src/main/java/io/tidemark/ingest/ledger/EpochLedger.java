package io.tidemark.ingest.ledger;

import java.util.List;

/**
 * All there is to say of an epoch.
 *
 * @param epoch which
 * @param firstSeenNanos when a gateway first received a batch of it, nanoseconds since 1970 UTC
 * @param lastSeenNanos when last
 * @param sums its sums
 * @param watermark the lowest number that is neither stored nor quarantined nor dropped; {@code
 *     produced} if there is none
 * @param missing the missing numbers, ascending; at most {@link Ledger#RANGES_MAX}
 * @param dropped the dropped ones, ascending; at most {@link Ledger#RANGES_MAX}
 * @param more true if there are more ranges than listed
 */
public record EpochLedger(
    long epoch,
    long firstSeenNanos,
    long lastSeenNanos,
    Sums sums,
    long watermark,
    List<MissingRange> missing,
    List<Interval> dropped,
    boolean more) {

  /** Missing numbers, and since when (nanoseconds since 1970 UTC) they have been. */
  public record MissingRange(long first, long last, long sinceNanos) {}
}
