package io.tidemark.ingest.api;

import io.tidemark.ingest.storage.Row;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many readings of each device became rows in the last minute. In memory only: after a start it
 * counts from nothing. Thread-safe.
 */
public final class RateMeter {
  private static final int SLOT_SECONDS = 5;
  private static final int SLOTS = 12;

  private final Clock clock;
  private final Map<String, Slots> devices = new ConcurrentHashMap<>();

  /** A meter going by this clock. */
  public RateMeter(Clock clock) {
    this.clock = clock;
  }

  private static final class Slots {
    private final long[] counts = new long[SLOTS];
    private long newest;

    synchronized void add(long slot, long readings) {
      advance(slot);
      counts[(int) (slot % SLOTS)] += readings;
    }

    synchronized long sum(long slot) {
      advance(slot);
      long sum = 0;
      for (long count : counts) {
        sum += count;
      }
      return sum;
    }

    private void advance(long slot) {
      for (long next = Math.max(newest + 1, slot - SLOTS + 1); next <= slot; next++) {
        counts[(int) (next % SLOTS)] = 0;
      }
      newest = Math.max(newest, slot);
    }
  }

  /** These became rows. */
  public void stored(List<Row> rows) {
    long slot = slot();
    int begin = 0;
    while (begin < rows.size()) {
      String device = rows.get(begin).key().device();
      int end = begin + 1;
      while (end < rows.size() && rows.get(end).key().device().equals(device)) {
        end++;
      }
      add(device, slot, end - begin);
      begin = end;
    }
  }

  /** So many readings of a device became rows, by another ingest. */
  public void stored(String device, long readings) {
    add(device, slot(), readings);
  }

  private void add(String device, long slot, long readings) {
    devices.computeIfAbsent(device, d -> new Slots()).add(slot, readings);
  }

  /** Readings a second. */
  double perSecond(String device) {
    Slots slots = devices.get(device);
    return slots == null ? 0 : slots.sum(slot()) / (double) (SLOTS * SLOT_SECONDS);
  }

  private long slot() {
    return clock.millis() / 1_000 / SLOT_SECONDS;
  }
}
