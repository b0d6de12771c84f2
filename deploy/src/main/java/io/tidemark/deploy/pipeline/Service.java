package io.tidemark.deploy.pipeline;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * A process of ours that answers over HTTP, and says there whether it is ready: ingest or a
 * gateway. Used by one thread.
 */
public final class Service {
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(90);
  private static final Duration POLL = Duration.ofMillis(100);

  /** A process that takes longer to say that it is ready is not. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);

  private final ChildProcess process;
  private final String url;
  private final Supplier<Http> http;

  Service(ChildProcess process, String url) {
    this(process, url, Http::new);
  }

  /**
   * @param http asks it
   */
  Service(ChildProcess process, String url, Supplier<Http> http) {
    this.process = process;
    this.url = url;
    this.http = http;
  }

  private Http asking() {
    return http.get().patient(ANSWER_TIMEOUT);
  }

  public ChildProcess process() {
    return process;
  }

  /** Base address of its HTTP. */
  public String url() {
    return url;
  }

  /** True if it says that it is ready. */
  public boolean isReady() throws InterruptedException {
    return asking().isOk(readyUrl());
  }

  /** Why it is not ready, in its own words if it answers; empty if it is. */
  public String trouble() throws InterruptedException {
    return asking().trouble(readyUrl());
  }

  /** True if it says that only a restart helps. */
  public boolean needsRestart() throws InterruptedException {
    return !asking().isOk(liveUrl()) && asking().answers(liveUrl());
  }

  /** Starts it and waits until it is ready. */
  public void startAndAwaitReady() throws InterruptedException {
    process.start();
    awaitReady();
  }

  /**
   * Waits until it is ready.
   *
   * @throws IllegalStateException if it ends, or is not ready after a minute and a half
   */
  void awaitReady() throws InterruptedException {
    long deadline = System.nanoTime() + READY_TIMEOUT.toNanos();
    while (!isReady()) {
      if (process.waitFor(POLL)) {
        throw new IllegalStateException(
            "%s ended with exit code %d while starting:%n%s"
                .formatted(process.name(), process.exitCode(), process.errors()));
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "%s is not ready after %d s: %s; the end of %s:%n%s"
                .formatted(
                    process.name(),
                    READY_TIMEOUT.toSeconds(),
                    trouble(),
                    process.log(),
                    process.logTail()));
      }
    }
  }

  private String liveUrl() {
    return url + "/q/health/live";
  }

  private String readyUrl() {
    return url + "/q/health/ready";
  }
}
