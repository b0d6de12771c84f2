package io.tidemark.ingest.ledger;

import io.tidemark.ingest.storage.EpochKey;

/**
 * An epoch as SQL has it, with its sums.
 *
 * @param key which
 * @param oldestKept highest {@code oldestKept} declared
 * @param settledKept what is below it and nowhere is missing
 * @param firstSeenNanos when a gateway first received a batch of it
 * @param lastSeenNanos when last
 * @param sums without duplicates
 */
record EpochRow(
    EpochKey key,
    long oldestKept,
    long settledKept,
    long firstSeenNanos,
    long lastSeenNanos,
    Sums sums) {}
