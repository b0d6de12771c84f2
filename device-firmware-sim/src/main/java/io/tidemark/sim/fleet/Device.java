package io.tidemark.sim.fleet;

import io.tidemark.sim.link.Link;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Loss;
import io.tidemark.sim.link.Outcome;
import io.tidemark.sim.link.Uplink;
import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.record.KeptBatch;
import io.tidemark.sim.record.RecordWriter;
import io.tidemark.sim.record.StreamState;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.PayloadType;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One device's firmware, from a batch on the disk to its acknowledgement. It has one connection,
 * whatever its epochs; what is left of those before goes first.
 *
 * <p>Owned by its uplink's loop; what other threads may call says so.
 */
final class Device implements LinkListener {
  /** How long acknowledgements are still waited for before a device goes home. */
  private static final Duration SETTLE_MAX = Duration.ofSeconds(1);

  /** How often a gateway's silence is looked at, in parts of the time it may last. */
  private static final int LOOKS = 8;

  private final String name;
  private final List<StreamState> origin;
  private final Payload payload;
  private final FleetSettings settings;
  private final Uplink uplink;
  private final RecordWriter record;
  private final FleetStats stats;
  private final Runnable onSettled;
  private final AckListener acks;
  private final Timers timers;
  private final Outbox outbox = new Outbox();
  private final CompletableFuture<Void> finished = new CompletableFuture<>();

  private final Line line;
  private final Statuses statuses;
  private final Holding holding;
  private boolean oneByOne;

  /** Nothing goes wrong with it any more. */
  private boolean isWell;

  private long progressAtNanos;

  /**
   * The epoch in which the device finishes, and where that has to get; null while sources still
   * run.
   */
  private @Nullable Epoch finishIn;

  private long finishAt;

  /**
   * @param number the device's, among all
   * @param origin where the record leaves each of its epochs
   * @param current what it goes on with: the last of them
   * @param acks told of each acknowledgement of readings
   */
  Device(
      int number,
      List<StreamState> origin,
      Epoch current,
      Payload payload,
      FleetSettings settings,
      Uplink uplink,
      RecordWriter record,
      FleetStats stats,
      Runnable onSettled,
      AckListener acks) {
    this.name = origin.get(0).device();
    this.origin = origin;
    this.statuses = new Statuses(name, current);
    this.payload = payload;
    this.settings = settings;
    this.uplink = uplink;
    this.record = record;
    this.stats = stats;
    this.onSettled = onSettled;
    this.acks = acks;
    this.timers = new Timers(uplink.loop(), error -> stats.trouble(name, error.toString()));
    long seed = settings.seed() * 0x9E3779B97F4A7C15L + number;
    this.line = new Line(name, number, settings, uplink, timers, seed, this, this::homeChanged);
    Backoff pauses = new Backoff(settings.backoffMin(), settings.backoffMax(), ~seed);
    this.holding = new Holding(timers, pauses);
  }

  /**
   * Takes up what an earlier process left, then connects after {@code delay}, and goes on
   * connecting.
   */
  void start(Duration delay) {
    onLoop(this::takeUp);
    timers.later(delay.toNanos(), line::connect);
    timers.every(settings.statusInterval(), this::statusIsDue);
    if (settings.hasOthers()) {
      timers.every(settings.ackTimeout().dividedBy(LOOKS), this::leaveSilentGateway);
    }
  }

  /**
   * A batch of readings is on the disk. Any thread.
   *
   * @param twice true if it is to be sent twice
   * @param heldBack true if it is to wait until the next one has been sent
   */
  void stored(Item item, boolean twice, boolean heldBack) {
    onLoop(
        () -> {
          item.epoch.nextSequence = item.first + item.count;
          item.twice = twice;
          if (heldBack && !isWell) {
            outbox.addHeldBack(item);
          } else {
            outbox.add(item);
          }
          pump();
        });
  }

