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
 */
public record GroupReport(
    String group,
    long committedIndex,
    long forwardedIndex,
    long tick,
    String leader,
    long seenAtNanos) {}
