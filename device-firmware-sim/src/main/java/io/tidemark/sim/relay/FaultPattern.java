package io.tidemark.sim.relay;

import io.tidemark.sim.chance.Chance;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When an effect is in force: once, or again and again. Times are counted from the beginning of the
 * plan.
 *
 * @param at when it begins for the first time; with {@code randomly}, when its first period begins
 * @param length how long it lasts each time; {@link #FOREVER} if it does not end
 * @param every the period in which it comes back, null if it comes once
 * @param until no time begins at or after this; {@link #FOREVER} if it always comes back
 * @param randomly true if it comes once in each period at a millisecond that the seed decides, and
 *     is over within the period
 */
public record FaultPattern(
    Effect effect,
    Duration at,
    Duration length,
    @Nullable Duration every,
    Duration until,
    boolean randomly) {
  /** Longer than any plan: 36,500 days. */
  public static final Duration FOREVER = Duration.ofDays(36_500);

  /** Refuses what contradicts itself. */
  public FaultPattern {
    if (length.isZero() || length.isNegative() || at.isNegative()) {
      throw new IllegalArgumentException("it must last longer than 0 and begin at 0 or later");
    }
    if (every == null && randomly) {
      throw new IllegalArgumentException("'randomly' needs 'every'");
    }
    if (every != null && length.compareTo(every) > 0) {
      throw new IllegalArgumentException(
          "what comes every %s cannot last %s: say 'for' with no more than that"
              .formatted(
                  FaultSyntax.text(every),
                  length.equals(FOREVER) ? "for ever" : FaultSyntax.text(length)));
    }
    if (until.compareTo(at) <= 0) {
      throw new IllegalArgumentException("it would be over before it begins");
    }
  }

  /** An effect that is in force all the time. */
  public static FaultPattern always(Effect effect) {
    return once(effect, Duration.ZERO, FOREVER);
  }

  /** An effect that comes once. */
  public static FaultPattern once(Effect effect, Duration at, Duration length) {
    return new FaultPattern(effect, at, length, null, FOREVER, false);
  }

  /**
   * The time with this index that it comes, or null if it does not come so often.
   *
   * @param index from 0
   * @param dice what decides by chance, different for each pattern of a plan
   */
  @Nullable Fault time(long index, long dice) {
    if (index < 0 || every == null && index > 0) {
      return null;
    }
    Duration from = at;
    if (every != null) {
      from = at.plus(every.multipliedBy(index));
      if (randomly) {
        long roomMillis = every.minus(length).toMillis() + 1;
        from = from.plusMillis((long) (Chance.uniform(dice, index, 0) * roomMillis));
      }
    }
    if (from.compareTo(until) >= 0) {
      return null;
    }
    Duration end = from.plus(length);
    return new Fault(effect, from, end.compareTo(FOREVER) < 0 ? end : FOREVER);
  }

  /** The index of the period that a moment lies in; 0 also for moments before. */
  long indexAt(Duration moment) {
    return every == null || moment.compareTo(at) < 0 ? 0 : moment.minus(at).dividedBy(every);
  }
}