  /**
   * What is produced from now on is of another epoch. Any thread.
   *
   * @param end the first number that the one before does not have
   */
  void epochBegan(Epoch next, long end) {
    onLoop(
        () -> {
          statuses.begin(next, end);
          pump();
        });
  }

  /** Power is gone, or is back. Any thread. */
  void power(boolean on) {
    onLoop(
        () -> {
          line.power(on || isWell);
          if (!on && !isWell) {
            dropLink();
          }
        });
  }

  /** Power is back for good, and nothing is held back any more. Any thread. */
  void endFaults() {
    onLoop(
        () -> {
          becomeWell();
          pump();
        });
  }

  private void becomeWell() {
    isWell = true;
    outbox.release();
    line.power(true);
  }

  /** Loses its connection and makes another, at once. Any thread. */
  void stampede() {
    onLoop(
        () -> {
          Link old = line.link();
          if (old != null) {
            old.cut();
          }
          forgetLink();
          line.connect();
        });
  }

  /**
   * Nothing is produced from {@code end} on. The device sends what it has, then its last status.
   * Any thread.
   *
   * @param last the epoch that {@code end} is a number of; the device may not have heard of it yet
   * @return done when that status is acknowledged; of a device that declares nothing, when all else
   *     is
   */
  CompletableFuture<Void> finish(Epoch last, long end) {
    onLoop(
        () -> {
          finishIn = last;
          finishAt = end;
          becomeWell();
          finishIfMute();
          pump();
        });
    return finished;
  }

  /** Closes the connection and stays away. Any thread. */
  void close() {
    onLoop(
        () -> {
          forgetLink();
          line.close();
        });
  }

  @Override
  public void connected(Link established) {
    if (!line.connected(established)) {
      return;
    }
    stats.connected();
    progressAtNanos = System.nanoTime();
    holding.end();
    statusIsDue();
  }

  @Override
  public void settled(int id, Outcome outcome) {
    progressAtNanos = System.nanoTime();
    boolean decided =
        outcome.verdict() == Outcome.Verdict.ACCEPTED
            || outcome.verdict() == Outcome.Verdict.REFUSED;
    if (decided) {
      line.works();
      holding.works();
    }
    if (statuses.isAnswer(id)) {
      statusSettled(outcome);
      return;
    }
    Item item = outbox.answered(id);
    if (item == null) {
      return;
    }
    stats.unsent(1);
    if (outcome.verdict() == Outcome.Verdict.ACCEPTED) {
      accepted(item);
    } else if (outcome.verdict() == Outcome.Verdict.REFUSED && !item.drop) {
      refused(item, outcome);
    } else {
      item.state = Item.State.READY;
      notNow("", outcome);
    }
    pump();
  }

  /** Again later; or at once to another gateway, if this one can take nothing from anybody. */
  private void notNow(String what, Outcome outcome) {
    if (outcome.verdict() != Outcome.Verdict.ELSEWHERE || !settings.hasOthers()) {
      hold(what + outcome.inWords(), outcome.pause());
      return;
    }
    stats.trouble(name, "%s%s by %s".formatted(what, outcome.inWords(), line.gateway()));
    forgetLink();
    line.goOn("", outcome.pause());
  }

  private void accepted(Item item) {
    if (item.dueAtNanos != Fleet.NOT_PLANNED && !item.drop) {
      stats.plannedAcknowledged(progressAtNanos - item.dueAtNanos);
      item.dueAtNanos = Fleet.NOT_PLANNED;
    }
    if (!item.isEcho) {
      record.acknowledged(item.epoch.stream, item.first, item.count, item.drop);
      stats.acknowledged(item.count, item.drop, progressAtNanos - item.sentAtNanos);
      if (!item.drop) {
        acks.acknowledged(name, line.place(), item.epoch.number, item.first, item.count);
      }
    }
    if (item.twice) {
      item.twice = false;
      item.isEcho = true;
      item.state = Item.State.READY;
      return;
    }
    done(item);
  }

