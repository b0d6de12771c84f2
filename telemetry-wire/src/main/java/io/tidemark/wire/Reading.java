package io.tidemark.wire;

import java.util.Map;

/**
 * One sampling of one sensor. Which device took it, in which epoch and under which number is said
 * by the {@link Batch} that carries it.
 *
 * @param sensor the instance, e.g. {@code roof}
 * @param kind what it is, e.g. {@code bme280}; the measurement its row is stored under
 * @param timeNanos nanoseconds since 1970-01-01T00:00:00Z
 * @param values at least one metric and what it says, in the order given; unmodifiable
 */
public record Reading(String sensor, String kind, long timeNanos, Map<String, Value> values) {

  /**
   * Checks names and copies the values.
   *
   * @throws IllegalArgumentException if a name is not allowed or the number of metrics is not 1 to
   *     {@link Limits#READING_MAX_METRICS}
   */
  public Reading {
    Names.requireName("sensor", sensor);
    Names.requireName("kind", kind);
    values = Metrics.of(values);
  }
}
