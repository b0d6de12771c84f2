package io.tidemark.sim.fleet;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a device has not got acknowledged, in the order of its numbers. Holds where the bytes are,
 * not the bytes.
 *
 * <p>Owned by the device's loop.
 */
final class Outbox {
  /** From the oldest that is not acknowledged on: what may be on the way. */
  private final ArrayDeque<Item> window = new ArrayDeque<>();

  /** What follows. */
  private final ArrayDeque<Item> backlog = new ArrayDeque<>();

  private final Map<Integer, Item> inFlight = new HashMap<>();

  void add(Item item) {
    backlog.add(item);
  }

  boolean isEmpty() {
    return window.isEmpty() && backlog.isEmpty();
  }

  int inFlight() {
    return inFlight.size();
  }

  /** The lowest number in here; {@code otherwise} if there is none. */
  long oldestKept(long otherwise) {
    if (!window.isEmpty()) {
      return window.getFirst().first;
    }
    return backlog.isEmpty() ? otherwise : backlog.getFirst().first;
  }

  /** The first that is to be sent, if fewer than {@code windowMax} are on the way. */
  @Nullable Item nextToSend(int windowMax) {
    if (inFlight.size() >= windowMax) {
      return null;
    }
    for (Item item : window) {
      if (item.state == Item.State.READY) {
        return item;
      }
    }
    if (window.size() >= windowMax || backlog.isEmpty()) {
      return null;
    }
    Item next = backlog.removeFirst();
    window.addLast(next);
    return next.state == Item.State.READY ? next : nextToSend(windowMax);
  }

  void sent(Item item, int id) {
    item.state = Item.State.SENT;
    inFlight.put(id, item);
  }

  /** The item sent under this id; null if there is none. */
  @Nullable Item answered(int id) {
    return inFlight.remove(id);
  }

  /** The one item on the way; null if there is none or several. */
  @Nullable Item onlyInFlight() {
    return inFlight.size() == 1 ? inFlight.values().iterator().next() : null;
  }

  /**
   * The connection is gone: what is not answered is to be sent again. Returns how many batches that
   * is.
   */
  int unanswered() {
    int count = inFlight.size();
    for (Item item : inFlight.values()) {
      item.state = Item.State.READY;
    }
    inFlight.clear();
    return count;
  }

  /** Forgets what is done, from the oldest on. */
  void trim() {
    while (!window.isEmpty() && window.getFirst().state == Item.State.DONE) {
      window.removeFirst();
    }
  }
}