  private void done(Item item) {
    item.state = Item.State.DONE;
    outbox.trim();
    item.epoch.oldestKept(outbox.oldestKept(item.epoch));
    onSettled.run();
    finishIfMute();
  }

  /** Who has no last word, of an epoch or at all, is done when everything is. */
  private void finishIfMute() {
    if (payload.declares()) {
      return;
    }
    statuses.forgetDone();
    if (drained()) {
      finished.complete(null);
    }
  }

  @Override
  public void advanced() {
    progressAtNanos = System.nanoTime();
  }

  @Override
  public void lost(Loss loss) {
    Outcome blame = loss.blame();
    Item only = outbox.onlyInFlight();
    boolean known = only != null && !only.drop && !statuses.awaitsAnswer();
    if (line.link() == null) {
      line.failed();
      stats.connectionFailed(name, loss.why());
    } else {
      stats.connectionLost(name, loss.why());
      dropLink();
    }
    if (blame != null && known && only != null) {
      refused(only, blame);
      oneByOne = false;
    } else if (blame != null) {
      oneByOne = true; // until it is known which one it was
    }
    line.goOn(loss.reference(), Duration.ZERO);
  }

  private void takeUp() {
    Map<Item, String> refused = new LinkedHashMap<>();
    for (StreamState state : origin) {
      boolean last = state.stream() == statuses.current().stream;
      Epoch epoch = last ? statuses.current() : new Epoch(state);
      if (!last) {
        epoch.end(state.nextSequence());
        statuses.takeUp(epoch);
      }
      for (KeptBatch kept : state.kept()) {
        Item item = Item.of(epoch, kept);
        outbox.add(item);
        if (kept.refusedCode() != null) {
          refused.put(item, kept.refusedCode());
        }
      }
    }
    refused.forEach(this::giveUp); // now that all is there that they may be the oldest of
  }

  private void pump() {
    Link to = line.link();
    if (to == null) {
      return;
    }
    if (line.homeIsThere()) {
      goHome(false);
      return;
    }
    Epoch about = statuses.next();
    if (about != null) {
      sendStatus(about);
    }
    int window = window(to);
    for (Item item = outbox.nextToSend(window);
        item != null && !holding.isOn();
        item = outbox.nextToSend(window)) {
      try {
        byte[] recorded = record.read(item.offset, item.length);
        byte[] bytes = item.drop ? recorded : payload.bytes(recorded);
        Outcome refusal = to.refusedUnsent(bytes.length);
        if (refusal != null && !item.drop) {
          refused(item, refusal);
          continue;
        }
        item.sentAtNanos = System.nanoTime();
        if (outbox.inFlight() == 0) {
          progressAtNanos = item.sentAtNanos; // nothing was due before
        }
        outbox.sent(item, to.send(bytes, item.drop ? PayloadType.BATCH : payload.type()));
        stats.sent(item.sentBefore);
        item.sentBefore = true;
      } catch (IOException | IllegalArgumentException e) {
        hold("cannot read a batch back from the record: " + e.getMessage(), Duration.ZERO);
      }
    }
    if (drained() && statuses.lastIsSaid() && !holding.isOn()) {
      finished.complete(null);
    } else if (drained()) {
      sendStatus(statuses.current());
    }
  }

  /** How many batches may be on the way; one place is kept for a status. */
  private int window(Link to) {
    if (single(to)) {
      return statuses.awaitsAnswer() ? 0 : 1;
    }
    return Math.min(settings.windowBatches(), to.windowMax() - 1);
  }

  private boolean single(Link to) {
    return oneByOne || to.windowMax() == 1;
  }

  private boolean drained() {
    return statuses.current() == finishIn
        && statuses.current().nextSequence >= finishAt
        && outbox.isEmpty()
        && !statuses.hasPast();
  }

  private void onLoop(Runnable task) {
    timers.soon(task);
  }

