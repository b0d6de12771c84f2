package io.tidemark.sim.relay;

import io.tidemark.sim.times.Recurrence;
import io.tidemark.sim.times.Words;
import java.time.Duration;

/**
 * One fault of a plan.
 *
 * @param from when it begins, counted from the beginning of the plan
 * @param until when it is over: that moment is no longer part of it. {@link Recurrence#FOREVER} if
 *     it never is.
 */
public record Fault(Effect effect, Duration from, Duration until) {
  /** Refuses a fault that ends before it has begun. */
  public Fault {
    if (from.isNegative() || until.compareTo(from) <= 0) {
      throw new IllegalArgumentException(
          "a fault begins at 0 or later and ends after that, but is from " + from + " to " + until);
    }
  }

  /** True if it has an end. */
  public boolean ends() {
    return until.compareTo(Recurrence.FOREVER) < 0;
  }

  /** One line, e.g. {@code cut from 60s to 70s}. */
  public String text() {
    return effect.text() + " from " + Words.text(from) + (ends() ? " to " + Words.text(until) : "");
  }
}
