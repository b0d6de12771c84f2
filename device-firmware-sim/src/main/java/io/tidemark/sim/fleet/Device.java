package io.tidemark.sim.fleet;

import io.tidemark.sim.link.Link;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Outcome;
import io.tidemark.sim.link.Uplink;
import io.tidemark.sim.record.KeptBatch;
import io.tidemark.sim.record.RecordWriter;
import io.tidemark.sim.record.StreamState;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One device's firmware, from a batch on the disk to its acknowledgement.
 *
 * <p>Owned by its uplink's loop; other threads use {@link #stored}, {@link #finish} and {@link
 * #oldestKept} only.
 */
final class Device implements LinkListener {
  private static final int NO_ID = -1;

  /** The longest pause a gateway may ask for; a longer one is cut to it. */
  private static final Duration PAUSE_MAX = Duration.ofMinutes(1);

  private final StreamState origin;
  private final FleetSettings settings;
  private final Uplink uplink;
  private final RecordWriter record;
  private final FleetStats stats;
  private final Runnable onSettled;
  private final Timers timers;
  private final Outbox outbox = new Outbox();
  private final Backoff reconnecting;
  private final Backoff retrying;
  private final CompletableFuture<Void> finished = new CompletableFuture<>();

  private @Nullable Link link;
  private int gateway;
  private int statusId = NO_ID;
  private boolean lastStatus;
  private boolean statusDue;
  private boolean held;
  private int holds;
  private boolean oneByOne;
  private boolean closed;
  private long progressAtNanos;

  /** Everything below has been produced and is on the disk. */
  private long nextSequence;

  /**
   * Where {@link #nextSequence} has to get before the device may finish; -1 while sources still
   * run.
   */
  private long finishAt = -1;

  private volatile long oldestKept;

  Device(
      StreamState origin,
      FleetSettings settings,
      Uplink uplink,
      RecordWriter record,
      FleetStats stats,
      Runnable onSettled) {
    this.origin = origin;
    this.settings = settings;
    this.uplink = uplink;
    this.record = record;
    this.stats = stats;
    this.onSettled = onSettled;
    this.timers =
        new Timers(uplink.loop(), error -> stats.trouble(origin.device(), error.toString()));
    this.gateway = origin.stream() % settings.gateways().size();
    this.nextSequence = origin.nextSequence();
    long seed = settings.seed() * 0x9E3779B97F4A7C15L + origin.stream();
    this.reconnecting = new Backoff(settings.backoffMin(), settings.backoffMax(), seed);
    this.retrying = new Backoff(settings.backoffMin(), settings.backoffMax(), ~seed);
    this.oldestKept = origin.kept().isEmpty() ? nextSequence : origin.kept().get(0).first();
  }

  /**
   * The lowest number neither acknowledged nor in an acknowledged drop; may lag behind, never
   * ahead.
   */
  long oldestKept() {
    return oldestKept;
  }

  /**
   * Takes up what an earlier process left, then connects after {@code delay}, and goes on
   * connecting.
   */
  void start(Duration delay) {
    uplink.loop().execute(this::takeUp);
    timers.later(delay.toNanos(), this::connect);
    timers.every(settings.statusInterval(), this::statusIsDue);
    if (settings.gateways().size() > 1) {
      timers.every(settings.ackTimeout().dividedBy(4), this::leaveSilentGateway);
    }
  }

  /** A batch of readings is on the disk. Any thread. */
  void stored(long first, int count, long offset, int length, long dueAtNanos) {
    uplink
        .loop()
        .execute(
            () -> {
              nextSequence = Math.max(nextSequence, first + count);
              outbox.add(new Item(first, count, offset, length, dueAtNanos));
              pump();
            });
  }

  /**
   * Nothing is produced from {@code end} on. The device sends what it has, then its last status.
   * Any thread.
   *
   * @return done when that status is acknowledged
   */
  CompletableFuture<Void> finish(long end) {
    uplink
        .loop()
        .execute(
            () -> {
              finishAt = end;
              pump();
            });
    return finished;
  }

