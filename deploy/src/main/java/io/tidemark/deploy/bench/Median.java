package io.tidemark.deploy.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The middle one, which one disturbed round does not move. */
final class Median {
  private Median() {}

  /** Of a figure of each; of an even number the mean of the two in the middle. */
  static <T> double of(List<T> each, ToDoubleFunction<T> figure) {
    double[] sorted = each.stream().mapToDouble(figure).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
