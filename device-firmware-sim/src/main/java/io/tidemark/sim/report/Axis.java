package io.tidemark.sim.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Where values stand on an axis, and which of them are written at it: round ones.
 *
 * @param low the value at its beginning
 * @param high the value at its end
 * @param isLog true if equal ratios, not equal differences, are equally far apart
 */
record Axis(double low, double high, boolean isLog, List<Double> ticks) {
  private static final double[] STEPS_SECONDS = {
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200
  };
  private static final double DAY_SECONDS = 86_400;

  /** Copies the ticks. */
  Axis {
    ticks = List.copyOf(ticks);
  }

  /** From 0 to a round value not below {@code most}, in steps of 1, 2 or 5 times a power of ten. */
  static Axis linear(double most, int ticksMax) {
    double span = most > 0 ? most : 1;
    double step = roundStep(span / ticksMax);
    int steps = (int) Math.ceil(span / step - 1e-9);
    return new Axis(0, steps * step, false, multiples(step, steps));
  }

  /**
   * From a power of ten (or 2 or 5 times one) not above {@code least} to one not below {@code
   * most}; both above 0.
   */
  static Axis log(double least, double most) {
    List<Double> round = new ArrayList<>();
    for (int power = (int) Math.floor(Math.log10(least)) - 1; ; power++) {
      for (double digit : new double[] {1, 2, 5}) {
        double value = power < 0 ? digit / Math.pow(10, -power) : digit * Math.pow(10, power);
        if (value <= least * (1 + 1e-9)) {
          round.clear();
        }
        round.add(value);
        if (value >= most * (1 - 1e-9) && round.size() > 1) {
          return new Axis(round.get(0), value, true, thinned(round));
        }
      }
    }
  }

  /** Seconds from 0 to {@code seconds}, in steps people count time in. */
  static Axis time(double seconds, int ticksMax) {
    double step = 0;
    for (double candidate : STEPS_SECONDS) {
      step = candidate;
      if (seconds / candidate <= ticksMax) {
        break;
      }
    }
    if (seconds / step > ticksMax) {
      step = DAY_SECONDS * Math.max(1, Math.ceil(roundStep(seconds / DAY_SECONDS / ticksMax)));
    }
    return new Axis(0, seconds, false, multiples(step, (int) Math.floor(seconds / step + 1e-9)));
  }

  /** From 0 at the beginning to 1 at the end; what is beyond stands there. */
  double position(double value) {
    double place =
        isLog
            ? Math.log(Math.max(value, low) / low) / Math.log(high / low)
            : (value - low) / (high - low);
    return Math.max(0, Math.min(1, place));
  }

  /** The smallest of 1, 2 and 5 times a power of ten that is not below {@code least}. */
  static double roundStep(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double digit : new double[] {1, 2, 5}) {
      if (digit * power >= least * (1 - 1e-9)) {
        return digit * power;
      }
    }
    return 10 * power;
  }

  private static List<Double> multiples(double step, int count) {
    List<Double> ticks = new ArrayList<>();
    for (int i = 0; i <= count; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /** Powers of ten alone where there are many. */
  private static List<Double> thinned(List<Double> round) {
    if (round.size() <= 6) {
      return round;
    }
    return round.stream()
        .filter(v -> Math.abs(Math.log10(v) - Math.rint(Math.log10(v))) < 1e-9)
        .toList();
  }
}
