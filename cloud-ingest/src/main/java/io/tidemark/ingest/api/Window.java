package io.tidemark.ingest.api;

import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A window of time, in nanoseconds since 1970 UTC, cut into intervals.
 *
 * @param from its start, inclusive
 * @param to its end, exclusive
 * @param origin where interval 0 starts
 * @param interval the length of each
 */
record Window(long from, long to, long origin, long interval) {
  private static final long ABSENT_NANOS = TimeUnit.HOURS.toNanos(1);

  /**
   * What a request's parameters say; absent ones make it the last hour.
   *
   * @param points at most so many intervals
   */
  static Window of(@Nullable String from, @Nullable String to, int points, Clock clock) {
    long end = Times.parse("to", to, Times.nanos(clock.instant()));
    long start = Times.parse("from", from, end - ABSENT_NANOS);
    if (start >= end) {
      throw ApiException.parameter("from", from, "before to");
    }
    if (start < 0 || end - start < 0) {
      throw ApiException.parameter("from", from, "in or after 1970");
    }
    long interval = Intervals.fit(start, end, points);
    return new Window(start, end, Math.floorDiv(start, interval) * interval, interval);
  }
}
