package io.tidemark.ingest.api;

import io.tidemark.ingest.replicas.LiveSink;
import io.tidemark.ingest.storage.Row;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The newest events, in a ring of fixed length. Listeners read from it at their own pace, so
 * nothing is buffered for a slow one: it falls behind the ring and learns that it did. Thread-safe.
 *
 * <p>What a listener is told of an event's place is its id. Of one ingest alone, that is the place
 * in this ring. Where several share a database, readings have a number that is the same at each of
 * them, and other events, which tell of a state, have none.
 */
public final class LiveEvents implements LiveSink {
  /**
   * Devices whose ledger changed, remembered at most until somebody asks; beyond it the rest is
   * left out.
   */
  private static final int CHANGED_MAX_DEVICES = 10_000;

  private final @Nullable Event[] ring;
  private final Set<String> changed = new HashSet<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private long next;

  /** Before the number of each id: another one after each start, or of another ledger. */
  private String prefix;

  private boolean isShared;

  /** With several ingests: the ring has all readings from this number on, before the next one. */
  private long firstShared;

  private long nextShared;

  /**
   * An event.
   *
   * @param number its place in the ring
   * @param told the number of its id; -1 if it has none
   * @param type what it is
   * @param device whose it is
   * @param data what is said, a {@link Row} or what becomes JSON
   */
  record Event(long number, long told, String type, String device, Object data) {}

  /** A ring of so many events. */
  public LiveEvents(int maxEvents, Clock clock) {
    ring = new Event[maxEvents];
    // Numbers begin anew with each start; so their ids must differ from those of earlier ones.
    prefix = Long.toString(clock.millis(), Character.MAX_RADIX);
  }

  @Override
  public synchronized void begin(String ledger, long number) {
    prefix = ledger.replace("-", "");
    isShared = true;
    skip(number);
  }

  @Override
  public void missed(long number) {
    synchronized (this) {
      skip(number);
    }
    listeners.forEach(Runnable::run);
  }

  /** Whoever listens is behind the ring then. */
  private void skip(long number) {
    Arrays.fill(ring, null);
    next += ring.length + 1;
    firstShared = number;
    nextShared = number;
  }

  @Override
  public void readings(long number, List<Row> rows) {
    synchronized (this) {
      int from = Math.max(0, rows.size() - ring.length);
      if (from > 0) {
        skip(number + from);
      }
      nextShared = number + from;
      for (Row row : rows.subList(from, rows.size())) {
        put(nextShared++, "reading", row.key().device(), row);
      }
    }
    listeners.forEach(Runnable::run);
  }

  /** Rows were committed, and something changed about these devices. */
  public void committed(List<Row> rows, Set<String> devices) {
    synchronized (this) {
      // Of more than the ring takes, the first would be gone at once.
      int from = Math.max(0, rows.size() - ring.length);
      next += from;
      for (Row row : rows.subList(from, rows.size())) {
        put(next, "reading", row.key().device(), row);
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
      put(isShared ? -1 : next, type, device, data);
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

  @Override
  public boolean hasListeners() {
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

  /** What a listener is told of its place; null if it is none that one could go on from. */
  synchronized @Nullable String id(Event event) {
    return event.told < 0 ? null : prefix + "-" + event.told;
  }

  /**
   * The place behind the event of an id.
   *
   * @return -1 if it is no id, of an earlier start or another ledger, or what came since is not all
   *     there
   */
  synchronized long after(String id) {
    int dash = id.indexOf('-');
    if (dash < 0 || !id.substring(0, dash).equals(prefix)) {
      return -1;
    }
    try {
      long told = Long.parseLong(id.substring(dash + 1));
      return isShared ? afterShared(told) : told < 0 || told >= next ? -1 : told + 1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private long afterShared(long told) {
    if (told + 1 < firstShared || told >= nextShared) {
      return -1;
    }
    long place = oldest();
    for (long i = place; i < next; i++) {
      Event event = ring[(int) (i % ring.length)];
      if (event != null && event.told >= 0 && event.told <= told) {
        place = i + 1;
      }
    }
    return place;
  }

  private void put(long told, String type, String device, Object data) {
    int place = (int) (next % ring.length);
    Event gone = ring[place];
    if (gone != null && gone.told >= 0) {
      firstShared = gone.told + 1;
    }
    ring[place] = new Event(next, told, type, device, data);
    next++;
  }
}
