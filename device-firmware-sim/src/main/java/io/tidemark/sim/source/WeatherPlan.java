package io.tidemark.sim.source;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides what a fleet of weather stations produces.
 *
 * @param startNanos when, in nanoseconds since 1970 UTC, the readings begin
 * @param rate readings per second of each device, 0.0001 to 10,000
 * @param batchReadings a batch is closed when it has this many readings, 1 to 1,000
 * @param batchInterval ... or when its first reading is this old
 * @param length how long readings are produced for; null is until stopped
 */
public record WeatherPlan(
    long seed,
    long startNanos,
    double rate,
    int devices,
    int batchReadings,
    Duration batchInterval,
    @Nullable Duration length) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException that names the one that is wrong
   */
  public WeatherPlan {
    if (!(rate >= 0.0001 && rate <= 10_000)) {
      throw new IllegalArgumentException(
          "the rate must be 0.0001 to 10000 per second, but is " + rate);
    }
    if (devices < 1 || devices > 100_000) {
      throw new IllegalArgumentException("there must be 1 to 100000 devices, but is " + devices);
    }
    if (batchReadings < 1 || batchReadings > 1_000) {
      throw new IllegalArgumentException(
          "a batch must have 1 to 1000 readings, but is " + batchReadings);
    }
    if (batchInterval.isNegative() || batchInterval.toHours() > 24) {
      throw new IllegalArgumentException(
          "the batch interval must be 0 to 24h, but is " + batchInterval);
    }
  }

  /**
   * When device {@code device} takes reading {@code sequence}; each device begins somewhere within
   * the first interval.
   */
  long timeNanos(int device, long sequence) {
    double interval = 1e9 / rate;
    long phase = (long) (Chance.uniform(seed, 0x5048415345L, device) * interval);
    return startNanos + phase + (long) (sequence * interval);
  }
}
