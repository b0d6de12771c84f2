package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The real gateway process, which fsyncs what it acknowledges, against servers that do not, and
 * against the disk. All that speak one protocol get the same messages by the same generator, in
 * turns.
 */
public final class GatewayBench {
  private static final int CONNECTIONS = 50;
  private static final int WINDOW = 20;

  /** Each with one request outstanding: together as many as the connections' windows have. */
  private static final int ENDPOINTS = CONNECTIONS * WINDOW;

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
    if (options.protocols().contains(Protocol.MQTT)) {
      IdleConnections.requireOpenFiles(options.idle());
    }
    Path data = BenchFolder.make(installation);
    List<MeasuredServer> servers = new ArrayList<>();
    try {
      for (Protocol protocol : options.protocols()) {
        start(servers, protocol, data);
      }
      GatewayBenchResult result = measure(servers, new DiskLimit(data));
      close(servers);
      Folders.delete(data);
      return result;
    } finally {
      close(servers);
    }
  }

  /** A gateway for each protocol: what one has behind it is not to weigh on the other. */
  private void start(List<MeasuredServer> servers, Protocol protocol, Path data)
      throws IOException, InterruptedException {
    GatewayServer gateway =
        new GatewayServer(installation, data.resolve(protocol.label()), protocol);
    servers.add(gateway);
    gateway.start();
    for (Peer peer : options.peers()) {
      if (peer.protocol() == protocol) {
        PeerServer server = PeerServer.of(peer, installation, data);
        servers.add(server);
        server.start();
      }
    }
  }

  private GatewayBenchResult measure(List<MeasuredServer> servers, DiskLimit disk)
      throws IOException, InterruptedException {
    // Before anything else, while memory is what a fresh process has.
    List<@Nullable Long> idle = new ArrayList<>();
    for (MeasuredServer server : servers) {
      boolean connected = server.protocol() == Protocol.MQTT && options.idle() > 0;
      idle.add(connected ? IdleConnections.bytesEach(server, options.idle()) : null);
    }
    List<List<GatewayBenchResult.Round>> rounds = new ArrayList<>();
    servers.forEach(server -> rounds.add(new ArrayList<>()));
    for (int round = 0; round <= options.rounds(); round++) {
      Map<Protocol, List<PublishStream>> streams = new EnumMap<>(Protocol.class);
      for (Protocol protocol : options.protocols()) {
        streams.put(protocol, streams(protocol, round));
      }
      for (int i = 0; i < servers.size(); i++) {
        // Who begins changes from round to round.
        int turn = (i + round) % servers.size();
        MeasuredServer server = servers.get(turn);
        GatewayBenchResult.Round measured =
            turn(server, Objects.requireNonNull(streams.get(server.protocol())), disk);
        if (round > 0) {
          rounds.get(turn).add(measured);
        }
        System.err.printf(
            "%s: %s over %s %,.0f acks/s, %.1f CPU seconds a million%n",
            round > 0 ? "round " + round : "warming up",
            server.name(),
            server.protocol().label(),
            measured.acksPerSecond(),
            measured.cpuSecondsPerMillion());
      }
    }
    return GatewayBenchResult.of(
        new GatewayBenchResult.Setting(
            CONNECTIONS, WINDOW, ENDPOINTS, messageBytes(), options.idle()),
        IntStream.range(0, servers.size())
            .mapToObj(
                i ->
                    GatewayBenchResult.Server.of(
                        servers.get(i).name(),
                        servers.get(i).protocol(),
                        rounds.get(i),
                        idle.get(i)))
            .toList());
  }

  /** What a disk does in a second changes too: it is asked right after a gateway. */
  private GatewayBenchResult.Round turn(
      MeasuredServer server, List<PublishStream> streams, DiskLimit disk)
      throws IOException, InterruptedException {
    if (!(server instanceof GatewayServer gateway)) {
      return round(server, streams);
    }
    long entries = gateway.entries();
    GatewayBenchResult.Round measured = round(gateway, streams);
    double perEntry =
        (double) streams.size() * streams.get(0).messages() / (gateway.entries() - entries);
    int entryBytes = (int) Math.max(1, perEntry * PublishStream.messageBytes(streams));
    return measured.with(
        new GatewayBenchResult.Disk(
            entryBytes, measured.acksPerSecond() / perEntry, disk.entriesPerSecond(entryBytes)));
  }

  private GatewayBenchResult.Round round(MeasuredServer server, List<PublishStream> streams)
      throws IOException, InterruptedException {
    ServerProcess process = new ServerProcess(server.pid());
    int counted = counted(server.protocol());
    try (Generator generator = generator(server)) {
      generator.use(streams);
      generator.publish(counted / WARM_UP_PART);
      server.settle();
      double before = process.cpuSeconds();
      Generator.Stretch stretch = generator.publish(counted);
      server.settle();
      double cpu = process.cpuSeconds() - before;
      return new GatewayBenchResult.Round(
          stretch.acks(),
          stretch.repeated(),
          stretch.acks() / stretch.seconds(),
          cpu * 1e6 / stretch.acks(),
          stretch.busy(),
          null);
    }
  }

  private static Generator generator(MeasuredServer server) throws IOException {
    return switch (server.protocol()) {
      case MQTT -> Generator.mqtt(server.port(), CONNECTIONS, WINDOW);
      case COAP -> Generator.coap(server.port(), ENDPOINTS);
    };
  }

  private static int devices(Protocol protocol) {
    return switch (protocol) {
      case MQTT -> CONNECTIONS;
      case COAP -> ENDPOINTS;
    };
  }

  /** Messages of a device that are counted in a round. */
  private int counted(Protocol protocol) {
    return options.messages() / devices(protocol);
  }

  private List<PublishStream> streams(Protocol protocol, int round) {
    int counted = counted(protocol);
    return IntStream.range(0, devices(protocol))
        .mapToObj(
            i ->
                PublishStream.of(
                    protocol, Generator.id(i), counted + counted / WARM_UP_PART, round))
        .toList();
  }

  /** On average; those of all rounds and both protocols are made the same way. */
  private long messageBytes() {
    return Math.round(PublishStream.messageBytes(streams(options.protocols().get(0), 0)));
  }

  private static void close(List<MeasuredServer> servers) throws InterruptedException {
    for (MeasuredServer server : servers) {
      server.close();
    }
    servers.clear();
  }
}
