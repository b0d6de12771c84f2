package io.tidemark.gateway.intake;

import io.tidemark.gateway.intake.foreign.Foreign;
import io.tidemark.gateway.replication.Failures;
import io.tidemark.gateway.replication.NotProposedException;
import io.tidemark.gateway.replication.Proposer;
import io.tidemark.gateway.replication.State;
import io.tidemark.gateway.replication.Usage;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.PayloadType;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects deliveries into log entries: while a few entries commit, arrivals collect into the next.
 *
 * <p>{@link #offer} checks on the caller's thread and queues; one thread of this class's own makes
 * entries and proposes them. What is queued or proposed is charged against {@code
 * uncommittedMaxBytes} until the log is done with it.
 */
public final class LogIntake implements Intake, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogIntake.class);
  private static final long SWEEP_INTERVAL_MS = 250;

  private static final String AGAIN = ": send again, to another gateway or later";

  private final IntakeSettings settings;
  private final Proposer log;
  private final Clock clock;
  private final DeviceRates rates;
  private final Supplier<@Nullable String> elsewhere;
  private final IntakeCounters counters = new IntakeCounters();
  private final ScheduledExecutorService thread;
  private final Numbering numbering;
  private final AtomicBoolean drainQueued = new AtomicBoolean();

  private final Object lock = new Object();
  private final Pace pace;
  private final Deque<Item> queue = new ArrayDeque<>();
  private final List<Proposal> inFlight = new ArrayList<>();
  private long uncommittedBytes;
  private long queuedBytes;

  /** Entries whose senders are just being told. */
  private int telling;

  private boolean waiting;
  private boolean closed;

  private record Item(
      List<Delivery> deliveries, int bytes, int readings, Receipt receipt, long atNanos) {
    static Item of(List<Delivery> deliveries, int readings, Receipt receipt) {
      int bytes = 0;
      for (Delivery delivery : deliveries) {
        bytes += delivery.chargedBytes();
      }
      return new Item(deliveries, bytes, readings, receipt, System.nanoTime());
    }
  }

  /** Entries on their way; {@code told} once the receipts were called. */
  private static final class Proposal {
    private final List<Item> items;
    private final long atNanos = System.nanoTime();
    private final AtomicBoolean told = new AtomicBoolean();

    Proposal(List<Item> items) {
      this.items = items;
    }

    long bytes() {
      return items.stream().mapToLong(Item::bytes).sum();
    }

    int readings() {
      return items.stream().mapToInt(Item::readings).sum();
    }
  }

  /**
   * Starts the intake's thread.
   *
   * @param rates what each device may send
   * @param elsewhere what {@link #elsewhere} says; asked by any thread, and answers at once
   */
  public LogIntake(
      IntakeSettings settings,
      DeviceRates rates,
      Proposer log,
      Clock clock,
      Supplier<@Nullable String> elsewhere) {
    this.settings = settings;
    this.rates = rates;
    this.log = log;
    this.clock = clock;
    this.elsewhere = elsewhere;
    pace = new Pace(settings.collectMax().toNanos());
    numbering = new Numbering(settings, new NumberedBatches(), new SecureRandom());
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread made = new Thread(task, "intake");
              made.setDaemon(true);
              return made;
            });
    thread.scheduleWithFixedDelay(
        this::sweep, SWEEP_INTERVAL_MS, SWEEP_INTERVAL_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void offer(
      Delivery delivery, @Nullable PayloadType type, boolean mayRefuse, Receipt receipt) {
    Outcome.Refused over = mayRefuse ? rates.over(delivery.device()) : null;
    if (over != null) {
      refuse(over, Checks.readingsOf(delivery, type), receipt);
      return;
    }
    Checks checks = Checks.of(delivery, type, clock.instant());
    counters.received(checks.readings());
    Outcome.Refused problem = mayRefuse ? checks.problem() : null;
    Outcome.Refused refused = problem == null ? take(delivery, checks, receipt) : problem;
    if (refused == null || refused == problem) {
      // What is to come again is counted when it does.
      rates.charge(delivery.device(), checks.readings(), delivery.payload().length);
    }
    if (refused != null) {
      counters.refused(refused.reason(), checks.readings());
      receipt.settled(refused);
    }
  }

  private void refuse(Outcome.Refused refused, int readings, Receipt receipt) {
    counters.received(readings);
    counters.refused(refused.reason(), readings);
    receipt.settled(refused);
  }

  @Override
  public Outcome.@Nullable Refused over(String device) {
    return rates.over(device);
  }

  @Override
  public void offerWill(Delivery will, Receipt receipt) {
    Outcome.Refused refused = numbering.offerBehind(will, receipt);
    if (refused != null) {
      receipt.settled(refused);
    }
  }

  private Outcome.@Nullable Refused take(Delivery delivery, Checks checks, Receipt receipt) {
    Foreign unnumbered = checks.unnumbered();
    if (unnumbered == null) {
      return submit(checks.deliveries(), checks.readings(), receipt);
    }
    // Not to wait, behind what is in doubt of its device, for what cannot be committed either.
    Outcome.Refused refused = refusal(log.state());
    return refused != null
        ? refused
        : numbering.offer(
            delivery.device(), unnumbered, checks.deliveries(), delivery.payload().length, receipt);
  }

  private Outcome.@Nullable Refused submit(
      List<Delivery> deliveries, int readings, Receipt receipt) {
    Item item = Item.of(deliveries, readings, receipt);
    State state = log.state();
    boolean drain;
    synchronized (lock) {
      Outcome.Refused refused = refusal(item.bytes(), state);
      if (refused != null) {
        return refused;
      }
      uncommittedBytes += item.bytes();
      queuedBytes += item.bytes();
      queue.add(item);
      drain = isForDrain();
    }
    if (drain) {
      queueDrain();
    }
    return null;
  }

  /**
   * Whether what was just queued is the thread's cause to look. Else it would be woken in vain: it
   * looks when the first in the queue is due, and at the next commit. Under the lock.
   */
  private boolean isForDrain() {
    return inFlight.size() < settings.entriesInFlightMax()
        && (queue.size() == 1 || queuedBytes >= settings.entryMaxBytes());
  }

  /** Why so many bytes cannot be taken now; null if they can. Under the lock. */
  private Outcome.@Nullable Refused refusal(int bytes, State state) {
    if (closed) {
      return new Outcome.Refused(Reason.NOT_READY, "this gateway is stopping" + AGAIN);
    }
    Outcome.Refused refused = refusal(state);
    if (refused != null) {
      return refused;
    }
    return uncommittedBytes + bytes <= settings.uncommittedMaxBytes()
        ? null
        : new Outcome.Refused(
            Reason.BUSY,
            "%d bytes wait for their commit and %d are allowed: send again later"
                .formatted(uncommittedBytes, settings.uncommittedMaxBytes()));
  }

  /** Why the log can take nothing; null if it can. */
  private static Outcome.@Nullable Refused refusal(State state) {
    if (state.canCommit()) {
      return null;
    }
    return state.role() == State.Role.FULL
        ? new Outcome.Refused(Reason.FULL, state.detail() + ": send again later")
        : new Outcome.Refused(Reason.NOT_READY, state.detail() + AGAIN);
  }

  /** What numbering needs of this. */
  private final class NumberedBatches implements Numbering.Log {
    @Override
    public Outcome.@Nullable Refused submit(List<Delivery> batches, int readings, Receipt receipt) {
      return LogIntake.this.submit(batches, readings, receipt);
    }

    @Override
    public void refused(Reason reason, int readings) {
      counters.refused(reason, readings);
    }

    @Override
    public void again(int readings) {
      counters.received(readings);
    }
  }

  @Override
  public void refused(Reason reason) {
    counters.received(1);
    counters.refused(reason, 1);
  }

  @Override
  public Readiness readiness() {
    State state = log.state();
    synchronized (lock) {
      if (closed) {
        return Readiness.UNREADY;
      }
    }
    if (state.canCommit()) {
      return Readiness.READY;
    }
    return state.role() == State.Role.FULL ? Readiness.FULL : Readiness.UNREADY;
  }

  @Override
  public @Nullable String elsewhere() {
    return elsewhere.get();
  }

  private void queueDrain() {
    if (drainQueued.compareAndSet(false, true)) {
      try {
        thread.execute(this::drain);
      } catch (RejectedExecutionException e) {
        // Closed: what is queued was told so.
        drainQueued.set(false);
      }
    }
  }

  /** Runs on the intake's thread. */
  private void drain() {
    drainQueued.set(false);
    for (Proposal next = collect(); next != null; next = collect()) {
      propose(next);
    }
  }

  /** The next entry's items; null if there are none, it is too soon, or too many in flight. */
  private @Nullable Proposal collect() {
    Usage usage = log.usage();
    synchronized (lock) {
      Item first = queue.peek();
      if (first == null || inFlight.size() >= settings.entriesInFlightMax()) {
        return null;
      }
      long now = System.nanoTime();
      long left = pace.roomAt(usage) - now;
      if (queuedBytes < settings.entryMaxBytes()) {
        boolean isAlone = queue.size() == 1 && inFlight.isEmpty();
        left = Math.max(left, first.atNanos + pace.collectNanos(usage, isAlone) - now);
      }
      if (left > 0 && !closed) {
        drainIn(left);
        return null;
      }
      List<Item> items = new ArrayList<>();
      long bytes = 0;
      for (Item item = queue.peek();
          item != null && (items.isEmpty() || bytes + item.bytes() <= settings.entryMaxBytes());
          item = queue.peek()) {
        bytes += item.bytes();
        items.add(queue.remove());
      }
      queuedBytes -= bytes;
      Proposal proposal = new Proposal(items);
      inFlight.add(proposal);
      pace.made(now, items.size());
      return proposal;
    }
  }

  /** However often it is looked at before, it is waited for once. Under the lock. */
  private void drainIn(long nanos) {
    if (!waiting) {
      waiting = true;
      thread.schedule(this::due, nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** Runs on the intake's thread. The log may have grown meanwhile: then it is waited for again. */
  private void due() {
    synchronized (lock) {
      waiting = false;
    }
    drain();
  }

  private void propose(Proposal proposal) {
    Instant now = clock.instant();
    byte[] entry =
        ForwardCodec.encodeEntry(
            new LogEntry(
                settings.gateway(),
                now.getEpochSecond() * 1_000_000_000L + now.getNano(),
                proposal.items.stream().flatMap(item -> item.deliveries.stream()).toList()));
    log.propose(entry, proposal.readings())
        .whenComplete((index, failure) -> settled(proposal, failure));
  }

  /** Runs on the log's thread. */
  private void settled(Proposal proposal, @Nullable Throwable failure) {
    synchronized (lock) {
      inFlight.remove(proposal);
      uncommittedBytes -= proposal.bytes();
      telling++;
    }
    Outcome outcome = outcome(failure);
    if (outcome instanceof Outcome.Refused refused) {
      counters.refused(refused.reason(), proposal.readings());
    } else if (outcome instanceof Outcome.Unknown) {
      counters.refused(Reason.IN_DOUBT, proposal.readings());
    }
    try {
      tell(proposal, outcome);
    } finally {
      synchronized (lock) {
        telling--;
        lock.notifyAll();
      }
      queueDrain();
    }
  }

  private static Outcome outcome(@Nullable Throwable failure) {
    if (failure == null) {
      return new Outcome.Committed();
    }
    Throwable cause = Failures.cause(failure);
    if (cause instanceof NotProposedException) {
      return new Outcome.Refused(Reason.NOT_READY, cause.getMessage() + AGAIN);
    }
    return new Outcome.Unknown("the commit's outcome is unknown (" + cause + "): send again");
  }

  private void tell(Proposal proposal, Outcome outcome) {
    if (!proposal.told.compareAndSet(false, true)) {
      return;
    }
    for (Item item : proposal.items) {
      tell(item, outcome);
    }
  }

  /** One adapter's defect is not to keep the others from hearing. */
  private static void tell(Item item, Outcome outcome) {
    try {
      item.receipt.settled(outcome);
    } catch (RuntimeException e) {
      LOG.error("A receipt failed, which is a defect", e);
    }
  }

  /** Tells those that have waited too long: what was proposed may still commit, the rest never. */
  private void sweep() {
    try {
      sweepNow();
    } catch (RuntimeException e) {
      // It would not be called again.
      LOG.error("Looking for what waits for too long failed, which is a defect", e);
    }
  }

  private void sweepNow() {
    numbering.sweep();
    long before = System.nanoTime() - settings.commitTimeout().toNanos();
    List<Proposal> late;
    List<Item> expired = new ArrayList<>();
    synchronized (lock) {
      late = inFlight.stream().filter(proposal -> proposal.atNanos - before < 0).toList();
      for (Item item = queue.peek();
          item != null && item.atNanos - before < 0;
          item = queue.peek()) {
        expired.add(queue.remove());
        queuedBytes -= item.bytes();
        uncommittedBytes -= item.bytes();
      }
    }
    for (Proposal proposal : late) {
      tell(
          proposal,
          new Outcome.Unknown(
              "not committed within %s, and may still be: send again"
                  .formatted(settings.commitTimeout())));
    }
    refuse(
        expired,
        Reason.BUSY,
        "not proposed within " + settings.commitTimeout() + ": send again later");
  }

  private void refuse(List<Item> items, Reason reason, String text) {
    for (Item item : items) {
      counters.refused(reason, item.readings);
      tell(item, new Outcome.Refused(reason, text));
    }
  }

  /** Readings that devices have sent here since the start. */
  public long received() {
    return counters.received();
  }

  /** Readings refused for a reason. */
  public long refusedReadings(Reason reason) {
    return counters.refused(reason);
  }

  /** Readings taken, and neither committed nor refused. */
  public long pending() {
    return counters.pending(log.counts());
  }

  /** Payload bytes taken and not yet committed. */
  public long uncommittedBytes() {
    synchronized (lock) {
      return uncommittedBytes;
    }
  }

  /**
   * Takes no more, and waits up to the commit timeout until what was taken is committed, and those
   * who sent it are told.
   */
  @Override
  public void close() {
    long deadline = System.nanoTime() + settings.commitTimeout().toNanos();
    numbering.close();
    synchronized (lock) {
      closed = true;
    }
    queueDrain();
    boolean interrupted = false;
    synchronized (lock) {
      long left = deadline - System.nanoTime();
      while ((!inFlight.isEmpty() || !queue.isEmpty() || telling > 0) && left > 0 && !interrupted) {
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
        left = deadline - System.nanoTime();
      }
    }
    thread.shutdownNow();
    List<Item> rest = new ArrayList<>();
    List<Proposal> open;
    synchronized (lock) {
      rest.addAll(queue);
      queue.clear();
      open = List.copyOf(inFlight);
    }
    refuse(rest, Reason.NOT_READY, "this gateway is stopping" + AGAIN);
    open.forEach(p -> tell(p, new Outcome.Unknown("this gateway is stopping: send again")));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
