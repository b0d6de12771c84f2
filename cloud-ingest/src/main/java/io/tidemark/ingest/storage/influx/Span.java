package io.tidemark.ingest.storage.influx;

/**
 * Times from {@code first} to {@code last}, inclusive, in nanoseconds since 1970.
 *
 * @param first lowest time
 * @param last highest time
 */
record Span(long first, long last) {
  /** From the lowest to the highest time of either. */
  Span join(Span other) {
    return new Span(Math.min(first, other.first), Math.max(last, other.last));
  }

  /** True if a time is in both. */
  boolean meets(Span other) {
    return first <= other.last && other.first <= last;
  }
}
