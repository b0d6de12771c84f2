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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells ingest how this gateway is, whether or not it leads a group: every {@code interval}, and
 * within a second when something of note has changed. Nothing depends on it: a report that ingest
 * does not take is said once in the log, and the next goes to the next ingest. At most one is on
 * its way.
 *
 * <p>A thread and connections of its own, so that nothing that is forwarded waits for it.
 */
final class Reporter implements AutoCloseable, MeterBinder {
  private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);
  private static final long LOOK_MILLIS = 1_000;

  /** What is told. */
  interface Source {
    /** What is of note in it: if it is another, the report does not wait for the interval. */
    Object gist();

    GatewayReport report();
  }

  private final List<URI> urls;
  private final long intervalNanos;
  private final IngestClient client;
  private final Source source;
  private final LongAdder taken = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "report");
            made.setDaemon(true);
            return made;
          });

  // Below: the thread's only.
  private @Nullable Object told;
  private long toldAt;
  private int next;
  private boolean onItsWay;
  private boolean failing;

  /** Does nothing until {@link #start}. */
  Reporter(List<URI> urls, Duration interval, IngestClient client, Source source) {
    this.urls = urls;
    this.intervalNanos = interval.toNanos();
    this.client = client;
    this.source = source;
  }

  void start() {
    long look = Math.min(LOOK_MILLIS, TimeUnit.NANOSECONDS.toMillis(intervalNanos));
    var unused = thread.scheduleWithFixedDelay(this::look, 0, look, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      Object gist = source.gist();
      boolean due = System.nanoTime() - toldAt >= intervalNanos;
      if (!onItsWay && (due || !gist.equals(told))) {
        post(gist);
      }
    } catch (RuntimeException e) {
      noted("it could not be made: " + e);
    }
  }

  private void post(Object gist) {
    byte[] report = ReportCodec.encode(source.report());
    toldAt = System.nanoTime();
    var answer = client.report(urls.get(next), report);
    onItsWay = true;
    answer.thenAccept(
        problem -> {
          if (!thread.isShutdown()) {
            thread.execute(() -> answered(gist, problem));
          }
        });
  }

  private void answered(Object gist, String problem) {
    onItsWay = false;
    noted(problem);
    if (problem.isEmpty()) {
      told = gist; // only now: what nobody took is told again within a second
    } else {
      next = (next + 1) % urls.size();
    }
  }

  private void noted(String problem) {
    (problem.isEmpty() ? taken : failed).increment();
    if (failing == problem.isEmpty()) {
      failing = !problem.isEmpty();
      LOG.info(
          failing
              ? "A report of this gateway to {} was not taken, which only keeps it from the dashboards; tried again each time: {}"
              : "Reports of this gateway to {} are taken{}",
          urls.get(next),
          problem);
    }
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
    thread.shutdownNow();
  }
}
