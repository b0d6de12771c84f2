package io.tidemark.gateway.intake.foreign;

import io.tidemark.wire.Value;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A reading as its device tells it.
 *
 * @param timeMillis milliseconds since 1970 UTC; null if the device has no clock
 * @param values at least one metric
 * @param number what the device calls it; null if it does not count
 */
record ForeignReading(
    String sensor,
    String kind,
    @Nullable Long timeMillis,
    Map<String, Value> values,
    @Nullable Number number) {
  /** The sensor of who names none. */
  static final String DEFAULT_SENSOR = "main";

  /** The kind of what is not known. */
  static final String DEFAULT_KIND = "telemetry";

  /**
   * A device's own number.
   *
   * @param epoch the numbering, 1 to 2^53 - 1
   * @param sequence the number in it, from 0
   */
  record Number(long epoch, long sequence) {}
}
