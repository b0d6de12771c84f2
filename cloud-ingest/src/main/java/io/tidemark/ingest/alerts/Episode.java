package io.tidemark.ingest.alerts;

import org.jspecify.annotations.Nullable;

/**
 * From when to when a rule fired, as it is recorded. Times in nanoseconds since 1970 UTC.
 *
 * @param id of the episode
 * @param rule the rule's id
 * @param ruleName what the rule was called
 * @param device whose
 * @param sensor which; empty for silence
 * @param metric which; empty for silence
 * @param startedAt by the readings
 * @param endedAt by the readings; null while it fires
 * @param value the value it began with; null for silence
 * @param foundAt when it was first known
 * @param late whether the readings that show it came late
 * @param withdrawn whether later readings showed that it was none
 * @param note what else there is to say
 */
public record Episode(
    String id,
    long rule,
    String ruleName,
    String device,
    String sensor,
    String metric,
    long startedAt,
    @Nullable Long endedAt,
    @Nullable Double value,
    long foundAt,
    boolean late,
    boolean withdrawn,
    String note) {
  Series series() {
    return new Series(device, sensor);
  }

  long end() {
    Long end = endedAt;
    return end == null ? Span.OPEN : end;
  }

  Episode ended(long at, String why) {
    return new Episode(
        id, rule, ruleName, device, sensor, metric, startedAt, at, value, foundAt, late, withdrawn,
        why);
  }

  Episode withdrawn(long at, String why) {
    return new Episode(
        id, rule, ruleName, device, sensor, metric, startedAt, at, value, foundAt, late, true, why);
  }
}
