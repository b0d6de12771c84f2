package io.tidemark.gateway.mqtt;

import io.tidemark.gateway.intake.Outcome;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection's unacknowledged QoS 1 messages, in the order they came, which is the order they are
 * acknowledged in (MQTT 5, section 4.6).
 *
 * <p>Belongs to the connection's event loop; only a slot's outcome is set by other threads.
 */
final class AckWindow {
  /** One message's place. */
  static final class Slot {
    private final int packetId;
    private final int digest;
    private volatile @Nullable Outcome outcome;
    private volatile Runnable whenSettled;

    private Slot(int packetId, int digest, Runnable whenSettled) {
      this.packetId = packetId;
      this.digest = digest;
      this.whenSettled = whenSettled;
    }

    int digest() {
      return digest;
    }

    /** What became of it; null if nobody knows yet. */
    @Nullable Outcome known() {
      return outcome;
    }

    int packetId() {
      return packetId;
    }

    void settle(Outcome settled) {
      outcome = settled;
      whenSettled.run();
    }

    Outcome outcome() {
      Outcome known = outcome;
      if (known == null) {
        throw new IllegalStateException("packet " + packetId + " is not settled");
      }
      return known;
    }
  }

  private final int max;
  private final Deque<Slot> slots = new ArrayDeque<>();

  AckWindow(int max) {
    this.max = max;
  }

  /**
   * A place for one more, or null if the window is full.
   *
   * @param whenSettled called on any thread when the message's outcome is known
   */
  @Nullable Slot take(int packetId, int digest, Runnable whenSettled) {
    if (slots.size() >= max) {
      return null;
    }
    Slot slot = new Slot(packetId, digest, whenSettled);
    slots.add(slot);
    return slot;
  }

  /** Takes a message in whose outcome an earlier connection waited for; false if it is full. */
  boolean adopt(Slot slot, Runnable whenSettled) {
    if (slots.contains(slot)) {
      return true; // came twice in this connection too
    }
    if (slots.size() >= max) {
      return false;
    }
    slot.whenSettled = whenSettled;
    slots.add(slot);
    return true;
  }

  List<Slot> slots() {
    return List.copyOf(slots);
  }

  /** The oldest message if it is settled, taken out; else null. */
  @Nullable Slot next() {
    Slot slot = slots.peek();
    if (slot == null || slot.outcome == null) {
      return null;
    }
    return slots.remove();
  }

  boolean isEmpty() {
    return slots.isEmpty();
  }

  int max() {
    return max;
  }
}
