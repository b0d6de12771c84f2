package io.tidemark.sim.relay;

import java.time.Duration;

/**
 * One fault of a plan.
 *
 * @param from when it begins, counted from the beginning of the plan
 * @param until when it is over: that moment is no longer part of it. {@link FaultPattern#FOREVER}
 *     if it never is.
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
    return until.compareTo(FaultPattern.FOREVER) < 0;
  }

  /** One line, e.g. {@code cut from 60s to 70s}. */
  public String text() {
    return effect.text()
        + " from "
        + FaultSyntax.text(from)
        + (ends() ? " to " + FaultSyntax.text(until) : "");
  }
}
