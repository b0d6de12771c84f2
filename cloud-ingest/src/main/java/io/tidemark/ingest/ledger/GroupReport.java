package io.tidemark.ingest.ledger;

/**
 * How far a gateway group said it was.
 *
 * @param group its name
 * @param committedIndex highest index its log had committed
 * @param forwardedIndex up to which ingest has acknowledged everything
 * @param tick the highest tick it had seen before it read {@code committedIndex}
 * @param leader the gateway that said so and leads it; empty if none has yet
 * @param seenAtNanos when ingest received that, nanoseconds since 1970 UTC
 * @param endedAtNanos the same if that was the end of the group: its log is closed for good, and
 *     all that it ever committed is forwarded; 0 if it has not ended
 */
public record GroupReport(
    String group,
    long committedIndex,
    long forwardedIndex,
    long tick,
    String leader,
    long seenAtNanos,
    long endedAtNanos) {

  /** True if it was its last report: none that comes after it counts. */
  boolean isEnd() {
    return endedAtNanos != 0;
  }
}
