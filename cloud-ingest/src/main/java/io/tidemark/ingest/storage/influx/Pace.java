package io.tidemark.ingest.storage.influx;

import java.time.Duration;

/**
 * How many write requests may be under way: one more for every round of quick answers, half as many
 * after one that failed or was slow. Thread-safe.
 */
final class Pace {
  private static final long SLOW_NANOS = Duration.ofSeconds(2).toNanos();
  private static final double START = 2;

  private final int max;
  private double limit;

  Pace(int max) {
    this.max = max;
    limit = Math.min(START, max);
  }

  synchronized int limit() {
    return (int) limit;
  }

  synchronized void answered(long nanos) {
    if (nanos > SLOW_NANOS) {
      failed();
    } else {
      limit = Math.min(max, limit + 1 / limit);
    }
  }

  synchronized void failed() {
    limit = Math.max(1, limit / 2);
  }
}
