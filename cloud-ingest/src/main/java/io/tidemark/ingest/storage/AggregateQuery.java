package io.tidemark.ingest.storage;

import org.jspecify.annotations.Nullable;

/**
 * A device's rows, summed up in intervals of equal length.
 *
 * @param device whose
 * @param sensor only this one's, or null for all
 * @param fromNanos rows from this time on, inclusive
 * @param toNanos up to this time, exclusive
 * @param originNanos start of interval 0; at or before {@code fromNanos}
 * @param intervalNanos length of each, in nanoseconds
 * @param maxBuckets results beyond this number are left out; so many mean there are more
 */
public record AggregateQuery(
    String device,
    @Nullable String sensor,
    long fromNanos,
    long toNanos,
    long originNanos,
    long intervalNanos,
    int maxBuckets) {
  /** Checks the interval. */
  public AggregateQuery {
    if (intervalNanos < 1 || originNanos > fromNanos) {
      throw new IllegalArgumentException(
          "intervalNanos must be at least 1 and originNanos at most fromNanos, but are %d and %d for %d"
              .formatted(intervalNanos, originNanos, fromNanos));
    }
  }
}
