package io.tidemark.sim.view;

import java.util.Locale;
import org.HdrHistogram.AbstractHistogram;

/**
 * How long something took.
 *
 * @param count how often it was measured; the times are 0 if never
 * @param p50 half of them took no longer, in milliseconds; the others likewise
 */
public record Percentiles(long count, double p50, double p90, double p99, double p999, double max) {

  /** Of a histogram in microseconds. */
  public static Percentiles of(AbstractHistogram micros) {
    return new Percentiles(
        micros.getTotalCount(),
        micros.getValueAtPercentile(50) / 1e3,
        micros.getValueAtPercentile(90) / 1e3,
        micros.getValueAtPercentile(99) / 1e3,
        micros.getValueAtPercentile(99.9) / 1e3,
        micros.getMaxValue() / 1e3);
  }

  /** In words: {@code p50 1.2 p90 2.0 p99 4.1 p99.9 9.0 max 12 ms}. */
  public String text() {
    if (count == 0) {
      return "nothing measured";
    }
    return String.format(
        Locale.ROOT,
        "p50 %s  p90 %s  p99 %s  p99.9 %s  max %s ms",
        Numbers.about(p50),
        Numbers.about(p90),
        Numbers.about(p99),
        Numbers.about(p999),
        Numbers.about(max));
  }
}
