package io.tidemark.ingest.intake;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.ledger.GroupReport;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.RebuildReport;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import io.tidemark.wire.ForwardRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Takes requests from any thread and hands them, a chunk of all that wait at a time, to one writing
 * thread: so the fsyncs are shared, and of two requests with the same reading one always comes
 * first. While the store writes a chunk, the next is sorted, and the one behind it decoded.
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
  private static final long HELD_UP_POLL_MILLIS = 20;
  private static final long HELD_UP_MAX_MILLIS = 1_000;
  private static final long STOP_WAIT_MILLIS = 15_000;

  private final Sql sql;
  private final ByteBudget budget;
  private final BlockingQueue<Job> queue = new LinkedBlockingQueue<>(QUEUE_MAX_REQUESTS);
  private final Writer writer;
  private final QuarantineActions quarantineActions;
  private final IntakeCounters counters;
  private final Clock clock;
  private final Decoder decoder;
  private final InFlight inFlight;
  private final InSight inSight;
  private final Thread thread;

  /** A chunk is decoded, or the store has ended with one. */
  private final Semaphore news = new Semaphore(0);

  private final ExecutorService storing =
      Executors.newCachedThreadPool(
          task -> {
            Thread storer = new Thread(task, "tidemark-intake-store");
            storer.setDaemon(true);
            return storer;
          });

  /** Requests of the chunk that is just beginning. */
  private List<Job> beginning = List.of();

  /**
   * Since when the next chunk waits for another ingest, by {@link System#nanoTime}; 0: it does not.
   */
  private long heldUpNanoTime;

  private long lookedNanoTime = System.nanoTime();

  private volatile boolean stopping;
  private volatile String trouble = "";

  /**
   * An intake; {@link #start} lets it run.
   *
   * @param lateAfter a reading is late if it is stored longer than this after it was taken
   */
  public Intake(
      Sql sql,
      TimeSeriesStore store,
      Ledger ledger,
      Quarantine quarantine,
      MeterRegistry registry,
      IntakeListener listener,
      Clock clock,
      long queueMaxBytes,
      int chunkMaxReadings,
      Duration lateAfter) {
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
        lateAfter,
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
      Duration lateAfter,
      CrashPoint crashPoint) {
    this.sql = sql;
    budget = new ByteBudget(queueMaxBytes);
    counters = new IntakeCounters(registry);
    writer =
        new Writer(
            sql,
            store,
            ledger,
            quarantine,
            counters,
            listener,
            clock,
            crashPoint,
            this::store,
            lateAfter.toNanos());
    inFlight = new InFlight(writer, ledger.writing());
    inSight = new InSight(sql);
    decoder = new Decoder(queue, chunkMaxReadings, news::release);
    quarantineActions =
        new QuarantineActions(
            quarantine, ledger, store, writer, new Audit(sql, clock), Actor.INGEST);
    this.clock = clock;
    registry.gauge("tidemark.ingest.queue.bytes", budget, ByteBudget::used);
    thread = new Thread(this::run, "tidemark-intake");
  }

  private void store(Runnable rows) {
    storing.execute(
        () -> {
          rows.run();
          news.release();
        });
  }

  /** Starts the threads. */
  public void start() {
    decoder.start();
    thread.start();
    inSight.start();
  }

  /** What can be done with the quarantine. */
  public QuarantineActions quarantineActions() {
    return quarantineActions;
  }

  /**
   * Recomputes what is stored from the rows. Waits for the writes under way and holds up the next.
   *
   * @param dryRun true to only tell of differences
   */
  public RebuildReport rebuild(boolean dryRun)
      throws SqlUnavailableException, StoreUnavailableException {
    return writer.rebuild(dryRun);
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

  /** True if a chunk is decoded and waits for those before it. */
  boolean decodedAhead() {
    return decoder.peek() != null;
  }

  ByteBudget budget() {
    return budget;
  }

  void refused() {
    counters.busy(1);
  }

  /** The tick to answer with; fails with a {@link BusyException}. */
  CompletableFuture<Long> submit(ForwardRequest request, ByteBudget.Lease lease) {
    long now = Ledger.nanos(clock.instant());
    GroupReport report =
        new GroupReport(
            request.group(),
            request.committedIndex(),
            request.forwardedIndex(),
            request.tick(),
            request.gateway(),
            now,
            request.ended() ? now : 0);
    Job job = new Job(request, report, lease, new CompletableFuture<>());
    if (stopping || !queue.offer(job)) {
      job.failed(
          new BusyException("ingest is stopping, or has too many requests; try again", 1, null));
    }
    return job.answer();
  }

  private void run() {
    while (!stopping) {
      try {
        boolean unused =
            news.tryAcquire(
                heldUpNanoTime == 0 ? IDLE_POLL_MILLIS : HELD_UP_POLL_MILLIS,
                TimeUnit.MILLISECONDS);
        int unusedToo = news.drainPermits();
        advance();
        lookAround();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        stopping = true;
      }
    }
    while (!inFlight.isEmpty()) {
      attempt(this::finishOldest);
    }
  }

  /** Does what can be done now without waiting for the store. */
  private void advance() {
    if (inFlight.isEmpty()) {
      attempt(
          () -> {
            writer.settle();
            trouble = "";
          });
    }
    boolean moved = true;
    while (moved) {
      moved = false;
      Chunk next = decoder.peek();
      if (next != null && inFlight.hasRoomFor(next)) {
        attempt(() -> begin(next));
        moved = heldUpNanoTime == 0;
      }
      Writing oldest = inFlight.oldest();
      if (oldest != null && oldest.isWritten()) {
        attempt(this::finishOldest);
        moved = true;
      }
    }
  }

  private void begin(Chunk chunk) throws SqlUnavailableException, StoreUnavailableException {
    beginning = chunk.jobs();
    boolean taken = true;
    try {
      taken = inFlight.begin(chunk) || giveUpWaiting();
    } finally {
      if (taken) {
        decoder.remove();
        heldUpNanoTime = 0;
      } else {
        beginning = List.of();
      }
    }
    beginning = List.of();
  }

  /**
   * Another ingest is writing numbers of the next chunk. They are left in the decoder for a while;
   * then their gateways are told to try again, so that what is behind them gets on.
   */
  private boolean giveUpWaiting() {
    long now = System.nanoTime();
    if (heldUpNanoTime == 0) {
      heldUpNanoTime = now;
    }
    if (now - heldUpNanoTime < TimeUnit.MILLISECONDS.toNanos(HELD_UP_MAX_MILLIS)) {
      return false;
    }
    BusyException busy =
        new BusyException("another ingest is writing the same; try again", 1, null);
    beginning.stream().filter(job -> !job.answer().isDone()).forEach(job -> job.failed(busy));
    return true;
  }

  /**
   * Once a second: looks whether the database is there, which nobody else asks while nothing comes,
   * and sees to what others left. What is under way asks for itself.
   */
  private void lookAround() {
    if (!sql.isShared()
        || System.nanoTime() - lookedNanoTime < TimeUnit.MILLISECONDS.toNanos(IDLE_POLL_MILLIS)) {
      return;
    }
    lookedNanoTime = System.nanoTime();
    if (inFlight.isEmpty()) {
      attempt(sql::present);
    }
    try {
      writer.takeOver();
    } catch (SqlUnavailableException | StoreUnavailableException e) {
      LOG.debug("cannot look now what other ingests left behind; looks again in a second", e);
    }
  }

  private void finishOldest() throws SqlUnavailableException, StoreUnavailableException {
    Writing oldest = inFlight.oldest();
    if (oldest != null) {
      long tick = inFlight.finishOldest();
      oldest.chunk().finished().forEach(job -> job.done(tick));
      trouble = "";
    }
  }

  /** A part of the work. */
  private interface Step {
    void run() throws SqlUnavailableException, StoreUnavailableException;
  }

  /** Does a step; if it fails, all that is under way has failed. */
  private void attempt(Step step) {
    try {
      step.run();
    } catch (StoreUnavailableException | SqlUnavailableException e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      // A fault of ours or of a library's. The thread lives on: what failed is asked for again,
      // and the log says why.
      LOG.error("writing failed for a reason nobody foresaw; the requests will be tried again", e);
      fail(e);
    }
  }

  private void fail(Throwable why) {
    List<Job> jobs = new ArrayList<>(beginning);
    beginning = List.of();
    inFlight.abandon().forEach(chunk -> jobs.addAll(chunk.jobs()));
    fail(jobs, why);
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

  /** Finishes what is being written, fails what waits, and ends the threads. */
  @Override
  public void close() {
    stopping = true;
    inSight.close();
    news.release();
    boolean interrupted = false;
    List<Job> waiting = new ArrayList<>();
    try {
      thread.join(STOP_WAIT_MILLIS);
      waiting.addAll(decoder.close());
    } catch (InterruptedException e) {
      interrupted = true;
    }
    queue.drainTo(waiting);
    waiting.forEach(job -> job.failed(new BusyException("ingest is stopping; try again", 1, null)));
    storing.shutdownNow();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
