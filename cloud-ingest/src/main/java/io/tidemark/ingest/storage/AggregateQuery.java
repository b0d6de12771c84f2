package io.tidemark.ingest.storage;

import org.jspecify.annotations.Nullable;

/**
 * A device's numeric metrics, summed up in intervals of equal length.
 *
 * @param device whose
 * @param sensor only this one's, or null for all
 * @param fromNanos start of the first interval, inclusive
 * @param toNanos end of the last one, exclusive
 * @param intervalNanos length of each, in nanoseconds; the last may be cut by {@code toNanos}
 */
public record AggregateQuery(
    String device, @Nullable String sensor, long fromNanos, long toNanos, long intervalNanos) {
  /** Checks the interval. */
  public AggregateQuery {
    if (intervalNanos < 1) {
      throw new IllegalArgumentException(
          "intervalNanos must be at least 1, but is " + intervalNanos);
    }
  }
}
