package io.tidemark.deploy.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How long devices and readings waited for gateways that were taken away.
 *
 * @param kinds in the order in which they were measured
 */
public record TakeoverBenchResult(Setting setting, List<Taken> kinds) {
  /** Within so many seconds another gateway has forwarded what waited in the group. */
  static final double FORWARDED_MAX = 10;

  /**
   * What is the same for all.
   *
   * @param devices of all gateways together
   * @param readingsPerSecond of each device, each sent by itself
   * @param trials of each kind
   */
  public record Setting(int gateways, int devices, int readingsPerSecond, int trials) {}

  /**
   * One gateway taken away once.
   *
   * @param acknowledgedSeconds of each of its devices, ascending: until it had an acknowledgement
   *     from another gateway
   * @param forwardedSeconds until another had forwarded all that had been committed in its group
   */
  public record Trial(String gateway, List<Double> acknowledgedSeconds, double forwardedSeconds) {}

  /**
   * A figure beside the most it may be.
   *
   * @param of which figure
   */
  public record Bar(String of, double maxSeconds, double ratio, boolean met) {
    static Bar of(String figure, double seconds, double maxSeconds) {
      return new Bar(figure, maxSeconds, seconds / maxSeconds, seconds <= maxSeconds);
    }

    private String inWords() {
      return "%s / %.0f s: %.2f, %s".formatted(of, maxSeconds, ratio, met ? "met" : "missed");
    }
  }

  /**
   * How long something took.
   *
   * @param count how often it was measured
   * @param p90Seconds nine of ten took at most this
   */
  public record Times(
      int count, double medianSeconds, double p90Seconds, double worstSeconds, List<Bar> bars) {
    /**
     * @param medianMax what the median may be; null if nothing is said of it
     */
    static Times of(Collection<Double> seconds, @Nullable Double medianMax, double worstMax) {
      double[] sorted = seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      double median = at(sorted, 50);
      double worst = at(sorted, 100);
      List<Bar> bars = new ArrayList<>();
      if (medianMax != null) {
        bars.add(Bar.of("median", median, medianMax));
      }
      bars.add(Bar.of("worst", worst, worstMax));
      return new Times(sorted.length, median, at(sorted, 90), worst, List.copyOf(bars));
    }

    /** The least that is not below so many of 100. */
    private static double at(double[] sorted, int percent) {
      return sorted[(int) ((long) sorted.length * percent + 99) / 100 - 1];
    }
  }

  /**
   * All trials of a kind.
   *
   * @param acknowledged of every device of every gateway that was taken
   * @param forwarded of every trial
   */
  public record Taken(TakeoverKind kind, Times acknowledged, Times forwarded, List<Trial> trials) {
    static Taken of(TakeoverKind kind, List<Trial> trials) {
      return new Taken(
          kind,
          Times.of(
              trials.stream().flatMap(trial -> trial.acknowledgedSeconds().stream()).toList(),
              kind.medianMax(),
              kind.worstMax()),
          Times.of(trials.stream().map(Trial::forwardedSeconds).toList(), null, FORWARDED_MAX),
          List.copyOf(trials));
    }
  }

  /** A table of each kind, and what is to be read from it. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%d gateways, %d devices with %d readings/s each, over MQTT"
            .formatted(setting.gateways(), setting.devices(), setting.readingsPerSecond()));
    for (Taken taken : kinds) {
      lines.add("");
      lines.add(
          "%-34s %6s %9s %9s %9s"
              .formatted(
                  "%s, %d trials".formatted(taken.kind().label(), setting.trials()),
                  "count",
                  "median",
                  "90 %",
                  "worst"));
      lines.add(row("a device acknowledged elsewhere", taken.acknowledged()));
      lines.add(row("the backlog forwarded by another", taken.forwarded()));
      lines.add("acknowledged: " + bars(taken.acknowledged()));
      lines.add("forwarded: " + bars(taken.forwarded()));
    }
    return lines;
  }

  private static String row(String name, Times times) {
    return "%-34s %6d %7.2f s %7.2f s %7.2f s"
        .formatted(
            name, times.count(), times.medianSeconds(), times.p90Seconds(), times.worstSeconds());
  }

  private static String bars(Times times) {
    return times.bars().stream().map(Bar::inWords).collect(Collectors.joining("; "));
  }
}
