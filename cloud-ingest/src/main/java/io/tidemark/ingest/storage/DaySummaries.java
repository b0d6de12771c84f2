package io.tidemark.ingest.storage;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Summaries of whole days of devices, those last asked for, as long as nothing is written to their
 * day. Thread-safe.
 */
final class DaySummaries {
  /** So long what has happened to rows unseen, such as the end of a retention, may not show. */
  static final long AGE_MAX_NANOS = Duration.ofMinutes(10).toNanos();

  /** Some 20 MB. */
  private static final int BUCKETS_MAX = 300_000;

  /** A day without rows takes room, too. */
  private static final int BUCKETS_OF_A_DAY = 1;

  private final LongSupplier nanoTime;
  private final LinkedHashMap<DeviceDay, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

  /** The days that the store is being asked for. */
  private final Map<DeviceDay, Asked> asked = new HashMap<>();

  private int buckets;

  /** A device's day, counted since 1970, UTC. */
  record DeviceDay(String device, long day) {}

  private record Kept(List<Bucket> buckets, long untilNanoTime) {
    int size() {
      return buckets.size() + BUCKETS_OF_A_DAY;
    }
  }

  private static final class Asked {
    private int times;
    private long writes;
  }

  DaySummaries(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** What is known of a day, or null. */
  synchronized @Nullable List<Bucket> get(DeviceDay day) {
    Kept found = kept.get(day);
    if (found != null && nanoTime.getAsLong() - found.untilNanoTime() >= 0) {
      forget(day);
      return null;
    }
    return found == null ? null : found.buckets();
  }

  /**
   * The store is about to be asked for a day: from now until {@link #end} its writes are counted.
   *
   * @return how many there were, to be given with the summary
   */
  synchronized long begin(DeviceDay day) {
    Asked ask = asked.computeIfAbsent(day, key -> new Asked());
    ask.times++;
    return ask.writes;
  }

  /** The store has answered, or failed to: once for each {@link #begin}. */
  synchronized void end(DeviceDay day) {
    Asked ask = asked.get(day);
    if (ask != null && --ask.times == 0) {
      asked.remove(day);
    }
  }

  /** Keeps a summary, between begin and end, unless something was written to its day since. */
  synchronized void put(DeviceDay day, long writes, List<Bucket> summary) {
    Asked ask = asked.get(day);
    if (ask == null || ask.writes != writes) {
      return;
    }
    forget(day);
    Kept added = new Kept(summary, nanoTime.getAsLong() + AGE_MAX_NANOS);
    kept.put(day, added);
    buckets += added.size();
    Iterator<Map.Entry<DeviceDay, Kept>> eldest = kept.entrySet().iterator();
    while (buckets > BUCKETS_MAX && eldest.hasNext()) {
      buckets -= eldest.next().getValue().size();
      eldest.remove();
    }
  }

  /** Something is about to be written to a day, or has been. */
  synchronized void written(DeviceDay day) {
    Asked ask = asked.get(day);
    if (ask != null) {
      ask.writes++;
    }
    forget(day);
  }

  /** How many days the store is being asked for. */
  synchronized int underWay() {
    return asked.size();
  }

  private void forget(DeviceDay day) {
    Kept gone = kept.remove(day);
    if (gone != null) {
      buckets -= gone.size();
    }
  }
}
