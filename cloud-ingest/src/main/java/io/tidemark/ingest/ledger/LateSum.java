package io.tidemark.ingest.ledger;

import org.jspecify.annotations.Nullable;

/**
 * What of a device was stored late, over all its epochs.
 *
 * @param readings how many
 * @param mostNanos how long after it was taken a reading was stored, at most, in nanoseconds; 0 if
 *     none was late
 * @param newest those stored last; null if there are none
 */
public record LateSum(long readings, long mostNanos, @Nullable Late newest) {}