  /** Closes the connection and stays away. Any thread. */
  void close() {
    uplink
        .loop()
        .execute(
            () -> {
              closed = true;
              if (link != null) {
                forgetLink();
              }
            });
  }

  @Override
  public void connected(Link established) {
    if (closed) {
      established.close();
      return;
    }
    link = established;
    stats.connected();
    progressAtNanos = System.nanoTime();
    held = false;
    holds++; // what is waited for still is the former connection's
    statusIsDue();
  }

  @Override
  public void settled(int id, Outcome outcome) {
    progressAtNanos = System.nanoTime();
    reconnecting.reset();
    if (id == statusId) {
      statusSettled(outcome);
      return;
    }
    Item item = outbox.answered(id);
    if (item == null) {
      return;
    }
    stats.unsent(1);
    if (outcome.verdict() == Outcome.Verdict.ACCEPTED) {
      retrying.reset();
      record.acknowledged(origin.stream(), item.first, item.count, item.drop);
      stats.acknowledged(item.count, item.drop, progressAtNanos - item.sentAtNanos);
      if (item.dueAtNanos != Fleet.NOT_PLANNED && !item.drop) {
        stats.plannedAcknowledged(progressAtNanos - item.dueAtNanos);
      }
      item.state = Item.State.DONE;
      outbox.trim();
      oldestKept = outbox.oldestKept(nextSequence);
      onSettled.run();
    } else if (outcome.verdict() == Outcome.Verdict.REFUSED && !item.drop) {
      refused(item, outcome);
    } else {
      item.state = Item.State.READY;
      hold(outcome.inWords(), outcome.pause());
    }
    pump();
  }

  @Override
  public void advanced() {
    progressAtNanos = System.nanoTime();
  }

  @Override
  public void lost(String why, @Nullable Outcome blame) {
    Item only = outbox.onlyInFlight();
    boolean known = only != null && !only.drop && statusId == NO_ID;
    if (link == null) {
      stats.connectionFailed(origin.device(), why);
    } else {
      stats.connectionLost(origin.device(), why);
      dropLink();
    }
    if (blame != null && known && only != null) {
      refused(only, blame);
      oneByOne = false;
    } else if (blame != null) {
      oneByOne = true; // until it is known which one it was
    }
    reconnect();
  }

  private void takeUp() {
    for (KeptBatch kept : origin.kept()) {
      Item item = Item.of(kept);
      outbox.add(item);
      if (kept.refusedCode() != null) {
        giveUp(item, kept.refusedCode());
      }
    }
  }

  private void connect() {
    if (closed) {
      return;
    }
    URI target = settings.gateways().get(gateway);
    uplink.connect(target, origin.device(), this);
  }

  private void reconnect() {
    if (closed) {
      return;
    }
    gateway = (gateway + 1) % settings.gateways().size();
    timers.later(reconnecting.nextNanos(), this::connect);
  }

  private void pump() {
    Link to = link;
    if (to == null) {
      return;
    }
    if (statusDue) {
      sendStatus();
    }
    int window = window(to);
    for (Item item = outbox.nextToSend(window);
        item != null && !held;
        item = outbox.nextToSend(window)) {
      Outcome refusal = to.refusedUnsent(item.length);
      if (refusal != null && !item.drop) {
        refused(item, refusal);
        continue;
      }
      try {
        byte[] bytes = record.read(item.offset, item.length);
        item.sentAtNanos = System.nanoTime();
        if (outbox.inFlight() == 0) {
          progressAtNanos = item.sentAtNanos; // nothing was due before
        }
        outbox.sent(item, to.send(bytes));
        stats.sent(item.sentBefore);
        item.sentBefore = true;
      } catch (IOException e) {
        hold("cannot read a batch back from the record: " + e.getMessage(), Duration.ZERO);
      }
    }
    if (drained() && statusId == NO_ID && !held) {
      if (lastStatus) {
        finished.complete(null);
      } else {
        sendStatus();
      }
    }
  }

