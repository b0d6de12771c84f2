package io.tidemark.agent.publish;

import io.tidemark.agent.journal.Outbox;
import io.tidemark.agent.journal.Parcel;
import io.tidemark.agent.journal.StatusNote;
import io.tidemark.wire.Routes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens over one connection: statuses and batches go out while the window has room, each
 * answer decides what becomes of its packet. Confined to the publisher's thread.
 */
final class Session {
  /** How long the reason for a broken connection is waited for. */
  private static final Duration EPITAPH_MAX = Duration.ofSeconds(2);

  /** How soon to look again while draining, when the journal cannot be read just now. */
  private static final Duration DRAIN_LOOK_AGAIN = Duration.ofMillis(100);

  /** How long a connection must have gone on being of use to count as one that was good. */
  private static final Duration GOOD_AFTER = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(Session.class);

  /** How a session ended. */
  sealed interface End {}

  /**
   * The gateway is no good.
   *
   * @param reference where it says to go instead, otherwise empty
   * @param notBefore how long it asks to be left alone
   */
  record Left(String reference, Duration notBefore) implements End {}

  /** Home is connected again: this is the connection. */
  record HomeAgain(Link link) implements End {}

  /** Another connection to the same gateway is to follow. */
  record Renewing() implements End {}

  /** It was told to stop. */
  record Stopped() implements End {}

  /** A packet on its way: a batch from the journal, or a status. */
  private record InFlight(@Nullable Parcel parcel, @Nullable StatusNote status) {}

  /** What a session shares with those before and after it. */
  record Shared(
      PublishSettings settings,
      Outbox outbox,
      Inbox inbox,
      Control control,
      PublishTally tally,
      Suspicion suspicion) {}

  private final Shared shared;
  private final Link link;
  private final Backoff reconnects;
  private final Backoff retries;
  private final Map<Long, InFlight> inFlight = new LinkedHashMap<>();
  private final Deque<StatusNote> statuses = new ArrayDeque<>();
  private final Hold hold;
  private final int window;
  private final long beganNanos = System.nanoTime();
  private long acceptedNanos = beganNanos;
  private long nextKey;
  private long progressNanos;
  private long statusNanos;
  private long brokenNanos;
  private boolean broken;
  private @Nullable End end;
  private boolean lastWordsSent;

  Session(Shared shared, Link link, Backoff reconnects, Backoff retries) {
    this.shared = shared;
    this.link = link;
    this.reconnects = reconnects;
    this.retries = retries;
    this.hold = new Hold(retries, shared.settings().backoff().max());
    this.window = Math.min(shared.settings().windowMaxPackets(), link.windowPackets());
  }

  /**
   * Runs until the connection ends or home is there again.
   *
   * @param homing the way home; null if this is home
   */
  End serve(@Nullable Homing homing) throws InterruptedException {
    queueStatuses();
    while (end == null) {
      if (shared.control().isStopped()) {
        return new Stopped();
      }
      if (shared.control().isRenewing()) {
        return new Renewing();
      }
      long now = System.nanoTime();
      Link home = homing == null ? null : homing.arrived(now);
      if (home != null) {
        return new HomeAgain(home);
      }
      if (now - statusNanos >= shared.settings().statusInterval().toNanos()) {
        queueStatuses();
      }
      send(now);
      if (shared.control().isDraining() && isIdle(now) && finishDraining()) {
        return new Stopped();
      }
      if (isStalled(now)) {
        return movedOn();
      }
      long patience = patience(now);
      act(
          shared
              .inbox()
              .next(homing == null ? patience : Math.min(patience, homing.patience(now))));
    }
    return end;
  }

  private static End movedOn() {
    return new Left("", Duration.ZERO);
  }

  /** True if the gateway has taken something, and went on doing so for a while. */
  boolean wasGood() {
    return acceptedNanos - beganNanos >= GOOD_AFTER.toNanos();
  }

