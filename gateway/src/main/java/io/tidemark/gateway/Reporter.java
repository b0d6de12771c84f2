package io.tidemark.gateway;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.tidemark.gateway.forward.IngestClient;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.ReportCodec;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Tells ingest how this gateway is, whether or not it leads a group: every {@code interval}, and
 * within a second when something of note has changed. Nothing depends on it.
 *
 * <p>Connections of its own, so that nothing that is forwarded waits for it.
 */
final class Reporter implements AutoCloseable, MeterBinder {
  private static final long LOOK_MILLIS = 1_000;

  /** What is told. */
  interface Source {
    /** What is of note in it: if it is another, the report does not wait for the interval. */
    Object gist();

    GatewayReport report();
  }

  private final long intervalNanos;
  private final IngestClient client;
  private final Source source;
  private final LongAdder taken = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final IngestTurns turns;

  // Below: the turns' thread's only.
  private @Nullable Object told;
  private long toldAt;

  /** Does nothing until {@link #start}. */
  Reporter(List<URI> urls, Duration interval, IngestClient client, Source source) {
    this.intervalNanos = interval.toNanos();
    this.client = client;
    this.source = source;
    turns =
        new IngestTurns(
            "report",
            urls,
            LoggerFactory.getLogger(Reporter.class),
            "A report of this gateway to {} was not taken, which only keeps it from the dashboards; tried again each time: {}",
            "Reports of this gateway to {} are taken");
  }

  void start() {
    turns.every(Math.min(LOOK_MILLIS, TimeUnit.NANOSECONDS.toMillis(intervalNanos)), this::look);
  }

  private void look() {
    try {
      Object gist = source.gist();
      boolean due = System.nanoTime() - toldAt >= intervalNanos;
      if (due || !gist.equals(told)) {
        turns.ask(this::post, (url, problem) -> answered(gist, problem));
      }
    } catch (RuntimeException e) {
      failed.increment();
      throw e;
    }
  }

  private CompletableFuture<String> post(URI url) {
    byte[] report = ReportCodec.encode(source.report());
    toldAt = System.nanoTime();
    return client.report(url, report);
  }

  private String answered(Object gist, String problem) {
    (problem.isEmpty() ? taken : failed).increment();
    if (problem.isEmpty()) {
      told = gist; // only now: what nobody took is told again within a second
    }
    return problem;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    count(registry, "taken", taken);
    count(registry, "failed", failed);
  }

  private static void count(MeterRegistry registry, String outcome, LongAdder counter) {
    FunctionCounter.builder("tidemark.gateway.reports", counter, LongAdder::sum)
        .description("What this gateway told ingest about itself")
        .tag("outcome", outcome)
        .register(registry);
  }

  @Override
  public void close() {
    turns.close();
  }
}