  /** How many batches may be on the way; one place is kept for a status. */
  private int window(Link to) {
    if (single(to)) {
      return statusId == NO_ID ? 1 : 0;
    }
    return Math.min(settings.windowBatches(), to.windowMax() - 1);
  }

  private boolean single(Link to) {
    return oneByOne || to.windowMax() == 1;
  }

  private boolean drained() {
    return finishAt >= 0 && nextSequence >= finishAt && outbox.isEmpty();
  }

  private void statusIsDue() {
    statusDue = true;
    pump();
  }

  private void sendStatus() {
    boolean busy = link != null && single(link) && outbox.inFlight() > 0;
    if (link == null || statusId != NO_ID || held || busy) {
      return;
    }
    statusDue = false;
    if (outbox.inFlight() == 0) {
      progressAtNanos = System.nanoTime();
    }
    long oldest = outbox.oldestKept(nextSequence);
    oldestKept = oldest;
    lastStatus = drained();
    Batch status = Batch.ofStatus(origin.device(), origin.epoch(), nextSequence, oldest);
    statusId = link.send(BatchCodec.encode(status));
  }

  private void statusSettled(Outcome outcome) {
    statusId = NO_ID;
    if (outcome.verdict() != Outcome.Verdict.ACCEPTED) {
      lastStatus = false;
      statusDue = true;
      hold("status answered with " + outcome.inWords(), outcome.pause());
    }
    if (!held) {
      pump();
    }
  }

  /** Refused for good: that is recorded, and a drop declares it in its place. */
  private void refused(Item item, Outcome refusal) {
    record.refused(origin.stream(), item.first, item.count, refusal.code(), refusal.reason());
    stats.refused(item.count, refusal.code());
    stats.trouble(origin.device(), "refused with " + refusal.inWords());
    giveUp(item, refusal.code());
  }

  private void giveUp(Item item, String code) {
    item.state = Item.State.GIVING_UP;
    Batch drop =
        Batch.ofDrop(
            origin.device(),
            origin.epoch(),
            item.first,
            item.count,
            "refused:" + code,
            nextSequence,
            outbox.oldestKept(nextSequence));
    byte[] bytes = BatchCodec.encode(drop);
    record.dropMade(
        origin.stream(),
        item.first,
        item.count,
        bytes,
        offset ->
            uplink
                .loop()
                .execute(
                    () -> {
                      item.drop = true;
                      item.offset = offset;
                      item.length = bytes.length;
                      item.sentBefore = false;
                      item.state = Item.State.READY;
                      pump();
                    }));
  }

  /**
   * Sends nothing for a while: for as long as the gateway asks, and then some at random, so that
   * those it asked together do not return together.
   */
  private void hold(String why, Duration asked) {
    stats.trouble(origin.device(), why);
    if (held) {
      return;
    }
    held = true;
    int mine = ++holds;
    timers.later(
        Math.min(asked.toNanos(), PAUSE_MAX.toNanos()) + retrying.nextNanos(),
        () -> {
          if (mine == holds) {
            held = false;
            pump();
          }
        });
  }

  /**
   * A gateway that answers pings and nothing else may be cut off from its cluster; another may not
   * be.
   */
  private void leaveSilentGateway() {
    boolean waiting = outbox.inFlight() > 0 || statusId != NO_ID;
    if (link != null
        && waiting
        && System.nanoTime() - progressAtNanos > settings.ackTimeout().toNanos()) {
      stats.connectionLost(
          origin.device(),
          "no acknowledgement from %s within %d ms"
              .formatted(settings.gateways().get(gateway), settings.ackTimeout().toMillis()));
      forgetLink();
      reconnect();
    }
  }

  private void forgetLink() {
    Link old = link;
    dropLink();
    if (old != null) {
      old.close();
    }
  }

  private void dropLink() {
    link = null;
    statusId = NO_ID;
    lastStatus = false;
    stats.disconnected();
    stats.unsent(outbox.unanswered());
  }
}