  /** Sends nothing more, and takes what acknowledgements still come. */
  void settle(Duration max) throws InterruptedException {
    long until = System.nanoTime() + max.toNanos();
    long left = max.toNanos();
    while (end == null && !inFlight.isEmpty() && left > 0) {
      act(shared.inbox().next(left));
      left = until - System.nanoTime();
    }
  }

  private void queueStatuses() {
    statuses.clear();
    statuses.addAll(shared.outbox().statuses());
    statusNanos = System.nanoTime();
  }

  /** Fills the window. Batches are refused here that the gateway has said it would refuse. */
  private void send(long now) {
    while (!hold.isOn(now) && !broken && room() > 0) {
      StatusNote status = statuses.poll();
      if (status != null) {
        send(new InFlight(null, status), status.device(), status.bytes());
        continue;
      }
      List<Parcel> parcels = shared.outbox().take(room());
      if (parcels.isEmpty()) {
        return;
      }
      for (Parcel parcel : parcels) {
        Answer refusal = link.refusedUnsent(Routes.telemetry(parcel.device()), parcel.bytes());
        if (refusal != null) {
          refuse(parcel, refusal.code(), refusal.reason());
        } else {
          send(new InFlight(parcel, null), parcel.device(), parcel.bytes());
        }
      }
    }
  }

  private int room() {
    return (shared.suspicion().isRaised() ? 1 : window) - inFlight.size();
  }

  private void send(InFlight packet, String device, byte[] bytes) {
    long key = nextKey++;
    if (inFlight.isEmpty()) {
      progressNanos = System.nanoTime();
    }
    if (!broken && link.publish(key, Routes.telemetry(device), bytes)) {
      inFlight.put(key, packet);
      shared.tally().sent();
    } else if (!broken) {
      broken = true;
      brokenNanos = System.nanoTime();
    }
  }

  private void act(Inbox.@Nullable Event event) {
    if (event instanceof Inbox.Answered answered && answered.link() == link) {
      answered(answered.key(), answered.answer());
    } else if (event instanceof Inbox.Advanced advanced && advanced.link() == link) {
      progressNanos = System.nanoTime();
    } else if (event instanceof Inbox.Lost lost && lost.link() == link) {
      lost(lost.loss());
    } else if (event == null
        && broken
        && System.nanoTime() - brokenNanos >= EPITAPH_MAX.toNanos()) {
      log.warn("The connection is broken and nobody says why; making another");
      end = movedOn();
    }
  }

  private void answered(long key, Answer answer) {
    InFlight packet = inFlight.remove(key);
    if (packet == null) {
      return; // a second answer for one packet
    }
    progressNanos = System.nanoTime();
    switch (answer.verdict()) {
      case ACCEPTED -> accepted(packet);
      case REFUSED -> refused(packet, answer);
      case LATER -> later(packet, answer);
      case ELSEWHERE -> elsewhere(packet, answer);
    }
  }

  private void accepted(InFlight packet) {
    shared.tally().accepted();
    acceptedNanos = System.nanoTime();
    hold.decided();
    reconnects.reset();
    retries.reset();
    if (packet.parcel() != null) {
      shared.outbox().acknowledged(packet.parcel().id());
      shared.suspicion().cleared();
    } else if (packet.status() != null) {
      shared.outbox().statusAcknowledged(packet.status());
    }
  }

  private void refused(InFlight packet, Answer answer) {
    hold.decided();
    if (packet.parcel() != null) {
      refuse(packet.parcel(), answer.code(), answer.reason());
      return;
    }
    shared.tally().refused(answer.code());
    log.warn("A status was refused with {} {}", answer.code(), answer.reason());
    if (packet.status() != null) {
      shared.outbox().statusAcknowledged(packet.status()); // asking for ever would not help
    }
  }

  private void refuse(Parcel parcel, String code, String reason) {
    shared.tally().refused(code);
    log.error(
        "The gateway refuses {} readings{} of {} for good with {}{}. They are set aside in the journal, and declared dropped",
        parcel.numbers(),
        parcel.declaresDrop() ? " (a drop declaration)" : "",
        parcel.device(),
        code,
        reason.isEmpty() ? "" : ": " + reason);
    shared.outbox().setAside(parcel.id(), "refused:" + code);
  }

