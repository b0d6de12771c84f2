package io.tidemark.ingest.storage.influx;

import java.time.Duration;

/**
 * Lets as many write requests be under way as the database takes well: one more for every round of
 * quick answers, half as many after one that failed or was slow. Thread-safe.
 */
final class Pace {
  private static final long SLOW_NANOS = Duration.ofSeconds(2).toNanos();
  private static final double START = 2;

  private final int max;
  private double limit;
  private int underWay;

  Pace(int max) {
    this.max = max;
    limit = Math.min(START, max);
  }

  /** Waits for a turn; {@link #left} gives it back. */
  synchronized void enter() throws InterruptedException {
    while (underWay >= (int) limit) {
      wait();
    }
    underWay++;
  }

  synchronized void left() {
    underWay--;
    notifyAll();
  }

  synchronized int limit() {
    return (int) limit;
  }

  synchronized int underWay() {
    return underWay;
  }

  /** A request was answered well, after this time. */
  synchronized void answered(long nanos) {
    if (nanos > SLOW_NANOS) {
      failed();
    } else {
      limit = Math.min(max, limit + 1 / limit);
      notifyAll();
    }
  }

  synchronized void failed() {
    limit = Math.max(1, limit / 2);
  }
}
