package io.tidemark.sim.relay;

import io.tidemark.sim.times.Recurrence;
import io.tidemark.sim.times.Span;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An effect, and when it is in force.
 *
 * @param times counted from the beginning of the plan
 */
public record FaultPattern(Effect effect, Recurrence times) {
  /** An effect that is in force all the time. */
  public static FaultPattern always(Effect effect) {
    return new FaultPattern(effect, Recurrence.ALWAYS);
  }

  /** An effect that comes once. */
  public static FaultPattern once(Effect effect, Duration at, Duration length) {
    return new FaultPattern(effect, Recurrence.once(at, length));
  }

  /**
   * The time with this index that it comes, or null if it does not come so often.
   *
   * @param index from 0
   * @param dice what decides by chance, different for each pattern of a plan
   */
  @Nullable Fault time(long index, long dice) {
    Span span = times.time(index, dice);
    return span == null ? null : new Fault(effect, span.from(), span.until());
  }
}
