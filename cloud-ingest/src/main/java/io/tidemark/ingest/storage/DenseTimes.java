package io.tidemark.ingest.storage;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.function.LongSupplier;

/**
 * Of devices that measure too much for summaries of their days to be kept: the days that were found
 * to be too many, the last ones of each. Thread-safe.
 */
final class DenseTimes {
  /** Then it is tried again: rows go, and sensors do. */
  static final long AGE_MAX_NANOS = Duration.ofHours(1).toNanos();

  private static final int DEVICES_MAX = 1_000;

  private final LongSupplier nanoTime;
  private final LinkedHashMap<String, Days> byDevice = new LinkedHashMap<>();

  private record Days(long first, long last, long untilNanoTime) {}

  DenseTimes(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** These days of a device, the last one included, are too many. */
  synchronized void add(String device, long first, long last) {
    byDevice.remove(device);
    byDevice.put(device, new Days(first, last, nanoTime.getAsLong() + AGE_MAX_NANOS));
    if (byDevice.size() > DEVICES_MAX) {
      Iterator<String> eldest = byDevice.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
  }

  /** Whether these days, the last one included, have too many in them. */
  synchronized boolean isWithin(String device, long first, long last) {
    Days days = byDevice.get(device);
    if (days == null) {
      return false;
    }
    if (nanoTime.getAsLong() - days.untilNanoTime() >= 0) {
      byDevice.remove(device);
      return false;
    }
    return first <= days.first() && days.last() <= last;
  }
}
