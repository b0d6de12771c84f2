package io.tidemark.agent.sensor;

/**
 * Weather that never was: smooth, plausible, and the same for the same seed and time. A day's
 * course, passing systems over days, gusts over minutes, and the small noise of air.
 *
 * <p>Immutable.
 */
final class Weather {
  private static final double DAY_SECONDS = 86_400;

  private final long seed;

  Weather(long seed) {
    this.seed = seed;
  }

  /** Degrees Celsius, about -5 to 30. */
  double temperature(double seconds) {
    return 12
        + 6 * Math.sin(2 * Math.PI * (seconds / DAY_SECONDS - 0.375)) // warmest in the afternoon
        + 5 * smooth(1, seconds / (3 * DAY_SECONDS))
        + 0.8 * smooth(2, seconds / 900)
        + 0.05 * smooth(3, seconds / 5);
  }

  /** hPa, about 980 to 1045. */
  double pressure(double seconds) {
    return 1013
        + 22 * smooth(4, seconds / (4 * DAY_SECONDS))
        + 1.2 * smooth(5, seconds / 7200)
        + 0.04 * smooth(6, seconds / 5);
  }

  /** Percent relative humidity, about 25 to 95; lower when it is warmer. */
  double humidity(double seconds) {
    double humidity =
        60
            - 14 * Math.sin(2 * Math.PI * (seconds / DAY_SECONDS - 0.375))
            + 14 * smooth(7, seconds / (2 * DAY_SECONDS))
            + 4 * smooth(8, seconds / 1800)
            + 0.2 * smooth(9, seconds / 5);
    return Math.min(Math.max(humidity, 5), 98);
  }

  /** Value noise: -1 to 1 at whole positions, smoothly in between. */
  private double smooth(int channel, double position) {
    long whole = (long) Math.floor(position);
    double part = position - whole;
    double weight = part * part * (3 - 2 * part);
    return at(channel, whole) * (1 - weight) + at(channel, whole + 1) * weight;
  }

  private double at(int channel, long position) {
    long bits = mix(mix(seed + 0x9E3779B97F4A7C15L * channel) + position);
    return (bits >> 11) * 0x1.0p-52;
  }

  /** SplitMix64's finisher. */
  private static long mix(long value) {
    long mixed = value;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