  private void statusIsDue() {
    statuses.due();
    pump();
  }

  private void sendStatus(Epoch about) {
    if (!payload.declares()) {
      return;
    }
    Link to = line.link();
    boolean busy = to != null && single(to) && outbox.inFlight() > 0;
    if (to == null || statuses.awaitsAnswer() || holding.isOn() || busy) {
      return;
    }
    if (outbox.inFlight() == 0) {
      progressAtNanos = System.nanoTime();
    }
    statuses.sent(to.send(statuses.make(about, drained()), PayloadType.BATCH));
  }

  private void statusSettled(Outcome outcome) {
    boolean accepted = outcome.verdict() == Outcome.Verdict.ACCEPTED;
    statuses.settled(accepted);
    if (!accepted) {
      notNow("status answered with ", outcome);
    }
    if (!holding.isOn()) {
      pump();
    }
  }

  /**
   * Refused for good: that is recorded, and a drop declares it in its place, if the device can
   * declare.
   */
  private void refused(Item item, Outcome refusal) {
    if (item.isEcho) {
      done(item);
      return;
    }
    record.refused(item.epoch.stream, item.first, item.count, refusal.code(), refusal.reason());
    stats.refused(item.count, refusal.code());
    stats.trouble(name, "refused with " + refusal.inWords());
    giveUp(item, refusal.code());
  }

  private void giveUp(Item item, String code) {
    item.twice = false;
    if (!payload.declares()) {
      stats.undeclared(item.count);
      done(item);
      return;
    }
    item.state = Item.State.GIVING_UP;
    Batch drop =
        Batch.ofDrop(
            name,
            item.epoch.number,
            item.first,
            item.count,
            "refused:" + code,
            item.epoch.nextSequence,
            item.epoch.oldestKept());
    byte[] bytes = BatchCodec.encode(drop);
    record.dropMade(
        item.epoch.stream,
        item.first,
        item.count,
        bytes,
        offset ->
            onLoop(
                () -> {
                  item.drop = true;
                  item.offset = offset;
                  item.length = bytes.length;
                  item.sentBefore = false;
                  item.state = Item.State.READY;
                  pump();
                }));
  }

  private void hold(String why, Duration asked) {
    stats.trouble(name, why);
    holding.begin(asked, this::pump);
  }

  /**
   * A gateway that answers pings and nothing else, or refuses everything for now, may be cut off
   * from its cluster; another may not be.
   */
  private void leaveSilentGateway() {
    Duration limit = settings.ackTimeout(line.rounds());
    boolean silent = isAwaitingAnswers() && System.nanoTime() - progressAtNanos > limit.toNanos();
    if (line.link() != null && (silent || holding.hasLasted(limit))) {
      stats.connectionLost(
          name,
          "no acknowledgement from %s within %d ms".formatted(line.gateway(), limit.toMillis()));
      forgetLink();
      line.goOn("", Duration.ZERO);
    }
  }

  private boolean isAwaitingAnswers() {
    return outbox.inFlight() > 0 || statuses.awaitsAnswer();
  }

  /** Home is connected, or lost before it was gone over to. */
  private void homeChanged() {
    if (line.homeIsThere()) {
      timers.later(SETTLE_MAX.toNanos(), () -> goHome(true));
    }
    pump();
  }

  /** Goes over to home once everything is answered here, or without that. */
  private void goHome(boolean atOnce) {
    if (!atOnce && isAwaitingAnswers()) {
      return;
    }
    Link home = line.takeHome();
    if (home != null) {
      forgetLink();
      connected(home);
    }
  }

  private void forgetLink() {
    Link old = line.link();
    dropLink();
    if (old != null) {
      old.close();
    }
  }

  /** Whatever was on the way may or may not have arrived. */
  private void dropLink() {
    if (line.link() == null) {
      return;
    }
    line.drop();
    statuses.lost();
    stats.disconnected();
    stats.unsent(outbox.unanswered());
  }
}
