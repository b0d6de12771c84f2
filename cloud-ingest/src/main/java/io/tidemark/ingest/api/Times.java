package io.tidemark.ingest.api;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** Times between RFC 3339 and nanoseconds since 1970 UTC. */
final class Times {
  private static final long SECOND = 1_000_000_000L;
  private static final Instant MIN = Instant.ofEpochSecond(0, Long.MIN_VALUE);
  private static final Instant MAX = Instant.ofEpochSecond(0, Long.MAX_VALUE);

  private Times() {}

  /** In UTC, with as many digits as it needs: none, three, six or nine. */
  static String format(long nanos) {
    return Instant.ofEpochSecond(Math.floorDiv(nanos, SECOND), Math.floorMod(nanos, SECOND))
        .toString();
  }

  /** The same, or null for 0: it has not happened. */
  static @Nullable String formatIfAny(long nanos) {
    return nanos == 0 ? null : format(nanos);
  }

  static long nanos(Instant time) {
    Instant kept = time.isBefore(MIN) ? MIN : time.isAfter(MAX) ? MAX : time;
    if (kept.equals(MIN)) {
      return Long.MIN_VALUE;
    }
    return Math.addExact(Math.multiplyExact(kept.getEpochSecond(), SECOND), kept.getNano());
  }

  /** A query parameter's time; times no row can have are moved to the nearest one can. */
  static long parse(String parameter, @Nullable String value, long absent) {
    if (value == null || value.isEmpty()) {
      return absent;
    }
    try {
      // In a query a + that was not escaped arrives as a space.
      return nanos(OffsetDateTime.parse(value.replace(' ', '+')).toInstant());
    } catch (DateTimeParseException e) {
      throw ApiException.parameter(
          parameter,
          value,
          "an RFC 3339 time such as 2026-03-01T12:00:00Z or 2026-03-01T13:00:00.5+01:00");
    }
  }
}
