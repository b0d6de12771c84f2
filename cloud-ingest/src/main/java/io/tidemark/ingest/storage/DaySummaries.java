package io.tidemark.ingest.storage;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Summaries of whole days of devices, those last asked for, as long as nothing is written to their
 * day. Thread-safe.
 */
final class DaySummaries {
  /** Some 20 MB. */
  private static final int BUCKETS_MAX = 300_000;

  /** A day without rows takes room, too. */
  private static final int BUCKETS_OF_A_DAY = 1;

  /** So long what has happened to rows unseen, such as the end of a retention, may not show. */
  private static final long AGE_MAX_NANOS = Duration.ofMinutes(10).toNanos();

  private static final int VERSIONS = 4_096;

  private final LinkedHashMap<DeviceDay, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * How often something was written to a day; days share them, which costs a summary now and then.
   */
  private final long[] versions = new long[VERSIONS];

  private int buckets;

  /**
   * A device's day.
   *
   * @param day since 1970, UTC
   */
  record DeviceDay(String device, long day) {
    private int version() {
      return Math.floorMod(hashCode(), VERSIONS);
    }
  }

  private record Kept(List<Bucket> buckets, long untilNanoTime) {
    int size() {
      return buckets.size() + BUCKETS_OF_A_DAY;
    }
  }

  /** What is known of a day, or null. */
  synchronized @Nullable List<Bucket> get(DeviceDay day) {
    Kept found = kept.get(day);
    if (found != null && System.nanoTime() - found.untilNanoTime() >= 0) {
      forget(day);
      return null;
    }
    return found == null ? null : found.buckets();
  }

  /** To be asked for before a summary is made, and given with it. */
  synchronized long version(DeviceDay day) {
    return versions[day.version()];
  }

  /** Keeps a summary, unless something was written since the version was asked for. */
  synchronized void put(DeviceDay day, long version, List<Bucket> summary) {
    if (versions[day.version()] != version) {
      return;
    }
    forget(day);
    Kept added = new Kept(summary, System.nanoTime() + AGE_MAX_NANOS);
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
    versions[day.version()]++;
    forget(day);
  }

  private void forget(DeviceDay day) {
    Kept gone = kept.remove(day);
    if (gone != null) {
      buckets -= gone.size();
    }
  }
}
