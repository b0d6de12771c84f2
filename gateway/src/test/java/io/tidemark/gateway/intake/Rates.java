package io.tidemark.gateway.intake;

import java.time.Duration;
import java.util.Map;

/** Rates of devices for tests of something else. */
public final class Rates {
  private Rates() {}

  /** So much that nobody comes near it. */
  public static DeviceRates ample() {
    return new DeviceRates(
        new RateSettings(100_000_000, 1L << 40, 100_000_000, 1L << 40, Duration.ofHours(1)),
        Map::of);
  }
}
