package io.tidemark.deploy.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What TLS and DTLS cost a gateway, and what bad clients cost good devices.
 *
 * @param throughput with TLS beside without
 * @param handshakes what each kind of them costs
 * @param idle memory of connections on which nothing happens
 * @param disturbed good devices, alone and while bad clients come
 */
public record TlsBenchResult(
    Throughput throughput, List<Handshakes> handshakes, Idle idle, Disturbed disturbed) {
  static final double THROUGHPUT_MIN = 0.8;
  static final double P99_MAX = 2;

  /** How many times as many bad clients are to come as messages of good devices. */
  static final int BAD = 10;

  /** The share of them that has to have come in fact, or nothing is said of the bar. */
  private static final double CAME_MIN = 0.9;

  /** One round, in acknowledgements a second. */
  public record Round(double tls, double plain) {
    double ratio() {
      return tls / plain;
    }
  }

  /**
   * The same messages over the same number of connections to the same gateway.
   *
   * @param messages that are counted in each round, with and without
   * @param ratio the median of the rounds' ratios
   */
  public record Throughput(
      int messages,
      double tlsPerSecond,
      double plainPerSecond,
      double ratio,
      boolean met,
      List<Round> rounds) {
    static Throughput of(int messages, List<Round> rounds) {
      double ratio = Median.of(rounds, Round::ratio);
      return new Throughput(
          messages,
          Median.of(rounds, Round::tls),
          Median.of(rounds, Round::plain),
          ratio,
          ratio >= THROUGHPUT_MIN,
          List.copyOf(rounds));
    }
  }

  /**
   * Handshakes, and over TCP a CONNECT and a CONNACK.
   *
   * @param cpuMs processor time of the gateway for each, in milliseconds
   */
  public record Handshakes(String kind, int count, double cpuMs) {
    /** How many one processor would do that does nothing else. */
    public double perSecondPerCore() {
      return 1_000 / cpuMs;
    }
  }

  /**
   * Memory of the gateway, in bytes a connection.
   *
   * @param heap what lives after a collection
   * @param resident in RAM, with buffers outside of the heap
   */
  public record Idle(int connections, long heap, long resident) {}

  /**
   * Some time in which good devices sent, with or without bad clients beside them.
   *
   * @param nanos how long it took until each message was acknowledged
   * @param gatewayCpuSeconds processor time of the gateway
   * @param badCpuSeconds processor time of the bad clients themselves, on the same machine
   * @param badCame how many of them came
   * @param badLetIn of these those that could send
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Stretch(
      long[] nanos,
      double seconds,
      double gatewayCpuSeconds,
      double badCpuSeconds,
      long badCame,
      long badLetIn) {
    AckTimes times() {
      return AckTimes.of(nanos);
    }
  }

  /**
   * One round.
   *
   * @param alone good devices by themselves
   * @param beside the same beside bad clients
   */
  public record DisturbedRound(AckTimes alone, AckTimes beside) {}

  /**
   * How many processors were busy on average with what.
   *
   * @param there that the machine has
   * @param alone with the gateway, while good devices are alone
   * @param beside the same beside bad clients
   * @param badClients with the bad clients themselves, which elsewhere have machines of their own
   */
  public record Processors(int there, double alone, double beside, double badClients) {}

  /**
   * Good devices, each of which sends one message after the other.
   *
   * @param goodPerSecond what they send together
   * @param badPerSecond how many bad clients came in fact
   * @param letIn of these those that could send, which is to be none
   * @param messages of good devices that are counted, alone and beside bad clients each
   * @param alone all rounds together
   * @param beside all rounds together
   * @param ratio of the 99th percentiles
   */
  public record Disturbed(
      double goodPerSecond,
      double badPerSecond,
      long letIn,
      Processors processors,
      int messages,
      AckTimes alone,
      AckTimes beside,
      double ratio,
      boolean met,
      List<DisturbedRound> rounds) {
    /** Of stretches in turn, of each kind as many. */
    static Disturbed of(
        int processors, double goodPerSecond, List<Stretch> alone, List<Stretch> beside) {
      AckTimes aloneTimes = together(alone);
      AckTimes besideTimes = together(beside);
      double ratio = besideTimes.p99Ms() / aloneTimes.p99Ms();
      long letIn = beside.stream().mapToLong(Stretch::badLetIn).sum();
      double badPerSecond = perSecond(beside, Stretch::badCame);
      return new Disturbed(
          goodPerSecond,
          badPerSecond,
          letIn,
          new Processors(
              processors,
              perSecond(alone, Stretch::gatewayCpuSeconds),
              perSecond(beside, Stretch::gatewayCpuSeconds),
              perSecond(beside, Stretch::badCpuSeconds)),
          beside.stream().mapToInt(stretch -> stretch.nanos().length).sum(),
          aloneTimes,
          besideTimes,
          ratio,
          ratio <= P99_MAX && letIn == 0 && badPerSecond >= CAME_MIN * BAD * goodPerSecond,
          IntStream.range(0, alone.size())
              .mapToObj(i -> new DisturbedRound(alone.get(i).times(), beside.get(i).times()))
              .toList());
    }

    private static AckTimes together(List<Stretch> stretches) {
      return AckTimes.of(
          stretches.stream().flatMapToLong(stretch -> Arrays.stream(stretch.nanos())).toArray());
    }

    private static double perSecond(List<Stretch> stretches, ToDoubleFunction<Stretch> figure) {
      return stretches.stream().mapToDouble(figure).sum()
          / stretches.stream().mapToDouble(Stretch::seconds).sum();
    }
  }

  /** Tables, and what is to be read from them. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "MQTT with QoS 1: %,.0f acks/s with TLS, %,.0f without"
            .formatted(throughput.tlsPerSecond(), throughput.plainPerSecond()));
    lines.add(
        "with / without: %.2f; it is to be at least %.1f: %s"
            .formatted(throughput.ratio(), THROUGHPUT_MIN, met(throughput.met())));
    lines.add("");
    lines.add("%-34s %12s %16s".formatted("", "CPU ms each", "per s and core"));
    for (Handshakes each : handshakes) {
      lines.add(
          "%-34s %12.2f %,16.0f".formatted(each.kind(), each.cpuMs(), each.perSecondPerCore()));
    }
    lines.add("");
    lines.add(
        "an idle connection with TLS, of %,d: %.1f kB of heap, %.1f kB of RAM"
            .formatted(idle.connections(), idle.heap() / 1e3, idle.resident() / 1e3));
    lines.add("");
    lines.add("%-34s %10s %10s".formatted("acknowledged after", "median", "p99"));
    lines.add(row("good devices alone", disturbed.alone()));
    lines.add(row("beside bad clients", disturbed.beside()));
    lines.add(
        "%.0f messages a second, and %.0f bad clients, of which %d could send"
            .formatted(disturbed.goodPerSecond(), disturbed.badPerSecond(), disturbed.letIn()));
    lines.add(
        "of %d processors the gateway kept %.2f busy alone and %.2f beside them, and the bad clients themselves %.2f"
            .formatted(
                disturbed.processors().there(),
                disturbed.processors().alone(),
                disturbed.processors().beside(),
                disturbed.processors().badClients()));
    lines.add(
        "p99 beside / alone: %.2f; it is to be at most %.0f: %s"
            .formatted(disturbed.ratio(), P99_MAX, met(disturbed.met())));
    return lines;
  }

  private static String met(boolean met) {
    return met ? "met" : "missed";
  }

  private static String row(String name, AckTimes times) {
    return "%-34s %7.2f ms %7.2f ms".formatted(name, times.medianMs(), times.p99Ms());
  }
}
