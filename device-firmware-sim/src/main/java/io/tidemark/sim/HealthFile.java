package io.tidemark.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A file that is written anew once a second, while a command that runs for long is not behind with
 * what it is to produce: a container's health check looks at its age. The environment variable
 * {@code TIDEMARK_HEALTH_FILE} names it; without it nothing is written. On a thread of its own.
 */
final class HealthFile implements AutoCloseable {
  static final String VARIABLE = "TIDEMARK_HEALTH_FILE";

  /** So much behind, it does not produce any more. */
  static final Duration BEHIND_MAX = Duration.ofSeconds(30);

  private final Path file;
  private final LongSupplier behindNanos;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "health");
            thread.setDaemon(true);
            return thread;
          });
  private boolean failed;

  private HealthFile(Path file, LongSupplier behindNanos) {
    this.file = file;
    this.behindNanos = behindNanos;
  }

  /**
   * Begins.
   *
   * @param named the file; empty for none
   * @param behindNanos how far it is behind with what it is to produce
   */
  static HealthFile keep(String named, LongSupplier behindNanos) {
    return keep(named, behindNanos, Duration.ofSeconds(1));
  }

  static HealthFile keep(String named, LongSupplier behindNanos, Duration pause) {
    HealthFile health = new HealthFile(Path.of(named), behindNanos);
    if (!named.isEmpty()) {
      var unused =
          health.timer.scheduleAtFixedRate(
              health::look, 0, pause.toMillis(), TimeUnit.MILLISECONDS);
    }
    return health;
  }

  /** As the environment names it. */
  static String named() {
    return System.getenv().getOrDefault(VARIABLE, "");
  }

  private void look() {
    if (behindNanos.getAsLong() > BEHIND_MAX.toNanos()) {
      return;
    }
    try {
      Files.writeString(file, Instant.now() + "\n");
      failed = false;
    } catch (IOException e) {
      if (!failed) {
        TidemarkSim.complain("cannot write " + VARIABLE + ": " + Failures.inWords(e));
      }
      failed = true;
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
