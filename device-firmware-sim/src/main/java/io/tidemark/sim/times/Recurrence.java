package io.tidemark.sim.times;

import io.tidemark.sim.chance.Chance;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When something is in force: once, or again and again. Times are counted from the beginning of the
 * plan, whoever's clock that is. Immutable.
 *
 * @param at when it begins for the first time; with {@code randomly}, when its first period begins
 * @param length how long it lasts each time; {@link #FOREVER} if it does not end
 * @param every the period in which it comes back, null if it comes once
 * @param until no time begins at or after this; {@link #FOREVER} if it always comes back
 * @param randomly true if it comes once in each period at a millisecond that the seed decides, and
 *     is over within the period
 */
public record Recurrence(
    Duration at, Duration length, @Nullable Duration every, Duration until, boolean randomly) {
  /** Longer than any plan: 36,500 days. */
  public static final Duration FOREVER = Duration.ofDays(36_500);

  /** All the time. */
  public static final Recurrence ALWAYS = once(Duration.ZERO, FOREVER);

  /** Refuses what contradicts itself. */
  public Recurrence {
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
                  Words.text(every), length.equals(FOREVER) ? "for ever" : Words.text(length)));
    }
    if (until.compareTo(at) <= 0) {
      throw new IllegalArgumentException("it would be over before it begins");
    }
  }

  /** What comes once. */
  public static Recurrence once(Duration at, Duration length) {
    return new Recurrence(at, length, null, FOREVER, false);
  }

  /**
   * The time with this index that it comes, or null if it does not come so often.
   *
   * @param index from 0
   * @param dice what decides by chance, different for whatever is to be decided on its own
   */
  public @Nullable Span time(long index, long dice) {
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
    return new Span(from, end.compareTo(FOREVER) < 0 ? end : FOREVER);
  }

  /** The index of the period that a moment lies in; 0 also for moments before. */
  public long indexAt(Duration moment) {
    return every == null || moment.compareTo(at) < 0 ? 0 : moment.minus(at).dividedBy(every);
  }
}
