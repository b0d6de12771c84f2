package io.tidemark.gateway.mqtt;

import io.tidemark.gateway.intake.Outcome;
import java.util.ArrayDeque;
import java.util.Deque;
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
    private volatile @Nullable Outcome outcome;

    private Slot(int packetId) {
      this.packetId = packetId;
    }

    int packetId() {
      return packetId;
    }

    void settle(Outcome settled) {
      outcome = settled;
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

  /** A place for one more, or null if the window is full. */
  @Nullable Slot take(int packetId) {
    if (slots.size() >= max) {
      return null;
    }
    Slot slot = new Slot(packetId);
    slots.add(slot);
    return slot;
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
