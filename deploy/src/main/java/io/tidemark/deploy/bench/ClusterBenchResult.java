package io.tidemark.deploy.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * What a cluster of gateways takes and needs.
 *
 * @param single one message at a time
 * @param rates by connections, and then the cluster first
 * @param generatorIsTheLimit true if the generator was so busy that gateways may be faster than
 *     they seem
 */
public record ClusterBenchResult(
    Setting setting, Single single, List<Rate> rates, boolean generatorIsTheLimit) {
  /** An acknowledgement may take this many times as long as a bare append. */
  static final double TIME_RATIO_MAX = 1.5;

  /**
   * What is the same for all.
   *
   * @param gateways of the cluster, and as many bare peers
   * @param window messages of each connection that may be unacknowledged, but for one at a time
   */
  public record Setting(int gateways, int window, long messageBytes, int rounds) {}

  /** One round of one message, or entry, at a time. */
  public record SingleRound(AckTimes gateways, AckTimes bare) {
    double ratio() {
      return gateways.medianMs() / bare.medianMs();
    }
  }

  /**
   * One message at a time: one device, whose next message follows the acknowledgement, beside bare
   * Ratis peers.
   *
   * @param gateways from the sending of a message to its PUBACK
   * @param bare from the submission of an entry in the leader's process to its reply
   * @param ratio of the medians: the median of the rounds' ratios, since what disturbs a round
   *     disturbs both
   * @param met whether the ratio is as it is to be
   */
  public record Single(
      AckTimes gateways, AckTimes bare, double ratio, boolean met, List<SingleRound> rounds) {
    static Single of(List<SingleRound> rounds) {
      double ratio = Median.of(rounds, SingleRound::ratio);
      return new Single(
          AckTimes.median(rounds.stream().map(SingleRound::gateways).toList()),
          AckTimes.median(rounds.stream().map(SingleRound::bare).toList()),
          ratio,
          ratio <= TIME_RATIO_MAX,
          List.copyOf(rounds));
    }
  }

  /**
   * One round with full windows.
   *
   * @param acks acknowledgements counted
   * @param cpuSecondsPerMillion processor time of all gateways together for a million messages
   * @param entriesPerSecond log entries committed in all groups together
   * @param generatorBusy share of a processor that the generator used
   */
  public record RateRound(
      long acks,
      double acksPerSecond,
      double cpuSecondsPerMillion,
      double entriesPerSecond,
      double generatorBusy) {}

  /** With full windows: the rounds' medians. */
  public record Rate(
      int gateways,
      int connections,
      double acksPerSecond,
      double cpuSecondsPerMillion,
      double entriesPerSecond,
      double generatorBusy,
      List<RateRound> rounds) {
    static Rate of(int gateways, int connections, List<RateRound> rounds) {
      return new Rate(
          gateways,
          connections,
          Median.of(rounds, RateRound::acksPerSecond),
          Median.of(rounds, RateRound::cpuSecondsPerMillion),
          Median.of(rounds, RateRound::entriesPerSecond),
          Median.of(rounds, RateRound::generatorBusy),
          List.copyOf(rounds));
    }
  }

  static ClusterBenchResult of(Setting setting, Single single, List<Rate> rates) {
    return new ClusterBenchResult(
        setting,
        single,
        List.copyOf(rates),
        rates.stream().anyMatch(rate -> rate.generatorBusy() > GatewayBenchResult.BUSY_MAX));
  }

  /** Tables, and what is to be read from them. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%d bytes a message, MQTT with QoS 1; medians of %d rounds"
            .formatted(setting.messageBytes(), setting.rounds()));
    lines.add("");
    lines.add("%-28s %10s %10s".formatted("one message at a time", "median", "p99"));
    lines.add(row(name(setting.gateways()), single.gateways()));
    lines.add(row(setting.gateways() + " bare Ratis peers", single.bare()));
    lines.add(
        "gateways / bare peers: %.2f; it is to be at most %.1f: %s"
            .formatted(single.ratio(), TIME_RATIO_MAX, single.met() ? "met" : "missed"));
    lines.add("");
    lines.add(
        "%-14s %11s %12s %14s %12s %15s"
            .formatted(
                setting.window() + " at a time",
                "connections",
                "acks/s",
                "CPU s/million",
                "entries/s",
                "generator busy"));
    rates.forEach(rate -> lines.add(row(rate)));
    if (generatorIsTheLimit) {
      lines.add(
          "The generator used more than %.0f%% of a processor: gateways may be faster than they seem here."
              .formatted(GatewayBenchResult.BUSY_MAX * 100));
    }
    return lines;
  }

  /** So many gateways, as the results call them. */
  static String name(int gateways) {
    return gateways + (gateways == 1 ? " gateway" : " gateways");
  }

  private static String row(String name, AckTimes times) {
    return "%-28s %7.2f ms %7.2f ms".formatted(name, times.medianMs(), times.p99Ms());
  }

  private static String row(Rate rate) {
    return "%-14s %11d %,12.0f %14.1f %,12.0f %14.0f%%"
        .formatted(
            name(rate.gateways()),
            rate.connections(),
            rate.acksPerSecond(),
            rate.cpuSecondsPerMillion(),
            rate.entriesPerSecond(),
            rate.generatorBusy() * 100);
  }
}
