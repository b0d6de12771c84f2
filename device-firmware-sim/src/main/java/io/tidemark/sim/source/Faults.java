package io.tidemark.sim.source;

import io.tidemark.sim.chance.Chance;

/**
 * When a probe sticks or fails: on about one day in twelve, for 5 minutes to 3 hours.
 *
 * <p>A probe that is stuck goes on saying what it said when that began. One that has failed says
 * nothing: its metrics are left out of the readings, as the edge agent leaves out what it cannot
 * measure. A pure function of device, probe and time.
 */
final class Faults {
  /** In place of a time: the probe says nothing. */
  static final long FAILED = Long.MIN_VALUE;

  private static final int OCCURS = 0x4641;
  private static final int BEGINS = 0x4642;
  private static final int LASTS = 0x4643;
  private static final int STICKS = 0x4644;
  private static final double A_DAY = 1 / 12.0;
  private static final double STUCK_SHARE = 0.6;
  private static final long LONGEST = 3 * Cycles.HOUR;
  private static final long SHORTEST = 5 * Cycles.MINUTE;

  private Faults() {}

  /**
   * The time whose values a probe gives at {@code timeNanos}: that time itself if the probe works,
   * the time it stuck at, or {@link #FAILED}.
   *
   * @param own the device's own number
   * @param probe which of its probes
   */
  static long sampledAt(long own, int probe, long timeNanos) {
    long day = Math.floorDiv(timeNanos, Cycles.DAY);
    long place = Chance.mix(own, probe, day);
    if (Chance.uniform(place, OCCURS, 0) >= A_DAY) {
      return timeNanos;
    }
    // Over before the day is, so that no other day has to be looked at.
    long begin =
        day * Cycles.DAY + (long) (Chance.uniform(place, BEGINS, 0) * (Cycles.DAY - LONGEST));
    long lasts = SHORTEST + (long) (Chance.uniform(place, LASTS, 0) * (LONGEST - SHORTEST));
    if (timeNanos < begin || timeNanos >= begin + lasts) {
      return timeNanos;
    }
    return Chance.uniform(place, STICKS, 0) < STUCK_SHARE ? begin : FAILED;
  }
}
