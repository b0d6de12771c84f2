package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.Refusal;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes lines in several requests at a time, as many as the database takes well ({@link Pace}).
 * One thread calls {@link #write}.
 */
final class InfluxWriter implements AutoCloseable {
  private final InfluxConnection connection;
  private final InfluxMeters meters;
  private final Clock clock;
  private final Pace pace;
  private final ExecutorService threads;

  InfluxWriter(InfluxConnection connection, InfluxMeters meters, Clock clock) {
    this.connection = connection;
    this.meters = meters;
    this.clock = clock;
    int max = connection.settings().requestsMax();
    pace = new Pace(max);
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
    CompletionService<List<Refusal>> done = new ExecutorCompletionService<>(threads);
    List<Future<List<Refusal>>> underWay = new ArrayList<>();
    int next = 0;
    int rows = connection.settings().requestMaxRows();
    try {
      while (next < left.size() || !underWay.isEmpty()) {
        while (next < left.size() && underWay.size() < pace.limit()) {
          List<Line> request = left.subList(next, Math.min(left.size(), next + rows));
          underWay.add(done.submit(() -> division.write(request)));
          next += request.size();
        }
        Future<List<Refusal>> ended = done.take();
        underWay.remove(ended);
        refusals.addAll(ended.get());
      }
      return refusals;
    } catch (ExecutionException e) {
      throw unavailable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted while writing", e);
    } finally {
      settle(underWay);
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

  /**
   * Nothing of a write may go on behind its caller's back: what is decided next would not see it.
   */
  private static void settle(List<Future<List<Refusal>>> underWay) {
    for (Future<List<Refusal>> future : underWay) {
      boolean settled = false;
      while (!settled) {
        settled = awaited(future);
      }
    }
  }

  private static boolean awaited(Future<?> future) {
    try {
      future.get();
      return true;
    } catch (ExecutionException e) {
      return true; // the first failure is being thrown already
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      return true;
    }
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

  /** A wait that an interrupt ends. */
  static void pause(long millis, @Nullable Throwable why) throws StoreUnavailableException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted while waiting to try again", why);
    }
  }
}
