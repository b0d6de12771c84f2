package io.tidemark.deploy.bench;

import java.util.Arrays;
import java.util.List;

/**
 * How long it took until what was sent, one at a time, was acknowledged.
 *
 * @param medianMs half took at most this, in milliseconds
 * @param p99Ms 99 of 100 took at most this, in milliseconds
 */
public record AckTimes(double medianMs, double p99Ms) {
  /** Of single times in nanoseconds, at least one. */
  static AckTimes of(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new AckTimes(at(sorted, 50) / 1e6, at(sorted, 99) / 1e6);
  }

  /** The least that is not below so many of 100. */
  private static long at(long[] sorted, int percent) {
    return sorted[(int) ((long) sorted.length * percent + 99) / 100 - 1];
  }

  /** The rounds' medians, each figure's by itself. */
  static AckTimes median(List<AckTimes> rounds) {
    return new AckTimes(Median.of(rounds, AckTimes::medianMs), Median.of(rounds, AckTimes::p99Ms));
  }
}
