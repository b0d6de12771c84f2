package io.tidemark.gateway.intake.foreign;

import java.time.Instant;

/** Times in milliseconds since 1970 UTC, as far as they can be kept. */
final class Times {
  /** The years 1677 to 2262: as nanoseconds they fit into 64 bits. */
  private static final long SECONDS_MAX = Long.MAX_VALUE / 1_000_000_000 - 1;

  private Times() {}

  static long millis(Instant time) throws ForeignFormatException {
    check(time.getEpochSecond());
    return time.toEpochMilli();
  }

  /** Of seconds, cut to the millisecond. A double holds today's time to a fraction of 1 us. */
  static long millis(double seconds) throws ForeignFormatException {
    check(seconds);
    return Math.floorDiv(Math.round(seconds * 1e6), 1_000L);
  }

  private static void check(double seconds) throws ForeignFormatException {
    if (!(Math.abs(seconds) < SECONDS_MAX)) {
      throw new ForeignFormatException("a time must be between the years 1678 and 2262");
    }
  }
}
