package io.tidemark.gateway.intake;

import io.tidemark.gateway.intake.foreign.Foreign;
import io.tidemark.gateway.intake.foreign.ForeignFormatException;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the readings of devices that do not: from 0 on, in an epoch of this process's own for
 * each device. One payload of a device is on its way into the log at a time, as only what is
 * committed uses up its numbers. If nobody knows whether it is committed, the same bytes are
 * proposed again; if that is given up, the device gets another epoch.
 *
 * <p>Thread-safe. Nothing of others is called with the lock held.
 */
final class Numbering {
  /** Devices whose next number is remembered; one that comes back later gets another epoch. */
  static final int DEVICES_MAX = 100_000;

  /** How many commit timeouts the same bytes are proposed again for. */
  private static final int DOUBT_TIMEOUTS = 3;

  private final IntakeSettings settings;
  private final Log log;
  private final RandomGenerator random;

  private final Map<String, Device> devices = new LinkedHashMap<>(16, 0.75f, true);

  /** Devices that wait for something. */
  private final Set<Device> active = new LinkedHashSet<>();

  private long waitingBytes;
  private boolean closed;

  /** Where numbered batches go. */
  interface Log {
    /** Takes batches into one entry; or says why not, and then never calls the receipt. */
    Outcome.@Nullable Refused submit(List<Delivery> batches, int readings, Receipt receipt);

    /** Counts readings that were counted as received already. */
    void refused(Reason reason, int readings);

    /** Counts readings that are submitted once more. */
    void again(int readings);
  }

  /** A payload, and who waits for what becomes of it. */
  private record Payload(
      Foreign foreign, List<Delivery> numbered, int bytes, Receipt receipt, long atNanos) {
    int readings() {
      return foreign.count();
    }
  }

  private static final class Device {
    private final String name;
    private final Deque<Payload> waiting = new ArrayDeque<>();
    private long epoch;
    private long next;

    /** On its way into the log; null if there is none. */
    private @Nullable Payload underWay;

    private List<Delivery> batches = List.of();

    /** Since when nobody knows what became of it; 0 if that is not so. */
    private long doubtSinceNanos;

    private boolean submitted;

    Device(String name) {
      this.name = name;
    }

    boolean isIdle() {
      return underWay == null && waiting.isEmpty();
    }
  }

  Numbering(IntakeSettings settings, Log log, RandomGenerator random) {
    this.settings = settings;
    this.log = log;
    this.random = random;
  }

  /**
   * Takes a payload with readings that have no number, or says why not.
   *
   * @param numbered batches of its other readings
   */
  Outcome.@Nullable Refused offer(
      String name, Foreign foreign, List<Delivery> numbered, int bytes, Receipt receipt) {
    Payload payload = new Payload(foreign, numbered, bytes, receipt, System.nanoTime());
    Device device;
    synchronized (this) {
      if (closed) {
        return new Outcome.Refused(
            Reason.NOT_READY, "this gateway is stopping: send again, to another gateway or later");
      }
      device = device(name);
      if (device == null) {
        return new Outcome.Refused(
            Reason.BUSY,
            "%d devices wait for their commit: send again later".formatted(DEVICES_MAX));
      }
      if (!device.isIdle()) {
        return queue(device, payload);
      }
      device.underWay = payload;
      active.add(device);
    }
    Outcome.Refused refused = begin(device, payload);
    if (refused != null) {
      goOn(device);
    }
    return refused;
  }

  /**
   * Takes a delivery that has no readings, behind whatever waits of its device; or says why not.
   */
  Outcome.@Nullable Refused offerBehind(Delivery delivery, Receipt receipt) {
    synchronized (this) {
      Device device = closed ? null : devices.get(delivery.device());
      if (device != null && !device.isIdle()) {
        return queue(
            device,
            new Payload(
                Foreign.none(),
                List.of(delivery),
                delivery.chargedBytes(),
                receipt,
                System.nanoTime()));
      }
    }
    return log.submit(List.of(delivery), 0, receipt);
  }

  private Outcome.@Nullable Refused queue(Device device, Payload payload) {
    if (waitingBytes + payload.bytes > settings.uncommittedMaxBytes()) {
      return new Outcome.Refused(
          Reason.BUSY,
          "%d bytes wait for a number and %d are allowed: send again later"
              .formatted(waitingBytes, settings.uncommittedMaxBytes()));
    }
    waitingBytes += payload.bytes;
    device.waiting.add(payload);
    return null;
  }

  private @Nullable Device device(String name) {
    Device known = devices.get(name);
    if (known != null) {
      return known;
    }
    if (devices.size() >= DEVICES_MAX && !forgetOne()) {
      return null;
    }
    Device made = new Device(name);
    made.epoch = mint();
    devices.put(name, made);
    return made;
  }

  private boolean forgetOne() {
    for (Device device : devices.values()) {
      if (device.isIdle()) {
        devices.remove(device.name);
        return true;
      }
    }
    return false;
  }

  private long mint() {
    return random.nextLong(1, Limits.NUMBER_MAX + 1);
  }

