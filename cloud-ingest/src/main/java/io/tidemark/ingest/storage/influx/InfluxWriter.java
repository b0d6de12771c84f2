package io.tidemark.ingest.storage.influx;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.ingest.storage.Refusal;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Writes lines in several requests at a time, as many as the database takes well ({@link Pace}).
 * Thread-safe.
 */
final class InfluxWriter implements AutoCloseable {
  private final InfluxConnection connection;
  private final InfluxMeters meters;
  private final Clock clock;
  private final Pace pace;
  private final ExecutorService threads;

  InfluxWriter(InfluxConnection connection, MeterRegistry registry, Clock clock) {
    this.connection = connection;
    this.clock = clock;
    int max = connection.settings().requestsMax();
    pace = new Pace(max);
    meters = new InfluxMeters(registry, pace);
    threads =
        Executors.newFixedThreadPool(
            max,
            task -> {
              Thread thread = new Thread(task, "tidemark-influx-write");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Writes all lines but those the database will never take, and returns these.
   *
   * @throws StoreUnavailableException if it is not known that all others are written
   */
  List<Refusal> write(List<Line> lines) throws StoreUnavailableException {
    List<Refusal> refusals = new ArrayList<>();
    List<Line> left = kept(lines, refusals);
    Division division = new Division(connection, meters, pace, this::keptFromNanos, left.size());
    AtomicBoolean failed = new AtomicBoolean();
    List<Callable<List<Refusal>>> requests = new ArrayList<>();
    for (List<Line> request : requests(left)) {
      requests.add(() -> failed.get() ? List.of() : writeRequest(division, request, failed));
    }
    try {
      // All of them have ended then: nothing may go on behind the caller's back, as what is decided
      // next would not see it.
      for (Future<List<Refusal>> ended : threads.invokeAll(requests)) {
        refusals.addAll(ended.get());
      }
      return refusals;
    } catch (ExecutionException e) {
      throw unavailable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted while writing", e);
    }
  }

  /** As few requests as there may be, and of the same size: none is waited for alone at the end. */
  private List<List<Line>> requests(List<Line> lines) {
    int max = connection.settings().requestMaxRows();
    int count = (lines.size() + max - 1) / max;
    List<List<Line>> requests = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      requests.add(
          lines.subList(
              (int) ((long) lines.size() * i / count),
              (int) ((long) lines.size() * (i + 1) / count)));
    }
    return requests;
  }

  private static List<Refusal> writeRequest(
      Division division, List<Line> lines, AtomicBoolean failed) throws StoreUnavailableException {
    boolean written = false;
    try {
      List<Refusal> refusals = division.write(lines);
      written = true;
      return refusals;
    } finally {
      if (!written) {
        failed.set(true); // the write has failed: what has not begun need not
      }
    }
  }

  /** Lines still within retention; the others are refused without asking. */
  private List<Line> kept(List<Line> lines, List<Refusal> refusals)
      throws StoreUnavailableException {
    long from = keptFromNanos();
    if (from == Long.MIN_VALUE) {
      return lines;
    }
    List<Line> kept = new ArrayList<>(lines.size());
    for (Line line : lines) {
      if (line.row().reading().timeNanos() < from) {
        refusals.add(
            new Refusal(
                line.row(),
                Blame.BEYOND_RETENTION,
                "the database keeps rows for %d h, and this one is older; keep them longer, then replay it"
                    .formatted(TimeUnit.NANOSECONDS.toHours(connection.retentionNanos()))));
      } else {
        kept.add(line);
      }
    }
    return kept;
  }

  private long keptFromNanos() throws StoreUnavailableException {
    long retention = connection.retentionNanos();
    Instant now = clock.instant();
    return retention == 0
        ? Long.MIN_VALUE
        : TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - retention;
  }

  private static StoreUnavailableException unavailable(ExecutionException e) {
    Throwable cause = e.getCause();
    if (cause instanceof StoreUnavailableException away) {
      return away;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof RuntimeException fault) {
      throw fault;
    }
    return new StoreUnavailableException("cannot write: " + cause, cause);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  /** Where rows begin to be kept, in nanoseconds since 1970. */
  @FunctionalInterface
  interface KeptFrom {
    long nanos() throws StoreUnavailableException;
  }
}
