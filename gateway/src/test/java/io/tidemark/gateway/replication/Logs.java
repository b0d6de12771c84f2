package io.tidemark.gateway.replication;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;

/** Opens real logs for tests: one peer, any port, small segments. */
public final class Logs {
  static final int SEGMENT_MAX_BYTES = 1 << 20;

  private Logs() {}

  public static LogSettings settings(Path dir) {
    return new LogSettings(
        "g1", Peers.parse("g1=127.0.0.1:0", "g1"), dir, 1L << 30, 1_000_000, 1, SEGMENT_MAX_BYTES);
  }

  /** A log that leads. */
  public static RatisLog open(Path dir) throws LogStartException {
    return leading(RatisLog.open(settings(dir)));
  }

  static RatisLog leading(RatisLog log) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> log.state().role() != State.Role.ELECTING);
    return log;
  }
}