  private void later(InFlight packet, Answer answer) {
    shared.tally().retried(answer.code());
    long now = System.nanoTime();
    if (!hold.isOn(now)) { // what was in flight besides is part of the same refusal
      long pause = hold.begin(now, answer.notBefore());
      log.info(
          "The gateway takes nothing for now ({} {}); trying again in {} ms",
          answer.code(),
          answer.reason(),
          pause / 1_000_000);
    }
    if (packet.parcel() != null) {
      shared.outbox().putBack(packet.parcel().id());
    } else if (packet.status() != null) {
      statuses.addFirst(packet.status());
    }
  }

  /** What it has of ours is sent again: to another gateway at once, where there is one. */
  private void elsewhere(InFlight packet, Answer answer) {
    if (!shared.settings().hasOthers()) {
      later(packet, answer);
      return;
    }
    shared.tally().retried(answer.code());
    log.info(
        "The gateway can take nothing ({} {}); trying another", answer.code(), answer.reason());
    end = new Left("", answer.notBefore());
  }

  private void lost(Link.Loss loss) {
    log.warn("The connection was lost: {}", loss.why());
    end = new Left(loss.reference(), Duration.ZERO);
    if (loss.blamedCode().isEmpty()) {
      return;
    }
    List<Parcel> parcels = new ArrayList<>();
    inFlight
        .values()
        .forEach(
            packet -> {
              if (packet.parcel() != null) {
                parcels.add(packet.parcel());
              }
            });
    if (parcels.size() == 1) {
      refuse(parcels.get(0), loss.blamedCode(), "it disconnects over it");
      shared.suspicion().found();
    } else if (!parcels.isEmpty()) {
      shared.suspicion().raise(parcels.size());
    }
  }

  private boolean isIdle(long now) {
    return inFlight.isEmpty() && statuses.isEmpty() && !broken && !hold.isOn(now);
  }

  /**
   * Everything that could be sent is acknowledged: the last words, and true once they are
   * acknowledged too.
   */
  private boolean finishDraining() {
    Outbox outbox = shared.outbox();
    outbox.flush();
    boolean drained = outbox.isDrained();
    if (lastWordsSent && drained) {
      shared.control().drained();
      return true;
    }
    queueStatuses(); // the last of closed epochs too, which may be what is still owed
    lastWordsSent = drained;
    return false;
  }

  private boolean isStalled(long now) {
    if (stallNanos(now) <= 0) {
      log.warn(
          "The gateway has answered none of {} packets for {}; trying {}",
          inFlight.size(),
          link.stallLimit(),
          shared.settings().hasOthers() ? "another" : "a new connection");
      return true;
    }
    if (refusalNanos(now) <= 0) {
      log.warn("The gateway has taken nothing for {}; trying another", link.stallLimit());
      return true;
    }
    return false;
  }

  /** How long the gateway may still be silent. */
  private long stallNanos(long now) {
    return inFlight.isEmpty() ? Long.MAX_VALUE : progressNanos + link.stallLimit().toNanos() - now;
  }

  /** How long it may still refuse for now; with no other to go to, for ever. */
  private long refusalNanos(long now) {
    return shared.settings().hasOthers() ? hold.nanosUntil(link.stallLimit(), now) : Long.MAX_VALUE;
  }

  /** Until when nothing needs doing by itself. */
  private long patience(long now) {
    long patience = statusNanos + shared.settings().statusInterval().toNanos() - now;
    patience = Math.min(patience, Math.min(stallNanos(now), refusalNanos(now)));
    patience = Math.min(patience, hold.leftNanos(now));
    if (broken) {
      patience = Math.min(patience, brokenNanos + EPITAPH_MAX.toNanos() - now);
    }
    if (shared.control().isDraining() && isIdle(now)) {
      patience = Math.min(patience, DRAIN_LOOK_AGAIN.toNanos());
    }
    return room() > 0 && !statuses.isEmpty() && !hold.isOn(now) && !broken ? 0 : patience;
  }
}
