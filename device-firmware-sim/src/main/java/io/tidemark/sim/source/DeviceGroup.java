package io.tidemark.sim.source;

import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.payload.Payloads;
import io.tidemark.wire.Names;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Devices that are alike.
 *
 * @param prefix beginning of their names: {@code prefix00001}, {@code prefix00002}, ...
 * @param rate readings per second of each device, 0.0001 to 10,000
 * @param batchReadings a batch is closed when it has this many readings, 1 to 1,000
 * @param batchInterval ... or when its first reading is this old, 0 to 24 hours
 * @param payload what is sent of a batch; some bound rate and size further
 */
public record DeviceGroup(
    DeviceClass deviceClass,
    int count,
    String prefix,
    double rate,
    int batchReadings,
    Duration batchInterval,
    Payload payload) {
  public static final int DEVICES_MAX = 100_000;
  public static final double RATE_MIN = 0.0001;
  public static final double RATE_MAX = 10_000;
  public static final int BATCH_MAX_READINGS = 1_000;
  public static final Duration BATCH_MAX_INTERVAL = Duration.ofHours(24);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException that names the one that is wrong
   */
  public DeviceGroup {
    if (!(rate >= RATE_MIN && rate <= RATE_MAX)) {
      throw new IllegalArgumentException(
          "the rate must be 0.0001 to 10000 per second, but is " + rate);
    }
    if (count < 1 || count > DEVICES_MAX) {
      throw new IllegalArgumentException("there must be 1 to 100000 devices, but is " + count);
    }
    if (batchReadings < 1 || batchReadings > BATCH_MAX_READINGS) {
      throw new IllegalArgumentException(
          "a batch must have 1 to 1000 readings, but is " + batchReadings);
    }
    if (rate > payload.rateMax()) {
      throw new IllegalArgumentException(
          "devices that send %s may take %.0f readings per second, so that no two are of one millisecond, but the rate is %s"
              .formatted(payload.id(), payload.rateMax(), rate));
    }
    if (batchReadings > payload.readingsMax()) {
      throw new IllegalArgumentException(
          "a batch that is sent as %s may have %d readings, but has %d"
              .formatted(payload.id(), payload.readingsMax(), batchReadings));
    }
    if (batchInterval.isNegative() || batchInterval.compareTo(BATCH_MAX_INTERVAL) > 0) {
      throw new IllegalArgumentException(
          "the batch interval must be 0 to 24h, but is " + batchInterval);
    }
    if (!isPrefix(prefix)) {
      throw new IllegalArgumentException(
          "a prefix must be at most 122 of A-Z a-z 0-9 . _ : -, but is " + prefix);
    }
  }

  /** Devices that send batches, as agents do. */
  public DeviceGroup(
      DeviceClass deviceClass,
      int count,
      String prefix,
      double rate,
      int batchReadings,
      Duration batchInterval) {
    this(deviceClass, count, prefix, rate, batchReadings, batchInterval, Payloads.BATCH);
  }

  /** The same of another number of devices. */
  public DeviceGroup withCount(int devices) {
    return new DeviceGroup(
        deviceClass, devices, prefix, rate, batchReadings, batchInterval, payload);
  }

  /** True if devices' names can begin so. */
  public static boolean isPrefix(String text) {
    return Names.isDevice(text + "100000");
  }

  /** The devices' names, in order. */
  List<String> names() {
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> prefix + String.format(Locale.ROOT, "%05d", i))
        .toList();
  }
}
