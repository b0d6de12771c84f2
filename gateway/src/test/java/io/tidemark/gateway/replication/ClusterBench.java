package io.tidemark.gateway.replication;

import static io.tidemark.gateway.replication.ReplicatedLogContract.await;
import static io.tidemark.gateway.replication.ReplicatedLogContract.readAll;
import static org.awaitility.Awaitility.await;

import io.tidemark.testing.FreePort;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Gateways' logs in one process, on real sockets and folders. */
abstract class ClusterBench {
  static final int SEGMENT_MAX_BYTES = 1 << 20;

  @TempDir Path dir = Path.of("set by JUnit");
  final Map<String, Cluster> running = new ConcurrentSkipListMap<>();
  final Map<String, String> addresses = new TreeMap<>();
  final String line;

  ClusterBench() {
    for (String gateway : List.of("g1", "g2", "g3", "g4", "g5", "spare")) {
      addresses.put(gateway, "127.0.0.1:" + FreePort.next());
    }
    line = line("g1", "g2", "g3");
  }

  /** These gateways as {@code tidemark.cluster.peers}. */
  final String line(String... gateways) {
    return Arrays.stream(gateways).map(this::named).collect(Collectors.joining(","));
  }

  /** A gateway with its address. */
  final String named(String gateway) {
    return gateway + "=" + addresses.get(gateway);
  }

  @AfterEach
  void closeAll() {
    running.values().forEach(Cluster::close);
  }

  static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(20));
  }

  LogSettings settings(String gateway, String peers) {
    return new LogSettings(
        gateway,
        Peers.parse(peers, gateway),
        dir.resolve(gateway),
        1L << 30,
        1_000_000,
        1,
        SEGMENT_MAX_BYTES);
  }

  /** How a gateway speaks to the others; null if in the clear. */
  @Nullable PeerTls tls(String gateway) {
    return null;
  }

  CompletableFuture<Cluster> opening(LogSettings settings, AtomicBoolean stopped) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            Cluster opened =
                Cluster.open(settings, tls(settings.gateway()), stopped::get, said -> {});
            running.put(settings.gateway(), opened);
            return opened;
          } catch (LogStartException | InterruptedException e) {
            throw new CompletionException(e);
          }
        });
  }

  void startAs(String peers, String... gateways) {
    starting(peers, gateways).join();
  }

  /** Done when all these are opened. */
  CompletableFuture<Void> starting(String peers, String... gateways) {
    return CompletableFuture.allOf(
        Arrays.stream(gateways)
            .map(gateway -> opening(settings(gateway, peers), new AtomicBoolean()))
            .toArray(CompletableFuture[]::new));
  }

  void start(String... gateways) {
    startAs(line, gateways);
  }

  /** All three, each leading its own group. */
  void startAll() {
    start("g1", "g2", "g3");
    for (String gateway : running.keySet()) {
      soon().until(() -> log(gateway, gateway).leadership() >= 0);
    }
  }

  /**
   * Commits into the gateway's own group. A machine that stalls may make it lead that anew first.
   *
   * @return the entry's index
   */
  long commit(String gateway, byte[] entry, int readings) {
    return soon()
        .pollDelay(Duration.ZERO)
        .ignoreExceptionsInstanceOf(NotProposedException.class)
        .until(() -> await(at(gateway).own().propose(entry, readings)), index -> index >= 0);
  }

  void stop(String gateway) {
    Cluster stopped = running.remove(gateway);
    if (stopped != null) {
      stopped.close();
    }
  }

  Cluster at(String gateway) {
    Cluster cluster = running.get(gateway);
    if (cluster == null) {
      throw new AssertionError(gateway + " is not running");
    }
    return cluster;
  }

  /** A gateway's replica of a group. */
  RatisLog log(String gateway, String group) {
    return (RatisLog)
        at(gateway).logs().stream().filter(l -> l.group().equals(group)).findFirst().orElseThrow();
  }

  static List<String> texts(ReplicatedLog log) throws Exception {
    return readAll(log, log.mark().index() + 1, 1 << 20).stream()
        .map(entry -> new String(entry.bytes(), StandardCharsets.UTF_8))
        .toList();
  }

  /** Who leads a group whose preferred leader is gone. */
  String heir(String group) {
    soon().until(() -> running.keySet().stream().anyMatch(g -> log(g, group).leadership() >= 0));
    return running.keySet().stream()
        .filter(g -> log(g, group).leadership() >= 0)
        .findFirst()
        .orElseThrow();
  }
}
