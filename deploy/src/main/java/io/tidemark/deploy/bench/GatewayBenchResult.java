package io.tidemark.deploy.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What was measured, and how the gateway compares.
 *
 * @param servers the gateway first
 * @param ratios of the gateway to each other server
 * @param generatorIsTheLimit true if the generator was so busy that a server may be faster than it
 *     seems
 */
public record GatewayBenchResult(
    Setting setting,
    List<Server> servers,
    List<Ratio> ratios,
    Disk disk,
    boolean generatorIsTheLimit) {
  /** The gateway is to have at least this part of Mosquitto's rate. */
  static final double RATE_RATIO_MIN = 0.7;

  /** An idle connection is to take at most this of the gateway's memory. */
  static final long IDLE_CONNECTION_MAX_BYTES = 16 << 10;

  /** Share of a processor from which on the generator is suspected. */
  static final double BUSY_MAX = 0.85;

  /** The same for all servers. */
  public record Setting(int connections, int window, long messageBytes, int idleConnections) {}

  /**
   * One server's turn in one round.
   *
   * @param acks acknowledgements counted
   * @param cpuSecondsPerMillion processor time of the server's process for a million messages
   * @param generatorBusy share of a processor that the generator used
   */
  public record Round(
      long acks, double acksPerSecond, double cpuSecondsPerMillion, double generatorBusy) {}

  /**
   * One server: its medians.
   *
   * @param idleConnectionBytes growth of its memory by an idle connection; null if not measured
   */
  public record Server(
      String name,
      double acksPerSecond,
      double cpuSecondsPerMillion,
      double generatorBusy,
      @Nullable Long idleConnectionBytes,
      List<Round> rounds) {
    static Server of(String name, List<Round> rounds, @Nullable Long idleConnectionBytes) {
      return new Server(
          name,
          median(rounds, Round::acksPerSecond),
          median(rounds, Round::cpuSecondsPerMillion),
          median(rounds, Round::generatorBusy),
          idleConnectionBytes,
          List.copyOf(rounds));
    }
  }

  /**
   * The gateway's figures divided by a peer's: medians of the rounds' ratios, since what disturbs a
   * round disturbs both.
   */
  public record Ratio(String peer, double rate, double cpu) {
    static Ratio of(Server ours, Server peer) {
      return new Ratio(
          peer.name(),
          medianRatio(ours, peer, Round::acksPerSecond),
          medianRatio(ours, peer, Round::cpuSecondsPerMillion));
    }
  }

  /**
   * The gateway's log beside the bare disk.
   *
   * @param entryBytes payloads in a log entry, on average
   * @param gatewayEntriesPerSecond entries the gateway committed
   * @param entriesPerSecond such entries that can be appended and fdatasynced one by one
   */
  public record Disk(int entryBytes, double gatewayEntriesPerSecond, double entriesPerSecond) {
    static Disk median(List<Disk> disks) {
      return new Disk(
          (int) GatewayBenchResult.median(disks, Disk::entryBytes),
          GatewayBenchResult.median(disks, Disk::gatewayEntriesPerSecond),
          GatewayBenchResult.median(disks, Disk::entriesPerSecond));
    }
  }

  static GatewayBenchResult of(Setting setting, List<Server> servers, Disk disk) {
    Server ours = servers.get(0);
    return new GatewayBenchResult(
        setting,
        List.copyOf(servers),
        servers.stream().skip(1).map(peer -> Ratio.of(ours, peer)).toList(),
        disk,
        servers.stream().anyMatch(server -> server.generatorBusy() > BUSY_MAX));
  }

  /** A table, and what is to be read from it. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%d connections with %d unacknowledged, %d bytes, QoS 1; medians of %d rounds"
            .formatted(
                setting.connections(),
                setting.window(),
                setting.messageBytes(),
                servers.get(0).rounds().size()));
    lines.add(
        "%-12s %12s %14s %16s %16s"
            .formatted("", "acks/s", "CPU s/million", "generator busy", "idle connection"));
    for (Server server : servers) {
      Long idle = server.idleConnectionBytes();
      lines.add(
          "%-12s %,12.0f %14.1f %15.0f%% %16s"
              .formatted(
                  server.name(),
                  server.acksPerSecond(),
                  server.cpuSecondsPerMillion(),
                  server.generatorBusy() * 100,
                  idle == null ? "-" : "%.1f kB".formatted(idle / 1024.0)));
    }
    for (Ratio ratio : ratios) {
      lines.add(
          "gateway / %s: rate %.2f, CPU %.2f%s"
              .formatted(
                  ratio.peer(),
                  ratio.rate(),
                  ratio.cpu(),
                  ratio.peer().equals(Peer.MOSQUITTO.label())
                      ? "; the rate is to be at least %.1f: %s"
                          .formatted(RATE_RATIO_MIN, verdict(ratio.rate() >= RATE_RATIO_MIN))
                      : ""));
    }
    Long idle = servers.get(0).idleConnectionBytes();
    if (idle != null) {
      lines.add(
          "an idle connection of %,d takes %.1f kB; it is to be at most %d kB: %s"
              .formatted(
                  setting.idleConnections(),
                  idle / 1024.0,
                  IDLE_CONNECTION_MAX_BYTES >> 10,
                  verdict(idle <= IDLE_CONNECTION_MAX_BYTES)));
    }
    lines.add(
        "log entries of %,d bytes: gateway %,.0f/s; appended and fdatasynced one by one %,.0f/s"
            .formatted(disk.entryBytes(), disk.gatewayEntriesPerSecond(), disk.entriesPerSecond()));
    if (generatorIsTheLimit) {
      lines.add(
          "The generator used more than %.0f%% of a processor: a server may be faster than it seems here."
              .formatted(BUSY_MAX * 100));
    }
    return lines;
  }

  private static String verdict(boolean met) {
    return met ? "met" : "missed";
  }

  private static double medianRatio(Server ours, Server peer, ToDoubleFunction<Round> figure) {
    return median(
        IntStream.range(0, ours.rounds().size())
            .mapToObj(
                i ->
                    figure.applyAsDouble(ours.rounds().get(i))
                        / figure.applyAsDouble(peer.rounds().get(i)))
            .toList(),
        Double::doubleValue);
  }

  private static <T> double median(List<T> rounds, ToDoubleFunction<T> figure) {
    double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
