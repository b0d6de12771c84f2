package io.tidemark.ingest.alerts;

import org.jspecify.annotations.Nullable;

/**
 * Which episodes to list, newest first.
 *
 * @param fromNanos not over before this time
 * @param toNanos begun before this time
 * @param rule only of this rule, or null
 * @param device only of this device, or null
 * @param before only behind this place, or null
 * @param limit at most so many
 */
public record HistoryQuery(
    long fromNanos,
    long toNanos,
    @Nullable Long rule,
    @Nullable String device,
    @Nullable Place before,
    int limit) {
  /** An episode's place in the list. */
  public record Place(long startedAt, String id) {}
}
