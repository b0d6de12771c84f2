package io.tidemark.deploy.bench;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How fast the dashboards are, each figure beside the most it may be.
 *
 * @param measures in the order of the pages
 */
public record DashboardBenchResult(Setting setting, List<Measure> measures) {
  /**
   * What is the same for all.
   *
   * @param store where the rows are
   * @param rows of all devices together
   * @param deviceRows of the device whose page is opened
   * @param visits how often each page was opened, and counted
   * @param charts that were live
   */
  public record Setting(
      String store,
      String browser,
      int devices,
      long rows,
      long deviceRows,
      int visits,
      int charts,
      double liveSeconds) {}

  /**
   * One figure.
   *
   * @param unit of all but the ratio
   * @param figure what counts: of times the median, of what must never be exceeded the highest
   * @param bar what it is to be at most; null if nobody has said
   * @param ratio of figure and bar; null without a bar, as is {@code met}
   * @param samples as they were measured, one after the other
   */
  public record Measure(
      String what,
      String unit,
      double figure,
      double lowest,
      double highest,
      @Nullable Double bar,
      @Nullable Double ratio,
      @Nullable Boolean met,
      List<Double> samples) {
    /** Of which the median counts. */
    static Measure median(String what, String unit, double bar, List<Double> samples) {
      return of(what, unit, bar, Median.of(samples, Double::doubleValue), samples);
    }

    /** Of which the highest counts. */
    static Measure highest(String what, String unit, double bar, List<Double> samples) {
      return of(what, unit, bar, max(samples), samples);
    }

    /** Which is as long as it is; the median counts. */
    static Measure withoutBar(String what, String unit, List<Double> samples) {
      return of(what, unit, null, Median.of(samples, Double::doubleValue), samples);
    }

    private static Measure of(
        String what, String unit, @Nullable Double bar, double figure, List<Double> samples) {
      double lowest = samples.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
      return new Measure(
          what,
          unit,
          figure,
          lowest,
          max(samples),
          bar,
          bar == null ? null : figure / bar,
          bar == null ? null : figure <= bar,
          List.copyOf(samples));
    }

    private static double max(List<Double> samples) {
      return samples.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }

    private String line() {
      return "%-40s %9s %9s %9s %9s %7s  %s"
          .formatted(
              what + ", " + unit,
              text(figure),
              text(lowest),
              text(highest),
              bar == null ? "" : text(bar),
              ratio == null ? "" : "%.2f".formatted(ratio),
              met == null ? "no bar" : met ? "met" : "missed");
    }

    private static String text(double value) {
      return Math.abs(value) < 10 ? "%.2f".formatted(value) : "%,.0f".formatted(value);
    }
  }

  /** A table, a line for each figure. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%,d devices and %,d rows in %s, %,d rows of the device that is shown"
            .formatted(setting.devices(), setting.rows(), setting.store(), setting.deviceRows()));
    lines.add(
        "%s; each page opened %d times; %d charts live for %.0f s"
            .formatted(
                setting.browser(), setting.visits(), setting.charts(), setting.liveSeconds()));
    lines.add("");
    lines.add(
        "%-40s %9s %9s %9s %9s %7s".formatted("", "", "lowest", "highest", "at most", "ratio"));
    measures.forEach(measure -> lines.add(measure.line()));
    return lines;
  }
}
