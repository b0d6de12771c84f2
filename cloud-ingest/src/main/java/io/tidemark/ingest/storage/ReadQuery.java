package io.tidemark.ingest.storage;

import org.jspecify.annotations.Nullable;

/**
 * Which rows of a device to read.
 *
 * @param device whose
 * @param sensor only this one's, or null for all
 * @param fromNanos from this time on, inclusive
 * @param toNanos up to this time, exclusive
 * @param after only rows behind this place, or null for all
 * @param limit at most so many rows, 1 to {@link TimeSeriesStore#READ_MAX_ROWS}
 */
public record ReadQuery(
    String device,
    @Nullable String sensor,
    long fromNanos,
    long toNanos,
    @Nullable RowPosition after,
    int limit) {
  /** Checks the limit. */
  public ReadQuery {
    if (limit < 1 || limit > TimeSeriesStore.READ_MAX_ROWS) {
      throw new IllegalArgumentException(
          "limit must be 1 to " + TimeSeriesStore.READ_MAX_ROWS + ", but is " + limit);
    }
  }

  /** From this time on there may be rows that are wanted. */
  public long earliestNanos() {
    return after == null ? fromNanos : Math.max(fromNanos, after.timeNanos());
  }

  /** The same query, going on behind {@code place}. */
  public ReadQuery from(RowPosition place) {
    return new ReadQuery(device, sensor, fromNanos, toNanos, place, limit);
  }
}
