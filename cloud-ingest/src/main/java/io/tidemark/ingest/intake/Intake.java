package io.tidemark.ingest.intake;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.ingest.ledger.GroupReport;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import io.tidemark.wire.ForwardRequest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Takes requests from any thread and hands them to one writing thread, which takes all that wait
 * and writes them together: so the fsyncs are shared, and of two requests with the same reading one
 * always comes first.
 *
 * <p>What waits is bounded by {@code queueMaxBytes}, counted uncompressed; beyond it, and while
 * store or SQL are away, requests fail and nothing of them is promised.
 */
public final class Intake implements AutoCloseable {
  /** Default of {@code queueMaxBytes}. */
  public static final long QUEUE_MAX_BYTES = 64L << 20;

  /** Default of {@code chunkMaxReadings}: readings decoded and written at a time. */
  public static final int CHUNK_MAX_READINGS = 20_000;

  private static final Logger LOG = Logger.getLogger(Intake.class);
  private static final int QUEUE_MAX_REQUESTS = 10_000;
  private static final int AWAY_RETRY_SECONDS = 2;
  private static final long IDLE_POLL_MILLIS = 1_000;
  private static final long STOP_WAIT_MILLIS = 15_000;

  private final ByteBudget budget;
  private final BlockingQueue<Job> queue = new LinkedBlockingQueue<>(QUEUE_MAX_REQUESTS);
  private final Writer writer;
  private final QuarantineActions quarantineActions;
  private final IntakeCounters counters;
  private final Clock clock;
  private final int chunkMaxReadings;
  private final Thread thread;
  private final ExecutorService decoding =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread decoder = new Thread(task, "tidemark-intake-decode");
            decoder.setDaemon(true);
            return decoder;
          });
  private volatile boolean stopping;
  private volatile String trouble = "";

  /** An intake; {@link #start} lets it run. */
  public Intake(
      Sql sql,
      TimeSeriesStore store,
      Ledger ledger,
      Quarantine quarantine,
      MeterRegistry registry,
      IntakeListener listener,
      Clock clock,
      long queueMaxBytes,
      int chunkMaxReadings) {
    this(
        sql,
        store,
        ledger,
        quarantine,
        registry,
        listener,
        clock,
        queueMaxBytes,
        chunkMaxReadings,
        CrashPoint.NONE);
  }

  Intake(
      Sql sql,
      TimeSeriesStore store,
      Ledger ledger,
      Quarantine quarantine,
      MeterRegistry registry,
      IntakeListener listener,
      Clock clock,
      long queueMaxBytes,
      int chunkMaxReadings,
      CrashPoint crashPoint) {
    budget = new ByteBudget(queueMaxBytes);
    counters = new IntakeCounters(registry);
    writer = new Writer(sql, store, ledger, quarantine, counters, listener, clock, crashPoint);
    quarantineActions = new QuarantineActions(quarantine, ledger, store, writer);
    this.clock = clock;
    this.chunkMaxReadings = chunkMaxReadings;
    registry.gauge("tidemark.ingest.queue.bytes", budget, ByteBudget::used);
    thread = new Thread(this::run, "tidemark-intake");
  }

  /** Starts the writing thread. */
  public void start() {
    thread.start();
  }

  /** What can be done with the quarantine. */
  public QuarantineActions quarantineActions() {
    return quarantineActions;
  }

  /** True if requests would be taken now. */
  public boolean isReady() {
    return writer.isSettled() && trouble.isEmpty() && !stopping;
  }

  /** True if the writing thread ended though nobody stopped it. */
  public boolean hasDied() {
    return thread.getState() == Thread.State.TERMINATED && !stopping;
  }

  /** Why the last attempt to write failed; empty if it did not. */
  public String trouble() {
    return trouble;
  }

  ByteBudget budget() {
    return budget;
  }

  void refused() {
    counters.busy(1);
  }

  /** The tick to answer with; fails with a {@link BusyException}. */
  CompletableFuture<Long> submit(ForwardRequest request, ByteBudget.Lease lease) {
    GroupReport report =
        new GroupReport(
            request.group(),
            request.committedIndex(),
            request.forwardedIndex(),
            request.tick(),
            Ledger.nanos(clock.instant()));
    Job job = new Job(request, report, lease, new CompletableFuture<>());
    if (stopping || !queue.offer(job)) {
      job.failed(
          new BusyException("ingest is stopping, or has too many requests; try again", 1, null));
    }
    return job.answer();
  }

  private void run() {
    while (!stopping) {
      List<Job> jobs = new ArrayList<>();
      try {
        Job first = queue.poll(IDLE_POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (first != null) {
          jobs.add(first);
          queue.drainTo(jobs);
        }
        writer.settle();
        write(jobs);
        trouble = "";
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        stopping = true;
        fail(jobs, e);
      } catch (StoreUnavailableException | SqlUnavailableException e) {
        fail(jobs, e);
      } catch (RuntimeException | Error e) {
        // A fault of ours or of a library's. The thread lives on: what failed is asked for again,
        // and the log says why.
        LOG.error(
            "writing failed for a reason nobody foresaw; the requests will be tried again", e);
        fail(jobs, e);
      }
    }
    failWaiting();
  }

  /** While one chunk is written the next is decoded: the store's time and ours do not add up. */
  private void write(List<Job> jobs)
      throws StoreUnavailableException, SqlUnavailableException, InterruptedException {
    Parcels parcels = new Parcels(jobs, chunkMaxReadings);
    Future<Parcels.Chunk> next = parcels.hasNext() ? decoding.submit(parcels::next) : null;
    while (next != null) {
      Parcels.Chunk chunk = decoded(next);
      next = parcels.hasNext() ? decoding.submit(parcels::next) : null;
      try {
        long tick = writer.write(chunk);
        chunk.finished().forEach(job -> job.done(tick));
      } catch (StoreUnavailableException | SqlUnavailableException | RuntimeException | Error e) {
        if (next != null) {
          next.cancel(true); // what it decodes is asked for again
        }
        throw e;
      }
    }
  }

  private static Parcels.Chunk decoded(Future<Parcels.Chunk> chunk) throws InterruptedException {
    try {
      return chunk.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("decoding failed", e.getCause());
    }
  }

  private void fail(List<Job> jobs, Throwable why) {
    String message = String.valueOf(why.getMessage());
    if (trouble.isEmpty()) {
      LOG.warn("cannot write now, gateways are told to try again: " + message);
    }
    trouble = message;
    int retryAfter = AWAY_RETRY_SECONDS;
    if (why instanceof StoreUnavailableException away) {
      retryAfter = Math.max(retryAfter, away.retryAfterSeconds());
    }
    for (Job job : jobs) {
      if (!job.answer().isDone()) {
        job.failed(new BusyException(message, retryAfter, why));
      }
    }
  }

  private void failWaiting() {
    List<Job> waiting = new ArrayList<>();
    queue.drainTo(waiting);
    waiting.forEach(job -> job.failed(new BusyException("ingest is stopping; try again", 1, null)));
  }

  /** Finishes what is being written, fails what waits, and ends the thread. */
  @Override
  public void close() {
    stopping = true;
    boolean interrupted = false;
    try {
      thread.join(STOP_WAIT_MILLIS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    failWaiting();
    decoding.shutdownNow();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
