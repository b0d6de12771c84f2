package io.tidemark.gateway.forward;

import io.tidemark.gateway.replication.Mark;
import io.tidemark.gateway.replication.ReplicatedLog;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a group's committed entries to ingest, several requests at a time, each until ingest has
 * acknowledged it: in log order, but what comes now does not wait for a backlog ({@link Lanes}).
 * And replicates the mark: the highest index with everything up to it acknowledged. It does so
 * while this gateway leads the group, each time from the last mark on: what was forwarded beyond
 * that comes to ingest again, which does no harm.
 *
 * <p>One thread of its own reads, encodes and decides; the HTTP client's threads only hand it the
 * answers. Memory: at most {@code requestsInFlightMax} windows of entries, whatever the backlog.
 */
public final class Forwarder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

  private static final Duration REJECTED_PAUSE = Duration.ofSeconds(30);
  private static final Duration READ_FAILED_PAUSE = Duration.ofSeconds(1);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);
  private static final Runnable NEWS = () -> {};

  private final ForwardSettings settings;
  private final ReplicatedLog log;
  private final String gateway;
  private final Supplier<List<String>> groups;
  private final IngestClient client;
  private final Endpoints endpoints;
  private final ForwardCounters counters = new ForwardCounters();
  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final AtomicBoolean newsQueued = new AtomicBoolean();
  private final Thread thread;

  // Below: of the leadership that lasts, and its thread's only.
  private Lanes lanes;
  private long leadership = -1;
  private long confirmedTick;
  private long confirmedIndex;
  private long tick;
  private Mark replicated = Mark.NONE;
  private boolean replicating;
  private boolean heartbeatInFlight;
  private long heartbeatAt;
  private long markAt;
  private long readAt;

  private volatile boolean stopping;
  private volatile boolean broken;
  private volatile long forwardedIndex = -1;
  private volatile long handedOver;

  /**
   * Does nothing until {@link #start}.
   *
   * @param gateway this one's id
   * @param groups gives the names of all groups of the cluster: ingest is told them, so that it
   *     waits for all of them before it takes a reading for missing
   */
  public Forwarder(
      ForwardSettings settings,
      ReplicatedLog log,
      String gateway,
      Supplier<List<String>> groups,
      IngestClient client,
      RandomGenerator random) {
    this.settings = settings;
    this.log = log;
    this.gateway = gateway;
    this.groups = groups;
    this.client = client;
    this.endpoints =
        new Endpoints(settings.urls(), settings.backoffMax(), random, System.nanoTime());
    this.lanes = nothing();
    this.thread = new Thread(this::run, "forward-" + log.group());
    thread.setDaemon(true);
  }

  /** Starts the thread. It forwards while this gateway leads the group. */
  public void start() {
    log.onCommit(this::news);
    thread.start();
  }

  private void news() {
    if (newsQueued.compareAndSet(false, true)) {
      events.add(NEWS);
    }
  }

  private void run() {
    try {
      while (awaitLeadership()) {
        begin();
        while (!stopping && log.leadership() == leadership) {
          step();
          take(events.poll(pauseNanos(System.nanoTime()), TimeUnit.NANOSECONDS));
        }
        if (stopping) {
          finish();
        }
        end();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      broken = true;
      LOG.error("Forwarding has stopped, which is a defect; start again. Nothing is lost", e);
    }
  }

  /** The mark is known once this gateway leads. False if it is stopped before. */
  private boolean awaitLeadership() throws InterruptedException {
    while (!stopping) {
      leadership = log.leadership();
      if (leadership >= 0) {
        return true;
      }
      take(events.poll(LOOK_AGAIN.toNanos(), TimeUnit.NANOSECONDS));
    }
    return false;
  }

  private void begin() {
    long now = System.nanoTime();
    // Leaderships that were over before this thread noticed them forwarded nothing.
    handedOver = log.counts().ended() - counters.readingsForwarded.sum();
    replicated = log.mark();
    lanes = new Lanes(log, settings, replicated, now);
    replicating = false;
    confirmedTick = 0;
    confirmedIndex = replicated.index();
    heartbeatInFlight = false;
    heartbeatAt = now;
    markAt = now;
    readAt = now;
  }

  /** What is not forwarded is another leader's to forward. Answers on their way come too late. */
  private void end() {
    lanes = nothing();
    forwardedIndex = -1;
    if (!stopping) {
      handedOver = log.counts().ended() - counters.readingsForwarded.sum();
      LOG.info("Group {} is led by another gateway now, which forwards what waits", log.group());
    }
  }

  private Lanes nothing() {
    return new Lanes(log, settings, Mark.NONE, System.nanoTime());
  }

  private void take(@Nullable Runnable event) {
    for (Runnable some = event; some != null; some = events.poll()) {
      if (some == NEWS) {
        newsQueued.set(false);
      }
      some.run();
    }
  }

  private void step() {
    long now = System.nanoTime();
    fill(now);
    send(now);
    heartbeat(now);
    replicateMark(now);
  }

  private void fill(long now) {
    if (now - readAt < 0) {
      return;
    }
    try {
      lanes.fill(now);
    } catch (IOException e) {
      counters.readFailures.increment();
      readAt = now + READ_FAILED_PAUSE.toNanos();
      LOG.error("Cannot read the log; tried again, nothing is passed over", e);
    }
    forwardedIndex = lanes.contiguous();
  }

  private void send(long now) {
    for (Endpoints.Endpoint to = endpoints.pick(now); to != null; to = endpoints.pick(now)) {
      Window window = lanes.due(now);
      if (window == null) {
        return;
      }
      if (window.sent()) {
        counters.resends.increment();
      }
      post(to, false, window.entries(), answer -> answered(window, answer));
    }
  }

  private void heartbeat(long now) {
    if (heartbeatInFlight || now - heartbeatAt < 0) {
      return;
    }
    Endpoints.Endpoint endpoint = endpoints.pick(now);
    if (endpoint == null) {
      return;
    }
    heartbeatInFlight = true;
    heartbeatAt = now + settings.heartbeatInterval().toNanos();
    long seenTick = tick;
    long during = leadership;
    boolean closed = log.closed();
    // In this order: ingest takes the index to be at least as new as the tick, which only a leader
    // that still is one can say.
    log.confirmedIndex()
        .whenComplete(
            (index, failure) ->
                events.add(() -> confirmed(during, seenTick, closed, index, failure)));
  }

  private void confirmed(
      long during,
      long seenTick,
      boolean closed,
      @Nullable Long index,
      @Nullable Throwable failure) {
    if (during != leadership) {
      return;
    }
    Endpoints.Endpoint endpoint = index == null ? null : endpoints.pick(System.nanoTime());
    if (index == null || endpoint == null) {
      heartbeatInFlight = false;
      LOG.debug("No report of group {} this time", log.group(), failure);
      return;
    }
    confirmedTick = seenTick;
    confirmedIndex = index;
    boolean ended = closed && lanes.contiguous() >= index;
    post(
        endpoint,
        ended,
        List.of(),
        answer -> {
          heartbeatInFlight = false;
          if (ended && answer instanceof Answer.Stored) {
            log.ended();
          }
          if (answer instanceof Answer.Rejected) {
            heartbeatAt = System.nanoTime() + REJECTED_PAUSE.toNanos();
          }
        });
  }

  private void post(
      Endpoints.Endpoint endpoint, boolean ended, List<byte[]> entries, Consumer<Answer> onAnswer) {
    endpoints.asked(endpoint);
    long forwarded = Math.min(lanes.contiguous(), confirmedIndex);
    byte[] body =
        ForwardCodec.encodeRequest(
            new ForwardRequest(
                log.group(),
                Math.max(0, confirmedIndex),
                Math.max(0, forwarded),
                confirmedTick,
                groups.get(),
                gateway,
                ended,
                List.of()),
            entries);
    long during = leadership;
    client
        .send(endpoint.url(), body)
        .thenAccept(
            answer ->
                events.add(
                    () -> {
                      noted(endpoint, answer);
                      if (during == leadership) {
                        onAnswer.accept(answer);
                      }
                    }));
  }

  private void answered(Window window, Answer answer) {
    if (answer instanceof Answer.Stored) {
      counters.readingsForwarded.add(window.readings());
      lanes.stored(window);
    } else {
      long now = System.nanoTime();
      window.notStored(answer instanceof Answer.Rejected ? now + REJECTED_PAUSE.toNanos() : now);
    }
  }

  /** Notes what an answer says of the ingest that gave it. */
  private void noted(Endpoints.Endpoint endpoint, Answer answer) {
    if (answer instanceof Answer.Stored stored) {
      counters.requestsStored.increment();
      tick = Math.max(tick, stored.tick());
      if (endpoints.succeeded(endpoint)) {
        LOG.info("Ingest at {} answers again", endpoint.url());
      }
      lanes.answering(System.nanoTime());
    } else if (answer instanceof Answer.Failed failed) {
      counters.requestsFailed.increment();
      if (endpoints.failed(endpoint, failed.retryAfter(), System.nanoTime())) {
        LOG.warn(
            "Ingest at {} does not take requests, tried again: {}", endpoint.url(), failed.what());
      }
    } else if (answer instanceof Answer.Rejected rejected) {
      counters.requestsRejected.increment();
      endpoints.succeeded(endpoint);
      LOG.error(
          "Ingest at {} says that a request is wrong, which is a defect here or there; tried again in {}, nothing is passed over: {}",
          endpoint.url(),
          REJECTED_PAUSE,
          rejected.what());
    }
  }

  private void replicateMark(long now) {
    Mark mark = lanes.reached();
    if (replicating || now - markAt < 0 || mark.index() <= replicated.index()) {
      return;
    }
    long during = leadership;
    replicating = true;
    markAt = now + settings.markInterval().toNanos();
    log.advance(mark)
        .whenComplete(
            (index, failure) ->
                events.add(
                    () -> {
                      if (during != leadership) {
                        return;
                      }
                      replicating = false;
                      if (failure == null) {
                        replicated = mark;
                      } else {
                        LOG.warn("The mark {} was not replicated; tried again", mark, failure);
                      }
                    }));
  }

  /** How long nothing is to be done if nothing happens. */
  private long pauseNanos(long now) {
    long at =
        lanes.nextDue(
            heartbeatInFlight ? now + settings.heartbeatInterval().toNanos() : heartbeatAt);
    long open = endpoints.nextAt(now);
    if (open == Long.MAX_VALUE || open - at > 0) {
      at = open == Long.MAX_VALUE ? now + LOOK_AGAIN.toNanos() : open;
    }
    if (lanes.reached().index() > replicated.index() && !replicating) {
      at = earlier(at, markAt);
    }
    if (readAt - now > 0) {
      at = earlier(at, readAt);
    }
    return Math.max(0, at - now);
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  /** Waits a moment for answers on their way, and replicates the last mark. */
  private void finish() throws InterruptedException {
    long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
    boolean more = true;
    while (more) {
      long now = System.nanoTime();
      markAt = now;
      replicateMark(now);
      more = (replicating || lanes.inFlight()) && now - deadline < 0;
      if (more) {
        take(events.poll(deadline - now, TimeUnit.NANOSECONDS));
      }
    }
  }

  /** True if it has stopped by a defect. */
  public boolean broken() {
    return broken;
  }

  /** Readings acknowledged by ingest since the start. */
  public long readingsForwarded() {
    return counters.readingsForwarded.sum();
  }

  /** Readings that were committed here, and are another leader's to forward. */
  public long readingsHandedOver() {
    return handedOver;
  }

  /** Everything up to this index is acknowledged, or no data; -1 while this gateway leads not. */
  public long forwardedIndex() {
    return forwardedIndex;
  }

  /** Requests ingest has acknowledged, heartbeats among them. */
  public long requestsStored() {
    return counters.requestsStored.sum();
  }

  /** Requests that failed and are tried again. */
  public long requestsFailed() {
    return counters.requestsFailed.sum();
  }

  /** Requests that ingest says are wrong. */
  public long requestsRejected() {
    return counters.requestsRejected.sum();
  }

  /** Requests with entries that were sent more than once, each further time. */
  public long resends() {
    return counters.resends.sum();
  }

  /** Times the log could not be read. */
  public long readFailures() {
    return counters.readFailures.sum();
  }

  /** Stops, after a moment for answers on their way. */
  @Override
  public void close() throws InterruptedException {
    stopping = true;
    news();
    thread.join(STOP_TIMEOUT.toMillis() + 1_000);
  }
}
