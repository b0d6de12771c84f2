package io.tidemark.deploy.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What was measured, and how the gateway compares.
 *
 * @param servers by protocol, and then the gateway first
 * @param ratios of the gateway to each other server of the same protocol
 * @param generatorIsTheLimit true if the generator was so busy that a server may be faster than it
 *     seems
 */
public record GatewayBenchResult(
    Setting setting, List<Server> servers, List<Ratio> ratios, boolean generatorIsTheLimit) {
  /** The gateway is to have at least this part of a peer's rate. */
  static final Map<String, Double> RATE_RATIO_MIN =
      Map.of(Peer.MOSQUITTO.label(), 0.7, Peer.CALIFORNIUM.label(), 0.6);

  /** An idle connection is to take at most this of the gateway's memory. */
  static final long IDLE_CONNECTION_MAX_BYTES = 16 << 10;

  private static final String ROW_HEAD =
      "%-12s %-9s %12s %14s %16s %16s"
          .formatted("", "", "acks/s", "CPU s/million", "generator busy", "idle connection");

  /** Share of a processor from which on the generator is suspected. */
  static final double BUSY_MAX = 0.85;

  /**
   * The same for all servers of a protocol.
   *
   * @param connections over MQTT
   * @param window messages of each that may be unacknowledged
   * @param endpoints over CoAP, with one request outstanding each
   */
  public record Setting(
      int connections, int window, int endpoints, long messageBytes, int idleConnections) {
    String of(Protocol protocol) {
      return switch (protocol) {
        case MQTT ->
            "mqtt: %d connections with %d unacknowledged, QoS 1".formatted(connections, window);
        case COAP -> "coap: %d endpoints with one request outstanding, CON".formatted(endpoints);
      };
    }
  }

  /**
   * One server's turn in one round.
   *
   * @param acks acknowledgements counted
   * @param repeated messages that were sent again
   * @param cpuSecondsPerMillion processor time of the server's process for a million messages
   * @param generatorBusy share of a processor that the generator used
   * @param disk what the disk could have done; null for peers
   */
  public record Round(
      long acks,
      long repeated,
      double acksPerSecond,
      double cpuSecondsPerMillion,
      double generatorBusy,
      @Nullable Disk disk) {
    Round with(Disk measured) {
      return new Round(
          acks, repeated, acksPerSecond, cpuSecondsPerMillion, generatorBusy, measured);
    }
  }

  /**
   * One server: its medians.
   *
   * @param repeated messages that were sent again, in all rounds together
   * @param idleConnectionBytes growth of its memory by an idle connection; null if not measured
   * @param disk beside a gateway; null for peers
   */
  public record Server(
      String name,
      Protocol protocol,
      double acksPerSecond,
      double cpuSecondsPerMillion,
      double generatorBusy,
      long repeated,
      @Nullable Long idleConnectionBytes,
      @Nullable Disk disk,
      List<Round> rounds) {
    static Server of(
        String name, Protocol protocol, List<Round> rounds, @Nullable Long idleConnectionBytes) {
      return new Server(
          name,
          protocol,
          Median.of(rounds, Round::acksPerSecond),
          Median.of(rounds, Round::cpuSecondsPerMillion),
          Median.of(rounds, Round::generatorBusy),
          rounds.stream().mapToLong(Round::repeated).sum(),
          idleConnectionBytes,
          Disk.median(rounds.stream().map(Round::disk).filter(Objects::nonNull).toList()),
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
    static @Nullable Disk median(List<Disk> disks) {
      return disks.isEmpty()
          ? null
          : new Disk(
              (int) Median.of(disks, Disk::entryBytes),
              Median.of(disks, Disk::gatewayEntriesPerSecond),
              Median.of(disks, Disk::entriesPerSecond));
    }
  }

  static GatewayBenchResult of(Setting setting, List<Server> servers) {
    List<Ratio> ratios = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      List<Server> same = servers.stream().filter(s -> s.protocol() == protocol).toList();
      same.stream().skip(1).forEach(peer -> ratios.add(Ratio.of(same.get(0), peer)));
    }
    return new GatewayBenchResult(
        setting,
        List.copyOf(servers),
        List.copyOf(ratios),
        servers.stream().anyMatch(server -> server.generatorBusy() > BUSY_MAX));
  }

  /** A table, and what is to be read from it. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%d bytes a message; medians of %d rounds"
            .formatted(setting.messageBytes(), servers.get(0).rounds().size()));
    servers.stream().map(Server::protocol).distinct().map(setting::of).forEach(lines::add);
    lines.add(ROW_HEAD);
    servers.forEach(server -> lines.add(row(server)));
    ratios.forEach(ratio -> lines.add(line(ratio)));
    for (Server server : servers) {
      lines.addAll(more(server));
    }
    if (generatorIsTheLimit) {
      lines.add(
          "The generator used more than %.0f%% of a processor: a server may be faster than it seems here."
              .formatted(BUSY_MAX * 100));
    }
    return lines;
  }

  private static String row(Server server) {
    Long idle = server.idleConnectionBytes();
    return "%-12s %-9s %,12.0f %14.1f %15.0f%% %16s"
        .formatted(
            server.name(),
            server.protocol().label(),
            server.acksPerSecond(),
            server.cpuSecondsPerMillion(),
            server.generatorBusy() * 100,
            idle == null ? "-" : "%.1f kB".formatted(idle / 1024.0));
  }

  private static String line(Ratio ratio) {
    Double min = RATE_RATIO_MIN.get(ratio.peer());
    return "gateway / %s: rate %.2f, CPU %.2f%s"
        .formatted(
            ratio.peer(),
            ratio.rate(),
            ratio.cpu(),
            min == null
                ? ""
                : "; the rate is to be at least %.1f: %s"
                    .formatted(min, verdict(ratio.rate() >= min)));
  }

  /** What is said of one server alone. */
  private List<String> more(Server server) {
    List<String> lines = new ArrayList<>();
    Long idle = server.idleConnectionBytes();
    Disk disk = server.disk();
    if (idle != null && server.name().equals(GatewayServer.NAME)) {
      lines.add(
          "an idle connection of %,d takes %.1f kB; it is to be at most %d kB: %s"
              .formatted(
                  setting.idleConnections(),
                  idle / 1024.0,
                  IDLE_CONNECTION_MAX_BYTES >> 10,
                  verdict(idle <= IDLE_CONNECTION_MAX_BYTES)));
    }
    if (disk != null) {
      lines.add(
          "log entries of %,d bytes over %s: gateway %,.0f/s; appended and fdatasynced one by one %,.0f/s"
              .formatted(
                  disk.entryBytes(),
                  server.protocol().label(),
                  disk.gatewayEntriesPerSecond(),
                  disk.entriesPerSecond()));
    }
    if (server.repeated() > 0) {
      lines.add(
          "%,d requests to %s were lost on the way and sent again"
              .formatted(server.repeated(), server.name()));
    }
    return lines;
  }

  private static String verdict(boolean met) {
    return met ? "met" : "missed";
  }

  private static double medianRatio(Server ours, Server peer, ToDoubleFunction<Round> figure) {
    return Median.of(
        IntStream.range(0, ours.rounds().size())
            .mapToObj(
                i ->
                    figure.applyAsDouble(ours.rounds().get(i))
                        / figure.applyAsDouble(peer.rounds().get(i)))
            .toList(),
        Double::doubleValue);
  }
}
