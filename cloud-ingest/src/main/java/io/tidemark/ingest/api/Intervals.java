package io.tidemark.ingest.api;

import java.util.concurrent.TimeUnit;

/** The lengths of intervals that people can read off an axis. */
final class Intervals {
  private static final long[] MILLIS = {1, 2, 5, 10, 20, 50, 100, 200, 500};
  private static final long[] SECONDS = {
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
    86_400, 172_800, 604_800
  };
  private static final long WEEK = TimeUnit.DAYS.toNanos(7);

  private Intervals() {}

  /**
   * The shortest length by which at most {@code points} intervals, each beginning at a multiple of
   * it, cover a time.
   *
   * @param from start, nanoseconds since 1970 UTC
   * @param to end, exclusive
   */
  static long fit(long from, long to, int points) {
    for (long millis : MILLIS) {
      long length = TimeUnit.MILLISECONDS.toNanos(millis);
      if (covers(from, to, length, points)) {
        return length;
      }
    }
    for (long seconds : SECONDS) {
      long length = TimeUnit.SECONDS.toNanos(seconds);
      if (covers(from, to, length, points)) {
        return length;
      }
    }
    long length = 2 * WEEK;
    while (!covers(from, to, length, points) && length < Long.MAX_VALUE / 4) {
      length *= 2;
    }
    return length;
  }

  private static boolean covers(long from, long to, long length, int points) {
    return Math.floorDiv(to - 1, length) - Math.floorDiv(from, length) + 1 <= points;
  }
}
