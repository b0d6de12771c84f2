package io.tidemark.ingest.storage;

import java.util.List;

/**
 * Values of one numeric metric, of several devices.
 *
 * @param metric its name
 * @param devices whose, 1 to {@link #MAX_DEVICES}
 * @param fromNanos from this time on, inclusive
 * @param toNanos up to this time, inclusive
 */
public record SampleQuery(String metric, List<String> devices, long fromNanos, long toNanos) {
  /** Devices of one query: their names are part of it. */
  public static final int MAX_DEVICES = 1_000;

  /** Checks how many devices there are. */
  public SampleQuery {
    if (devices.isEmpty() || devices.size() > MAX_DEVICES) {
      throw new IllegalArgumentException(
          "devices must be 1 to " + MAX_DEVICES + ", but are " + devices.size());
    }
    devices = List.copyOf(devices);
  }
}
