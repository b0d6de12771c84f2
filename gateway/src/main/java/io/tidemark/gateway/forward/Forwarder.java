package io.tidemark.gateway.forward;

import io.tidemark.gateway.replication.Chunk;
import io.tidemark.gateway.replication.Mark;
import io.tidemark.gateway.replication.ReplicatedLog;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a group's committed entries to ingest in log order, several requests at a time, each until
 * ingest has acknowledged it; and replicates the mark: the highest index with everything up to it
 * acknowledged. It does so while this gateway leads the group, each time from the last mark on:
 * what another leader has forwarded beyond that comes to ingest again, which does no harm.
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
  private final List<String> groups;
  private final IngestClient client;
  private final Endpoints endpoints;
  private final ForwardCounters counters = new ForwardCounters();
  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final AtomicBoolean newsQueued = new AtomicBoolean();
  private final Thread thread;

  // Below: of the leadership that lasts, and its thread's only.
  private final Deque<Window> windows = new ArrayDeque<>();
  private long leadership = -1;
  private long next = -1;
  private long confirmedTick;
  private long confirmedIndex;
  private long tick;
  private Mark reached = Mark.NONE;
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
   * @param groups names of all groups of the cluster: ingest is told them, so that it waits for all
   *     of them before it takes a reading for missing
   */
  public Forwarder(
      ForwardSettings settings,
      ReplicatedLog log,
      String gateway,
      Collection<String> groups,
      IngestClient client,
      RandomGenerator random) {
    this.settings = settings;
    this.log = log;
    this.gateway = gateway;
    this.groups = List.copyOf(groups);
    this.client = client;
    this.endpoints =
        new Endpoints(settings.urls(), settings.backoffMax(), random, System.nanoTime());
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
    reached = replicated;
    replicating = false;
    next = replicated.index() + 1;
    confirmedTick = 0;
    confirmedIndex = replicated.index();
    heartbeatInFlight = false;
    heartbeatAt = now;
    markAt = now;
    readAt = now;
  }

  /** What is not forwarded is another leader's to forward. Answers on their way come too late. */
  private void end() {
    windows.clear();
    forwardedIndex = -1;
    if (!stopping) {
      handedOver = log.counts().ended() - counters.readingsForwarded.sum();
      LOG.info("Group {} is led by another gateway now, which forwards what waits", log.group());
    }
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
    for (Window window : windows) {
      if (window.waits(now)) {
        send(window, now);
      }
    }
    heartbeat(now);
    replicateMark(now);
  }

  /** Reads what is committed, as far as there are windows for it. */
  private void fill(long now) {
    try {
      while (windows.size() < settings.requestsInFlightMax()
          && next <= log.committedIndex()
          && now - readAt >= 0) {
        Chunk chunk = log.read(next, settings.requestMaxBytes());
        if (!chunk.entries().isEmpty()) {
          windows.add(Window.of(next, chunk.entries(), now));
        }
        next = chunk.next();
      }
    } catch (IOException e) {
      counters.readFailures.increment();
      readAt = now + READ_FAILED_PAUSE.toNanos();
      LOG.error("Cannot read the log at index {}; tried again, nothing is passed over", next, e);
    }
    forwardedIndex = contiguous();
  }

  /** Everything up to this index is acknowledged, or no data. */
  private long contiguous() {
    Window first = windows.peek();
    return first == null ? next - 1 : first.from() - 1;
  }

  private void send(Window window, long now) {
    Endpoints.Endpoint endpoint = endpoints.pick(now);
    if (endpoint == null) {
      return;
    }
    if (window.sent()) {
      counters.resends.increment();
    }
    long during = leadership;
    post(endpoint, window.entries(), answer -> answered(during, window, endpoint, answer));
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
    // In this order: ingest takes the index to be at least as new as the tick, which only a leader
    // that still is one can say.
    log.confirmedIndex()
        .whenComplete(
            (index, failure) -> events.add(() -> confirmed(during, seenTick, index, failure)));
  }

  private void confirmed(
      long during, long seenTick, @Nullable Long index, @Nullable Throwable failure) {
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
    post(
        endpoint,
        List.of(),
        answer -> {
          boolean stored = noted(endpoint, answer);
          if (during == leadership) {
            heartbeatInFlight = false;
            if (!stored && answer instanceof Answer.Rejected) {
              heartbeatAt = System.nanoTime() + REJECTED_PAUSE.toNanos();
            }
          }
        });
  }

  private interface OnAnswer {
    void accept(Answer answer);
  }

  private void post(Endpoints.Endpoint endpoint, List<byte[]> entries, OnAnswer onAnswer) {
    endpoints.asked(endpoint);
    long forwarded = Math.min(contiguous(), confirmedIndex);
    byte[] body =
        ForwardCodec.encodeRequest(
            new ForwardRequest(
                log.group(),
                Math.max(0, confirmedIndex),
                Math.max(0, forwarded),
                confirmedTick,
                groups,
                gateway,
                List.of()),
            entries);
    client
        .send(endpoint.url(), body)
        .thenAccept(answer -> events.add(() -> onAnswer.accept(answer)));
  }

  private void answered(long during, Window window, Endpoints.Endpoint endpoint, Answer answer) {
    boolean stored = noted(endpoint, answer);
    if (during != leadership || !windows.contains(window)) {
      return;
    }
    if (!stored) {
      long now = System.nanoTime();
      window.notStored(answer instanceof Answer.Rejected ? now + REJECTED_PAUSE.toNanos() : now);
      return;
    }
    window.nowStored();
    counters.readingsForwarded.add(window.readings());
    for (Window first = windows.peek(); first != null && first.stored(); first = windows.peek()) {
      windows.remove();
      reached = new Mark(first.last(), reached.readings() + first.readings());
    }
  }

  /** Notes what an answer says of the ingest that gave it. True if it stored. */
  private boolean noted(Endpoints.Endpoint endpoint, Answer answer) {
    if (answer instanceof Answer.Stored stored) {
      counters.requestsStored.increment();
      tick = Math.max(tick, stored.tick());
      if (endpoints.succeeded(endpoint)) {
        LOG.info("Ingest at {} answers again", endpoint.url());
      }
      return true;
    }
    if (answer instanceof Answer.Failed failed) {
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
    return false;
  }

  private void replicateMark(long now) {
    if (replicating || now - markAt < 0 || reached.index() <= replicated.index()) {
      return;
    }
    Mark mark = reached;
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
    long at = heartbeatInFlight ? now + settings.heartbeatInterval().toNanos() : heartbeatAt;
    for (Window window : windows) {
      if (window.waits()) {
        at = earlier(at, window.dueAt());
      }
    }
    long open = endpoints.nextAt(now);
    if (open == Long.MAX_VALUE || open - at > 0) {
      at = open == Long.MAX_VALUE ? now + LOOK_AGAIN.toNanos() : open;
    }
    if (reached.index() > replicated.index() && !replicating) {
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
      boolean waiting = replicating || windows.stream().anyMatch(w -> !w.stored() && !w.waits());
      more = waiting && now - deadline < 0;
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
