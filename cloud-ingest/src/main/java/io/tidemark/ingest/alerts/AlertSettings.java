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
    Duration historyFor) {}
