package io.tidemark.deploy.bench;

import java.util.ArrayList;
import java.util.List;

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

  /** One round, in acknowledgements a second. */
  public record Round(double tls, double plain) {
    double ratio() {
      return tls / plain;
    }
  }

  /**
   * The same messages over the same number of connections to the same gateway.
   *
   * @param ratio the median of the rounds' ratios
   */
  public record Throughput(
      double tlsPerSecond, double plainPerSecond, double ratio, boolean met, List<Round> rounds) {
    static Throughput of(List<Round> rounds) {
      double ratio = Median.of(rounds, Round::ratio);
      return new Throughput(
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
   * Good devices, each of which sends one message after the other.
   *
   * @param goodPerSecond what they send together
   * @param badPerSecond how many bad clients came in fact
   * @param letIn of these those that could send, which is to be none
   * @param ratio of the 99th percentiles
   */
  public record Disturbed(
      double goodPerSecond,
      double badPerSecond,
      long letIn,
      AckTimes alone,
      AckTimes beside,
      double ratio,
      boolean met) {
    static Disturbed of(
        double goodPerSecond, double badPerSecond, long letIn, AckTimes alone, AckTimes beside) {
      double ratio = beside.p99Ms() / alone.p99Ms();
      return new Disturbed(
          goodPerSecond, badPerSecond, letIn, alone, beside, ratio, ratio <= P99_MAX && letIn == 0);
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
