package io.tidemark.ingest.ledger;

import java.util.List;

/**
 * A device at a glance.
 *
 * @param device its name
 * @param firstSeenNanos when a gateway first received something valid of it, nanoseconds since 1970
 *     UTC
 * @param lastSeenNanos when last
 * @param sensors names of its sensors that have rows, sorted
 * @param sums over all its epochs
 */
public record DeviceSummary(
    String device, long firstSeenNanos, long lastSeenNanos, List<String> sensors, Sums sums) {}
