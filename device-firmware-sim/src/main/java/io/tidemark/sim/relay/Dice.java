package io.tidemark.sim.relay;

/**
 * Chance without state: a number is a function of its coordinates, so that what happens to one
 * connection does not depend on what others did before. Exact arithmetic only.
 */
final class Dice {
  private static final double UNIT = 0x1.0p-53;

  private Dice() {}

  /** From 0, inclusive, to 1, exclusive (the finalizer of SplitMix64, applied in turn). */
  static double uniform(long seed, long a, long b) {
    return (mix(mix(mix(seed) + a) + b) >>> 11) * UNIT;
  }

  private static long mix(long z) {
    long x = z + 0x9E3779B97F4A7C15L;
    x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
