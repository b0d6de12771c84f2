package io.tidemark.agent.publish;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with full jitter: a random pause between nothing and a bound that doubles
 * with every failure, so that a fleet that lost its gateway at one moment does not return at one
 * moment. Confined to one thread.
 */
final class Backoff {
  private static final int DOUBLINGS_MAX = 30;

  private final Bounds bounds;
  private final RandomGenerator random;
  private int failures;

  /**
   * How long pauses are.
   *
   * @param first upper bound of the first pause
   * @param max upper bound of all
   */
  record Bounds(Duration first, Duration max) {
    static final Bounds DEFAULT = new Bounds(Duration.ofSeconds(1), Duration.ofMinutes(1));
  }

  Backoff(Bounds bounds, RandomGenerator random) {
    this.bounds = bounds;
    this.random = random;
  }

  /** How many failures there have been since something succeeded. */
  int failures() {
    return failures;
  }

  /** The pause after one more failure, in nanoseconds. */
  long nextNanos() {
    int doublings = Math.min(failures, DOUBLINGS_MAX);
    failures++;
    double bound =
        Math.min(Math.scalb((double) bounds.first().toNanos(), doublings), bounds.max().toNanos());
    return (long) (random.nextDouble() * bound);
  }

  /** Something succeeded. */
  void reset() {
    failures = 0;
  }
}
