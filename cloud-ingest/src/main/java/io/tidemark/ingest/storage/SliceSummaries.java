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
 * Summaries of slices of devices' time, those last asked for, as long as nothing is written to
 * them. Thread-safe.
 */
final class SliceSummaries {
  /** So long what has happened to rows unseen, such as the end of a retention, may not show. */
  static final long AGE_MAX_NANOS = Duration.ofMinutes(10).toNanos();

  /** Some 20 MB. */
  private static final int BUCKETS_MAX = 300_000;

  /** One without rows takes room, too. */
  private static final int BUCKETS_OF_A_SLICE = 1;

  private final LongSupplier nanoTime;
  private final LinkedHashMap<DeviceSlice, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

  /** The slices that the store is being asked for. */
  private final Map<DeviceSlice, Asked> asked = new HashMap<>();

  private int buckets;

  /** Six hours of a device, counted since 1970, UTC: a quarter of a day. */
  record DeviceSlice(String device, long slice) {
    static final long NANOS = Duration.ofHours(6).toNanos();

    /** The slice in which a time is. */
    static long of(long nanos) {
      return Math.floorDiv(nanos, NANOS);
    }
  }

  private record Kept(List<Bucket> buckets, long untilNanoTime) {
    int size() {
      return buckets.size() + BUCKETS_OF_A_SLICE;
    }
  }

  private static final class Asked {
    private int times;
    private long writes;
  }

  SliceSummaries(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** What is known of a slice, or null. */
  synchronized @Nullable List<Bucket> get(DeviceSlice slice) {
    Kept found = kept.get(slice);
    if (found != null && nanoTime.getAsLong() - found.untilNanoTime() >= 0) {
      forget(slice);
      return null;
    }
    return found == null ? null : found.buckets();
  }

  /**
   * The store is about to be asked for a slice: from now until {@link #end} its writes are counted.
   *
   * @return how many there were, to be given with the summary
   */
  synchronized long begin(DeviceSlice slice) {
    Asked ask = asked.computeIfAbsent(slice, key -> new Asked());
    ask.times++;
    return ask.writes;
  }

  /** The store has answered, or failed to: once for each {@link #begin}. */
  synchronized void end(DeviceSlice slice) {
    Asked ask = asked.get(slice);
    if (ask != null && --ask.times == 0) {
      asked.remove(slice);
    }
  }

  /** Keeps a summary, between begin and end, unless something was written to its slice since. */
  synchronized void put(DeviceSlice slice, long writes, List<Bucket> summary) {
    Asked ask = asked.get(slice);
    if (ask == null || ask.writes != writes) {
      return;
    }
    forget(slice);
    Kept added = new Kept(summary, nanoTime.getAsLong() + AGE_MAX_NANOS);
    kept.put(slice, added);
    buckets += added.size();
    Iterator<Map.Entry<DeviceSlice, Kept>> eldest = kept.entrySet().iterator();
    while (buckets > BUCKETS_MAX && eldest.hasNext()) {
      buckets -= eldest.next().getValue().size();
      eldest.remove();
    }
  }

  /** Something is about to be written to a slice, or has been. */
  synchronized void written(DeviceSlice slice) {
    Asked ask = asked.get(slice);
    if (ask != null) {
      ask.writes++;
    }
    forget(slice);
  }

  /** Something may have been written to any slice. */
  synchronized void forget() {
    asked.values().forEach(ask -> ask.writes++);
    kept.clear();
    buckets = 0;
  }

  /** How many slices the store is being asked for. */
  synchronized int underWay() {
    return asked.size();
  }

  private void forget(DeviceSlice slice) {
    Kept gone = kept.remove(slice);
    if (gone != null) {
      buckets -= gone.size();
    }
  }
}
