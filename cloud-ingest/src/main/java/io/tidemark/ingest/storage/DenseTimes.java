package io.tidemark.ingest.storage;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.function.LongSupplier;

/**
 * Of devices that measure too much for summaries of their time to be kept: the slices that were
 * found to be too many, the last ones of each. Thread-safe.
 */
final class DenseTimes {
  /** Then it is tried again: rows go, and sensors do. */
  static final long AGE_MAX_NANOS = Duration.ofHours(1).toNanos();

  private static final int DEVICES_MAX = 1_000;

  private final LongSupplier nanoTime;
  private final LinkedHashMap<String, Slices> byDevice = new LinkedHashMap<>();

  private record Slices(long first, long last, long untilNanoTime) {}

  DenseTimes(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** These slices of a device, the last one included, are too many. */
  synchronized void add(String device, long first, long last) {
    byDevice.remove(device);
    byDevice.put(device, new Slices(first, last, nanoTime.getAsLong() + AGE_MAX_NANOS));
    if (byDevice.size() > DEVICES_MAX) {
      Iterator<String> eldest = byDevice.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
  }

  /** Whether these slices, the last one included, have too many in them. */
  synchronized boolean isWithin(String device, long first, long last) {
    Slices slices = byDevice.get(device);
    if (slices == null) {
      return false;
    }
    if (nanoTime.getAsLong() - slices.untilNanoTime() >= 0) {
      byDevice.remove(device);
      return false;
    }
    return first <= slices.first() && slices.last() <= last;
  }
}
