package io.tidemark.ingest.alerts;

/**
 * From when to when a rule fired, as readings tell it.
 *
 * @param start nanoseconds since 1970 UTC
 * @param end the same; {@link #OPEN} while it fires
 * @param value the value it began with; NaN for silence
 */
record Span(long start, long end, double value) {
  static final long OPEN = Long.MAX_VALUE;

  boolean isOpen() {
    return end == OPEN;
  }

  boolean meets(long otherStart, long otherEnd) {
    return start <= otherEnd && otherStart <= end;
  }
}
