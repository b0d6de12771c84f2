package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The real gateway process, which fsyncs what it acknowledges, against brokers that do not, and
 * against the disk. All get the same messages by the same generator, in turns.
 */
public final class GatewayBench {
  private static final int CONNECTIONS = 50;
  private static final int WINDOW = 20;

  /**
   * What comes before each counted stretch and is not counted itself, as a part of it. The whole
   * first round is not counted either: much of its time goes into compiling.
   */
  private static final int WARM_UP_PART = 2;

  private final GatewayBenchOptions options;
  private final Installation installation = Installation.find();

  /** Prepares; starts nothing. */
  public GatewayBench(GatewayBenchOptions options) {
    this.options = options;
  }

  /** Measures. Everything it started has ended then, and its data is gone. */
  public GatewayBenchResult run() throws IOException, InterruptedException {
    IdleConnections.requireOpenFiles(options.idle());
    // Not among the temporary files: those may be in memory, where fsync costs nothing.
    Path parent = Files.createDirectories(installation.home().resolve("data"));
    Path data = Files.createTempDirectory(parent, "bench-");
    List<MqttServer> servers = new ArrayList<>();
    // Ctrl-C does not reach them, and must not leave them running.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> ProcessHandle.current().children().forEach(ProcessHandle::destroy)));
    try {
      GatewayServer gateway = new GatewayServer(installation, data);
      servers.add(gateway);
      gateway.start();
      for (Peer peer : options.peers()) {
        MqttServer broker = Broker.of(peer, installation, data);
        servers.add(broker);
        broker.start();
      }
      GatewayBenchResult result = measure(servers, gateway, new DiskLimit(data));
      close(servers);
      delete(data);
      return result;
    } finally {
      close(servers);
    }
  }

  private GatewayBenchResult measure(
      List<MqttServer> servers, GatewayServer gateway, DiskLimit disk)
      throws IOException, InterruptedException {
    // Before anything else, while memory is what a fresh process has.
    List<@Nullable Long> idle = new ArrayList<>();
    for (MqttServer server : servers) {
      idle.add(options.idle() == 0 ? null : IdleConnections.bytesEach(server, options.idle()));
    }
    List<List<GatewayBenchResult.Round>> rounds = new ArrayList<>();
    servers.forEach(server -> rounds.add(new ArrayList<>()));
    List<GatewayBenchResult.Disk> disks = new ArrayList<>();
    double messageBytes = 0;
    for (int round = 0; round <= options.rounds(); round++) {
      List<PublishStream> streams = streams(round);
      messageBytes = messageBytes(streams);
      for (int i = 0; i < servers.size(); i++) {
        // Who begins changes from round to round.
        int turn = (i + round) % servers.size();
        MqttServer server = servers.get(turn);
        GatewayBenchResult.Round measured;
        if (server == gateway) {
          GatewayTurn ours = roundWithDisk(gateway, streams, disk);
          measured = ours.round();
          if (round > 0) {
            disks.add(ours.disk());
          }
        } else {
          measured = round(server, streams);
        }
        if (round > 0) {
          rounds.get(turn).add(measured);
        }
        System.err.printf(
            "%s: %s %,.0f acks/s, %.1f CPU seconds a million%n",
            round > 0 ? "round " + round : "warming up",
            server.name(),
            measured.acksPerSecond(),
            measured.cpuSecondsPerMillion());
      }
    }
    List<GatewayBenchResult.Server> results =
        IntStream.range(0, servers.size())
            .mapToObj(
                i ->
                    GatewayBenchResult.Server.of(servers.get(i).name(), rounds.get(i), idle.get(i)))
            .toList();
    return GatewayBenchResult.of(
        new GatewayBenchResult.Setting(
            CONNECTIONS, WINDOW, Math.round(messageBytes), options.idle()),
        results,
        GatewayBenchResult.Disk.median(disks));
  }

  private record GatewayTurn(GatewayBenchResult.Round round, GatewayBenchResult.Disk disk) {}

  /** What a disk does in a second changes too: it is asked right after the gateway. */
  private GatewayTurn roundWithDisk(
      GatewayServer gateway, List<PublishStream> streams, DiskLimit disk)
      throws IOException, InterruptedException {
    long entries = gateway.entries();
    GatewayBenchResult.Round measured = round(gateway, streams);
    double perEntry =
        (double) streams.size() * streams.get(0).messages() / (gateway.entries() - entries);
    int entryBytes = (int) Math.max(1, perEntry * messageBytes(streams));
    return new GatewayTurn(
        measured,
        new GatewayBenchResult.Disk(
            entryBytes, measured.acksPerSecond() / perEntry, disk.entriesPerSecond(entryBytes)));
  }

  private GatewayBenchResult.Round round(MqttServer server, List<PublishStream> streams)
      throws IOException, InterruptedException {
    ServerProcess process = new ServerProcess(server.pid());
    int counted = options.messages() / CONNECTIONS;
    try (Generator generator = Generator.connect(server.port(), CONNECTIONS, WINDOW)) {
      generator.use(streams);
      generator.publish(counted / WARM_UP_PART);
      server.settle();
      double before = process.cpuSeconds();
      Generator.Stretch stretch = generator.publish(counted);
      server.settle();
      double cpu = process.cpuSeconds() - before;
      return new GatewayBenchResult.Round(
          stretch.acks(),
          stretch.acks() / stretch.seconds(),
          cpu * 1e6 / stretch.acks(),
          stretch.busy());
    }
  }

  private List<PublishStream> streams(int round) {
    int counted = options.messages() / CONNECTIONS;
    return IntStream.range(0, CONNECTIONS)
        .mapToObj(i -> PublishStream.of("bench-" + i, counted + counted / WARM_UP_PART, round))
        .toList();
  }

  private static double messageBytes(List<PublishStream> streams) {
    long bytes = streams.stream().mapToLong(PublishStream::payloadBytes).sum();
    return bytes / (double) streams.size() / streams.get(0).messages();
  }

  private static void close(List<MqttServer> servers) throws InterruptedException {
    for (MqttServer server : servers) {
      server.close();
    }
    servers.clear();
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
