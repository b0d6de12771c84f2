package io.tidemark.gateway.mqtt;

import io.tidemark.gateway.intake.Readiness;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long the intake has been unready without a break. A log that is full is not unready: its
 * devices stay, and are told to send again later.
 *
 * <p>For one thread at a time.
 */
final class Unreadiness {
  private final long graceNanos;
  private final LongSupplier clock;
  private boolean unready;
  private long sinceNanos;

  /**
   * Not so far.
   *
   * @param grace how long nothing follows from it: an election is soon over
   * @param clock in nanoseconds
   */
  Unreadiness(Duration grace, LongSupplier clock) {
    this.graceNanos = grace.toNanos();
    this.clock = clock;
  }

  /** Takes note of what it is now; true once it has been unready for the grace. */
  boolean lasts(Readiness now) {
    boolean before = unready;
    unready = now == Readiness.UNREADY;
    if (unready && !before) {
      sinceNanos = clock.getAsLong();
    }
    return unready && clock.getAsLong() - sinceNanos >= graceNanos;
  }
}
