package io.tidemark.sim.chance;

/**
 * Randomness without state: every number is a function of its coordinates, so that any part of a
 * series can be made again without the part before. Exact arithmetic only, so the same on every
 * machine.
 */
public final class Chance {
  private static final double UNIT = 0x1.0p-53;

  private Chance() {}

  /** A well mixed function of the three (the finalizer of SplitMix64, applied in turn). */
  public static long mix(long a, long b, long c) {
    return mix(mix(mix(a) + b) + c);
  }

  /** From 0, inclusive, to 1, exclusive. */
  public static double uniform(long a, long b, long c) {
    return (mix(a, b, c) >>> 11) * UNIT;
  }

  /** Roughly normal, with mean 0 and deviation 1: the sum of four uniform ones. */
  public static double normal(long a, long b, long c) {
    double sum = 0;
    for (int i = 1; i <= 4; i++) {
      sum += uniform(a ^ (i * 0x632BE59BD9B4E019L), b, c);
    }
    return (sum - 2) * 1.7320508075688772;
  }

  /** Wanders between -1 and 1, smoothly, with a new target every {@code periodNanos}. */
  public static double drift(long a, long b, long timeNanos, long periodNanos) {
    long step = Math.floorDiv(timeNanos, periodNanos);
    double x = (double) Math.floorMod(timeNanos, periodNanos) / periodNanos;
    double from = 2 * uniform(a, b, step) - 1;
    double to = 2 * uniform(a, b, step + 1) - 1;
    return from + (to - from) * x * x * (3 - 2 * x);
  }

  /**
   * The slope of {@link #drift}, for each {@code periodNanos}: between -3 and 3, and what drifting
   * is the integral of.
   */
  public static double driftSlope(long a, long b, long timeNanos, long periodNanos) {
    long step = Math.floorDiv(timeNanos, periodNanos);
    double x = (double) Math.floorMod(timeNanos, periodNanos) / periodNanos;
    double from = 2 * uniform(a, b, step) - 1;
    double to = 2 * uniform(a, b, step + 1) - 1;
    return (to - from) * 6 * x * (1 - x);
  }

  private static long mix(long z) {
    long x = z + 0x9E3779B97F4A7C15L;
    x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
