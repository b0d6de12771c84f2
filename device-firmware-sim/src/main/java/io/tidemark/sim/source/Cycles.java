package io.tidemark.sim.source;

/**
 * What repeats, rises and fades. Times are nanoseconds since 1970, UTC; only exact arithmetic and
 * {@link StrictMath}, so the same on every Java.
 */
final class Cycles {
  static final long SECOND = 1_000_000_000L;
  static final long MINUTE = 60 * SECOND;
  static final long HOUR = 60 * MINUTE;
  static final long DAY = 24 * HOUR;
  static final long WEEK = 7 * DAY;

  /** A Gregorian year, 365.2425 days. */
  static final long YEAR = 31_556_952L * SECOND;

  static final double TURN = 2 * StrictMath.PI;

  private static final int SUNDAY = 6;

  private Cycles() {}

  /** How much of a period has passed: from 0, inclusive, to 1, exclusive. */
  static double part(long timeNanos, long periodNanos) {
    return Math.floorMod(timeNanos, periodNanos) / (double) periodNanos;
  }

  /** Between -1 and 1, highest when {@code peakPart} of the period has passed. */
  static double wave(long timeNanos, long periodNanos, double peakPart) {
    return StrictMath.cos(TURN * (part(timeNanos, periodNanos) - peakPart));
  }

  /** False on Sundays. 1970-01-01 was a Thursday. */
  static boolean workday(long day) {
    return Math.floorMod(day + 3, 7L) != SUNDAY;
  }

  /**
   * Rises towards 1 while something lasts, and fades when it is over.
   *
   * @param sinceNanos since it began; 0 before that
   * @param lastsNanos how long it lasts
   * @param riseNanos time constant of the rise
   * @param fadeNanos time constant of the fading
   */
  static double pulse(long sinceNanos, long lastsNanos, double riseNanos, double fadeNanos) {
    if (sinceNanos <= 0) {
      return 0;
    }
    double reached = 1 - StrictMath.exp(-Math.min(sinceNanos, lastsNanos) / riseNanos);
    long over = sinceNanos - lastsNanos;
    return over <= 0 ? reached : reached * StrictMath.exp(-over / fadeNanos);
  }

  static double clamped(double value, double min, double max) {
    return Math.max(min, Math.min(max, value));
  }

  /** To a sensor's resolution. */
  static double rounded(double value, int perUnit) {
    return Math.round(value * perUnit) / (double) perUnit;
  }
}
