package io.tidemark.ingest.ledger;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A device at a glance.
 *
 * @param device its name
 * @param firstSeenNanos when a gateway first received something valid of it, nanoseconds since 1970
 *     UTC
 * @param lastSeenNanos when last
 * @param sensors names of its sensors that have rows, sorted
 * @param sums over all its epochs
 * @param will its last words; null if there are none
 */
public record DeviceSummary(
    String device,
    long firstSeenNanos,
    long lastSeenNanos,
    List<String> sensors,
    Sums sums,
    @Nullable LastWill will) {

  /** Whether its connection has ended without its word, and nothing has come of it since. */
  public boolean isDisconnected() {
    return will != null && will.saidAtNanos() >= lastSeenNanos;
  }
}
