package io.tidemark.deploy.bench;

import io.tidemark.deploy.bench.ClusterBenchResult.Rate;
import io.tidemark.deploy.bench.ClusterBenchResult.RateRound;
import io.tidemark.deploy.bench.ClusterBenchResult.Single;
import io.tidemark.deploy.bench.ClusterBenchResult.SingleRound;
import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Ports;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Three real gateways, which acknowledge what two of them have fsynced: how long one message takes,
 * beside an entry that is appended to bare Ratis peers; and how many they take, beside one gateway
 * alone.
 */
public final class ClusterBench {
  private static final int GATEWAYS = 3;
  private static final int WINDOW = 20;
  private static final List<Integer> CONNECTIONS = List.of(1, 8, 64);

  /**
   * What comes before each counted stretch and is not counted itself, as a part of it. The whole
   * first round is not counted either: much of its time goes into compiling.
   */
  private static final int WARM_UP_PART = 2;

  private final ClusterBenchOptions options;
  private final Installation installation = Installation.find();

  /** Prepares; starts nothing. */
  public ClusterBench(ClusterBenchOptions options) {
    this.options = options;
  }

  /** Measures. Everything it started has ended then, and its data is gone. */
  public ClusterBenchResult run() throws IOException, InterruptedException {
    Path data = BenchFolder.make(installation);
    long messageBytes = Math.round(PublishStream.messageBytes(streams(1, 100, 0)));
    Single single;
    List<Rate> rates;
    try (GatewayCluster cluster = cluster(data, GATEWAYS)) {
      cluster.start();
      try (BarePeers bare = new BarePeers(installation, data.resolve("bare"), GATEWAYS)) {
        bare.start();
        single = single(cluster, bare, messageBytes);
      }
      try (GatewayCluster alone = cluster(data, 1)) {
        alone.start();
        rates = rates(List.of(cluster, alone));
      }
    }
    Folders.delete(data);
    return ClusterBenchResult.of(
        new ClusterBenchResult.Setting(GATEWAYS, WINDOW, messageBytes, options.rounds()),
        single,
        rates);
  }

  private GatewayCluster cluster(Path data, int gateways) throws IOException {
    return new GatewayCluster(installation, data.resolve("cluster-of-" + gateways), gateways);
  }

  private Single single(GatewayCluster cluster, BarePeers bare, long messageBytes)
      throws IOException, InterruptedException {
    List<SingleRound> rounds = new ArrayList<>();
    for (int round = 0; round <= options.rounds(); round++) {
      // Who begins changes from round to round.
      AckTimes appended = round % 2 == 0 ? append(bare, messageBytes) : null;
      AckTimes acknowledged = acknowledge(cluster, round);
      SingleRound measured =
          new SingleRound(acknowledged, appended == null ? append(bare, messageBytes) : appended);
      if (round > 0) {
        rounds.add(measured);
      }
      System.err.printf(
          "%s: one at a time, gateways %.2f ms, bare Ratis %.2f ms%n",
          named(round), measured.gateways().medianMs(), measured.bare().medianMs());
    }
    return Single.of(rounds);
  }

  private AckTimes append(BarePeers bare, long bytes) throws IOException, InterruptedException {
    bare.append(options.timed() / WARM_UP_PART, bytes);
    return bare.append(options.timed(), bytes);
  }

  /** By one device of the first gateway, which leads its group. */
  private AckTimes acknowledge(GatewayCluster cluster, int round)
      throws IOException, InterruptedException {
    try (Generator generator = Generator.mqtt(cluster.ports().get(0).mqtt(), 1, 1)) {
      generator.use(streams(1, withWarmUp(options.timed()), round));
      generator.publish(options.timed() / WARM_UP_PART);
      long[] nanos = new long[options.timed()];
      for (int i = 0; i < nanos.length; i++) {
        long begun = System.nanoTime();
        generator.publish(1);
        nanos[i] = System.nanoTime() - begun;
      }
      cluster.settle();
      return AckTimes.of(nanos);
    }
  }

  private List<Rate> rates(List<GatewayCluster> clusters) throws IOException, InterruptedException {
    Map<Measured, List<RateRound>> rounds = new LinkedHashMap<>();
    for (int connections : CONNECTIONS) {
      for (GatewayCluster cluster : clusters) {
        rounds.put(new Measured(cluster.size(), connections), new ArrayList<>());
      }
    }
    for (int round = 0; round <= options.rounds(); round++) {
      for (int connections : CONNECTIONS) {
        List<PublishStream> streams = streams(connections, withWarmUp(options.messages()), round);
        for (int i = 0; i < clusters.size(); i++) {
          GatewayCluster cluster = clusters.get((i + round) % clusters.size());
          Measured what = new Measured(cluster.size(), connections);
          RateRound measured = rate(cluster, streams);
          if (round > 0) {
            Objects.requireNonNull(rounds.get(what)).add(measured);
          }
          System.err.printf(
              "%s: %s %,.0f acks/s, %.1f CPU seconds a million%n",
              named(round), what, measured.acksPerSecond(), measured.cpuSecondsPerMillion());
        }
      }
    }
    return rounds.entrySet().stream()
        .map(
            each -> Rate.of(each.getKey().gateways(), each.getKey().connections(), each.getValue()))
        .toList();
  }

  /** Whose rounds belong together. */
  private record Measured(int gateways, int connections) {
    @Override
    public String toString() {
      return "%d connections to %s".formatted(connections, ClusterBenchResult.name(gateways));
    }
  }

  private RateRound rate(GatewayCluster cluster, List<PublishStream> streams)
      throws IOException, InterruptedException {
    List<Integer> ports = cluster.ports().stream().map(Ports.OfGateway::mqtt).toList();
    try (Generator generator = Generator.mqtt(ports, streams.size(), WINDOW)) {
      generator.use(streams);
      generator.publish(options.messages() / WARM_UP_PART);
      cluster.settle();
      long entries = cluster.entries();
      double before = cluster.cpuSeconds();
      Generator.Stretch stretch = generator.publish(options.messages());
      entries = cluster.entries() - entries;
      // What is acknowledged has to be forwarded too, and that is paid for.
      cluster.settle();
      double cpu = cluster.cpuSeconds() - before;
      return new RateRound(
          stretch.acks(),
          stretch.acks() / stretch.seconds(),
          cpu * 1e6 / stretch.acks(),
          entries / stretch.seconds(),
          stretch.busy());
    }
  }

  private static int withWarmUp(int counted) {
    return counted + counted / WARM_UP_PART;
  }

  private static List<PublishStream> streams(int connections, int messages, int round) {
    return IntStream.range(0, connections)
        .mapToObj(i -> PublishStream.of(Protocol.MQTT, Generator.id(i), messages, round))
        .toList();
  }

  private static String named(int round) {
    return round > 0 ? "round " + round : "warming up";
  }
}
