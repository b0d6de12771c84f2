package io.tidemark.ingest.quarantine;

import java.util.List;

/**
 * The items with one reason. Times are of their receipt by a gateway, nanoseconds since 1970 UTC.
 *
 * @param reason their reason
 * @param items how many there are, at least one
 * @param devices of how many devices
 * @param lastId the highest id among them
 * @param firstNanos when the first came
 * @param lastNanos when the last came
 * @param perHour how many came in each of the last 24 hours of the clock (UTC), the present one
 *     last
 */
public record Group(
    Reason reason,
    long items,
    long devices,
    long lastId,
    long firstNanos,
    long lastNanos,
    List<Long> perHour) {
  /** Hours of {@code perHour}. */
  public static final int HOURS = 24;
}