  /** Numbers the payload under way and submits it. Only who made it so calls this. */
  private Outcome.@Nullable Refused begin(Device device, Payload payload) {
    List<Delivery> batches = new ArrayList<>(payload.numbered);
    try {
      for (byte[] batch :
          payload.foreign.encodeUnnumbered(device.name, device.epoch, device.next)) {
        batches.add(new Delivery(device.name, batch));
      }
    } catch (ForeignFormatException e) {
      return new Outcome.Refused(Reason.UNDECODABLE, String.valueOf(e.getMessage()));
    }
    synchronized (this) {
      device.batches = batches;
      device.submitted = true;
    }
    return log.submit(batches, payload.readings(), outcome -> settled(device, outcome));
  }

  /** Any thread. */
  private void settled(Device device, Outcome outcome) {
    Payload payload;
    Outcome told = outcome;
    synchronized (this) {
      payload = device.underWay;
      device.submitted = false;
      if (payload == null) {
        return;
      }
      boolean doubtful = device.doubtSinceNanos != 0;
      if (outcome instanceof Outcome.Committed) {
        device.next += payload.foreign.unnumbered();
      } else if (payload.readings() > 0 && (doubtful || outcome instanceof Outcome.Unknown)) {
        // Refused now says nothing of the first time.
        told = new Outcome.Unknown("the commit's outcome is unknown: send again");
        if (!closed) {
          device.doubtSinceNanos = doubtful ? device.doubtSinceNanos : System.nanoTime() | 1;
          return; // sweep proposes it again
        }
      }
    }
    payload.receipt.settled(told);
    goOn(device);
  }

  /** The payload under way is settled: the next one's turn. */
  private void goOn(Device device) {
    Payload next = end(device);
    while (next != null) {
      Outcome.Refused refused = begin(device, next);
      if (refused == null) {
        return;
      }
      log.refused(refused.reason(), next.readings());
      next.receipt.settled(refused);
      next = end(device);
    }
  }

  private synchronized @Nullable Payload end(Device device) {
    device.batches = List.of();
    device.doubtSinceNanos = 0;
    device.submitted = false;
    Payload next = device.waiting.poll();
    device.underWay = next;
    if (next == null) {
      active.remove(device);
    } else {
      waitingBytes -= next.bytes;
    }
    return next;
  }

  /** Proposes what is in doubt again, gives up what has been for too long. Now and then. */
  void sweep() {
    long now = System.nanoTime();
    List<Payload> expired = new ArrayList<>();
    List<Device> doubtful = new ArrayList<>();
    synchronized (this) {
      for (Device device : active) {
        Payload first = device.waiting.peek();
        while (first != null && now - first.atNanos > settings.commitTimeout().toNanos()) {
          expired.add(device.waiting.remove());
          waitingBytes -= first.bytes;
          first = device.waiting.peek();
        }
        if (device.doubtSinceNanos != 0 && !device.submitted) {
          doubtful.add(device);
        }
      }
    }
    refuse(
        expired, Reason.BUSY, "not numbered within " + settings.commitTimeout() + ": send again");
    doubtful.forEach(device -> resolve(device, now));
  }

  private void resolve(Device device, long now) {
    List<Delivery> batches;
    Payload payload;
    synchronized (this) {
      payload = device.underWay;
      if (payload == null || device.submitted || device.doubtSinceNanos == 0) {
        return;
      }
      if (now - device.doubtSinceNanos > DOUBT_TIMEOUTS * settings.commitTimeout().toNanos()) {
        device.epoch = mint();
        device.next = 0;
        batches = List.of();
      } else {
        batches = device.batches;
        device.submitted = true;
      }
    }
    if (batches.isEmpty()) {
      payload.receipt.settled(
          new Outcome.Unknown("the commit's outcome is unknown, and was so for long: send again"));
      goOn(device);
      return;
    }
    Outcome.Refused refused =
        log.submit(batches, payload.readings(), outcome -> settled(device, outcome));
    if (refused == null) {
      log.again(payload.readings());
    } else {
      synchronized (this) {
        device.submitted = false; // the next sweep tries again
      }
    }
  }

  private void refuse(Collection<Payload> payloads, Reason reason, String text) {
    for (Payload payload : payloads) {
      log.refused(reason, payload.readings());
      payload.receipt.settled(new Outcome.Refused(reason, text));
    }
  }

  /** Takes no more, and turns away what waits. What is under way is still settled by the log. */
  void close() {
    List<Payload> rest = new ArrayList<>();
    List<Payload> doubtful = new ArrayList<>();
    synchronized (this) {
      closed = true;
      for (Device device : active) {
        rest.addAll(device.waiting);
        device.waiting.clear();
        if (device.underWay != null && !device.submitted && device.doubtSinceNanos != 0) {
          doubtful.add(device.underWay);
          device.underWay = null;
        }
      }
      waitingBytes = 0;
    }
    refuse(
        rest,
        Reason.NOT_READY,
        "this gateway is stopping: send again, to another gateway or later");
    doubtful.forEach(
        payload ->
            payload.receipt.settled(new Outcome.Unknown("this gateway is stopping: send again")));
  }
}
