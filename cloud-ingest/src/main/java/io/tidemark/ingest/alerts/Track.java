package io.tidemark.ingest.alerts;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** The values of one series, to be had in the order of their times. Used by one thread. */
final class Track {
  private long[] times = new long[16];
  private double[] values = new double[16];
  private int size;
  private boolean sorted = true;

  void add(long time, double value) {
    if (size == times.length) {
      times = Arrays.copyOf(times, 2 * size);
      values = Arrays.copyOf(values, 2 * size);
    }
    sorted = sorted && (size == 0 || times[size - 1] < time);
    times[size] = time;
    values[size++] = value;
  }

  /**
   * Passes on those from a time on; of equal times the lower value first, so that it is always the
   * same order.
   */
  void replay(Fold fold, long from) {
    sort();
    for (int i = 0; i < size; i++) {
      if (times[i] >= from) {
        fold.next(times[i], values[i]);
      }
    }
  }

  int size() {
    return size;
  }

  long lastTime() {
    sort();
    return times[size - 1];
  }

  double lastValue() {
    sort();
    return values[size - 1];
  }

  private void sort() {
    if (sorted) {
      return;
    }
    int[] order =
        IntStream.range(0, size)
            .boxed()
            .sorted(Comparator.<Integer>comparingLong(i -> times[i]).thenComparing(i -> values[i]))
            .mapToInt(i -> i)
            .toArray();
    times = IntStream.of(order).mapToLong(i -> times[i]).toArray();
    double[] before = values;
    values = IntStream.of(order).mapToDouble(i -> before[i]).toArray();
    sorted = true;
  }
}
