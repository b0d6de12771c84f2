package io.tidemark.ingest.api;

import io.tidemark.ingest.storage.Row;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The newest events, in a ring of fixed length. Listeners read from it at their own pace, so
 * nothing is buffered for a slow one: it falls behind the ring and learns that it did. Thread-safe.
 */
public final class LiveEvents {
  /**
   * Devices whose ledger changed, remembered at most until somebody asks; beyond it the rest is
   * left out.
   */
  private static final int CHANGED_MAX_DEVICES = 10_000;

  private final @Nullable Event[] ring;
  private final String start;
  private final Set<String> changed = new HashSet<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private long next;

  /**
   * An event: its place, its type, whose it is, and what is said, a {@link Row} or what becomes
   * JSON.
   */
  record Event(long number, String type, String device, Object data) {}

  /** A ring of so many events. */
  public LiveEvents(int maxEvents, Clock clock) {
    ring = new Event[maxEvents];
    // Numbers begin anew with each start; so their ids must differ from those of earlier ones.
    start = Long.toString(clock.millis(), Character.MAX_RADIX);
  }

  /** Rows were committed, and something changed about these devices. */
  public void committed(List<Row> rows, Set<String> devices) {
    synchronized (this) {
      // Of more than the ring takes, the first would be gone at once.
      int from = Math.max(0, rows.size() - ring.length);
      next += from;
      for (Row row : rows.subList(from, rows.size())) {
        put("reading", row.key().device(), row);
      }
      for (String device : devices) {
        if (changed.size() < CHANGED_MAX_DEVICES) {
          changed.add(device);
        }
      }
    }
    listeners.forEach(Runnable::run);
  }

  void publish(String type, String device, Object data) {
    synchronized (this) {
      put(type, device, data);
    }
    listeners.forEach(Runnable::run);
  }

  /** Devices changed since this was last asked. */
  synchronized Set<String> takeChanged() {
    Set<String> taken = new HashSet<>(changed);
    changed.clear();
    return taken;
  }

  /** {@code listener} is run after each change, by the changing thread. */
  void listen(Runnable listener) {
    listeners.add(listener);
  }

  void unlisten(Runnable listener) {
    listeners.remove(listener);
  }

  boolean hasListeners() {
    return !listeners.isEmpty();
  }

  synchronized long next() {
    return next;
  }

  /** Number of the oldest event there is. */
  synchronized long oldest() {
    return Math.max(0, next - ring.length);
  }

  /** Up to {@code max} events from {@code number} on; those already gone are skipped. */
  synchronized List<Event> from(long number, int max) {
    List<Event> events = new ArrayList<>();
    for (long i = Math.max(number, oldest()); i < next && events.size() < max; i++) {
      Event event = ring[(int) (i % ring.length)];
      if (event != null) {
        events.add(event);
      }
    }
    return events;
  }

  String id(long number) {
    return start + "-" + number;
  }

  /** The number of an id of ours, or -1 if it is none, or of an earlier start. */
  long number(String id) {
    int dash = id.indexOf('-');
    if (dash < 0 || !id.substring(0, dash).equals(start)) {
      return -1;
    }
    try {
      return Long.parseLong(id.substring(dash + 1));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private void put(String type, String device, Object data) {
    ring[(int) (next % ring.length)] = new Event(next, type, device, data);
    next++;
  }
}
