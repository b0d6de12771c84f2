package io.tidemark.sim.fleet;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Pauses that double from a least to a longest one, each shortened at random by up to half. Not
 * thread-safe.
 */
final class Backoff {
  private final long minNanos;
  private final long maxNanos;
  private final SplittableRandom random;
  private int failures;

  Backoff(Duration min, Duration max, long seed) {
    this.minNanos = min.toNanos();
    this.maxNanos = max.toNanos();
    this.random = new SplittableRandom(seed);
  }

  /** How many failures there have been since it last worked. */
  int failures() {
    return failures;
  }

  /** How long to wait after one more failure, in nanoseconds. */
  long nextNanos() {
    int doublings = Math.min(failures, 30);
    failures++;
    long pause =
        Math.min(
            maxNanos, minNanos << Math.min(doublings, Long.numberOfLeadingZeros(minNanos) - 2));
    return pause - random.nextLong(pause / 2 + 1);
  }

  /** It works again: the next pause is a short one. */
  void reset() {
    failures = 0;
  }
}
