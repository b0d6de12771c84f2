package io.tidemark.sim.fleet;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a device has not got acknowledged, in the order of its epochs and numbers. Holds where the
 * bytes are, not the bytes.
 *
 * <p>Owned by the device's loop.
 */
final class Outbox {
  /** From the oldest that is not acknowledged on: what may be on the way. */
  private final ArrayDeque<Item> window = new ArrayDeque<>();

  /** What follows. */
  private final ArrayDeque<Item> backlog = new ArrayDeque<>();

  private final Map<Integer, Item> inFlight = new HashMap<>();

  /** Waits until one that follows has been sent. */
  private @Nullable Item heldBack;

  void add(Item item) {
    backlog.add(item);
  }

  /**
   * Adds one that is to wait until the next one has been sent; if it is itself the next of one that
   * waits, it does not.
   */
  void addHeldBack(Item item) {
    add(item);
    if (heldBack == null) {
      heldBack = item;
    }
  }

  /** Nothing follows: nothing is held back any more. */
  void release() {
    heldBack = null;
  }

  boolean isEmpty() {
    return window.isEmpty() && backlog.isEmpty();
  }

  int inFlight() {
    return inFlight.size();
  }

  /** The lowest number of an epoch that is in here, once something of it has been on the way. */
  long oldestKept(Epoch epoch) {
    for (Item item : window) {
      if (item.epoch == epoch && item.state != Item.State.DONE) {
        return item.first;
      }
    }
    Item next = backlog.peekFirst();
    return next != null && next.epoch == epoch ? next.first : epoch.nextSequence;
  }

  /** The first that is to be sent, if fewer than {@code windowMax} are on the way. */
  @Nullable Item nextToSend(int windowMax) {
    if (inFlight.size() >= windowMax) {
      return null;
    }
    int room = windowMax;
    for (Item item : window) {
      if (item == heldBack) {
        room++; // it is not on the way
      } else if (item.state == Item.State.READY) {
        return item;
      }
    }
    while (window.size() < room && !backlog.isEmpty()) {
      Item next = backlog.removeFirst();
      window.addLast(next);
      if (next == heldBack) {
        room++;
      } else if (next.state == Item.State.READY) {
        return next;
      }
    }
    return null;
  }

  void sent(Item item, int id) {
    item.state = Item.State.SENT;
    inFlight.put(id, item);
    if (heldBack != null && item.isAfter(heldBack)) {
      heldBack = null;
    }
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
    trim(window);
    if (window.isEmpty()) {
      trim(backlog);
    }
  }

  private static void trim(ArrayDeque<Item> items) {
    while (!items.isEmpty() && items.getFirst().state == Item.State.DONE) {
      items.removeFirst();
    }
  }
}
