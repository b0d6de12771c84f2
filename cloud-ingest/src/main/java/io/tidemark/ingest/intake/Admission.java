package io.tidemark.ingest.intake;

import io.tidemark.ingest.quarantine.Reason;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The rules a reading has to keep to become a row. */
final class Admission {
  /** The earliest time taken: before it, a clock was not set. */
  static final long TIME_MIN_NANOS =
      TimeUnit.SECONDS.toNanos(Instant.parse("2000-01-01T00:00:00Z").getEpochSecond());

  /** How far a reading's time may be ahead of the gateway's clock, in nanoseconds. */
  static final long AHEAD_MAX_NANOS = TimeUnit.HOURS.toNanos(24);

  /** Of {@code _text} and {@code _bool}. */
  private static final int SUFFIX_LENGTH = 5;

  private Admission() {}

  /** What is wrong with a reading. */
  record Problem(Reason reason, String detail) {}

  /** The first rule a reading breaks, or null. {@code receivedAtNanos}: by the gateway's clock. */
  static @Nullable Problem problem(Reading reading, long receivedAtNanos) {
    for (Map.Entry<String, Value> value : reading.values().entrySet()) {
      if (isReserved(value.getKey())) {
        return new Problem(
            Reason.RESERVED_NAME,
            "metric %s: seq, device, sensor, epoch, time and names that end in _text or _bool are taken; use another"
                .formatted(value.getKey()));
      }
      if (value.getValue() instanceof Value.Num number && !Double.isFinite(number.value())) {
        return new Problem(
            Reason.NOT_FINITE,
            "metric %s is %s; leave out what was not measured"
                .formatted(value.getKey(), number.value()));
      }
    }
    long time = reading.timeNanos();
    if (time < TIME_MIN_NANOS || time - AHEAD_MAX_NANOS > receivedAtNanos) {
      return new Problem(
          Reason.TIME_OUT_OF_RANGE,
          "time %d ns since 1970 is not from 2000-01-01 to 24 h after it was received, %d; set the device's clock"
              .formatted(time, receivedAtNanos));
    }
    return null;
  }

  private static boolean isReserved(String metric) {
    return switch (metric) {
      case "seq", "device", "sensor", "epoch", "time" -> true;
      default ->
          // Asked of every metric of every reading: most have no underscore there.
          metric.length() >= SUFFIX_LENGTH
              && metric.charAt(metric.length() - SUFFIX_LENGTH) == '_'
              && (metric.endsWith("_text") || metric.endsWith("_bool"));
    };
  }
}
