package io.tidemark.ingest.alerts;

import java.time.Duration;

/**
 * How alerts are judged and delivered.
 *
 * @param every pause between two rounds
 * @param lookBack readings that come later than this change no verdict any more
 * @param noDataAfter a series without a reading for so long has no data; and a longer gap ends what
 *     was pending
 * @param settleFor after its start ingest calls no device silent for so long: what gateways held
 *     back is still coming
 * @param leaseFor how long the ingest that judges may be gone before another takes over
 * @param deliverFor how long a delivery is tried
 * @param retryPause after the first failure; doubles with each
 * @param webhookTimeout how long a receiver may take to answer
 * @param historyFor how long what is over is kept
 */
public record AlertSettings(
    Duration every,
    Duration lookBack,
    Duration noDataAfter,
    Duration settleFor,
    Duration leaseFor,
    Duration deliverFor,
    Duration retryPause,
    Duration webhookTimeout,
    Duration historyFor) {
  /** No setting may be longer: sums with it must not overflow. */
  static final Duration LONGEST = Duration.ofDays(3_650);

  private static final Duration SHORTEST = Duration.ofMillis(1);

  /**
   * Checks them.
   *
   * @throws IllegalArgumentException if one is out of bounds, or two do not go together
   */
  public AlertSettings {
    check("every", every, SHORTEST, "");
    check("look-back", lookBack, SHORTEST, "");
    check("no-data-after", noDataAfter, SHORTEST, "");
    check("settle-for", settleFor, Duration.ZERO, "");
    check("lease-for", leaseFor, every.plusMillis(1), ", longer than tidemark.alerts.every");
    check("deliver-for", deliverFor, SHORTEST, "");
    check("retry-pause", retryPause, SHORTEST, "");
    check("timeout", webhookTimeout, SHORTEST, "");
    check("history-for", historyFor, lookBack, ", no less than tidemark.alerts.look-back");
  }

  private static void check(String key, Duration value, Duration min, String why) {
    if (value.compareTo(min) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "tidemark.alerts.%s must be from %s to %s%s, but is %s"
              .formatted(key, min, LONGEST, why, value));
    }
  }
}
