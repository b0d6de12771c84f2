package io.tidemark.gateway.replication;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;

/** Opens real logs for tests: a gateway alone, any port, small segments. */
public final class Logs {
  static final int SEGMENT_MAX_BYTES = 1 << 20;

  private Logs() {}

  public static LogSettings settings(Path dir) {
    return new LogSettings(
        "g1", Peers.parse("g1=127.0.0.1:0", "g1"), dir, 1L << 30, 1_000_000, 1, SEGMENT_MAX_BYTES);
  }

  /** A log that leads. */
  public static OpenLog open(Path dir) throws LogStartException {
    return open(settings(dir));
  }

  static OpenLog open(LogSettings settings) throws LogStartException {
    Cluster cluster;
    try {
      cluster = Cluster.open(settings, null, () -> false, said -> {});
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    RatisLog log = (RatisLog) cluster.logs().get(0);
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> log.state().role() != State.Role.ELECTING);
    return new OpenLog(cluster, log);
  }
}
