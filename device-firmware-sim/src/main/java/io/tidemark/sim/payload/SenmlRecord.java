package io.tidemark.sim.payload;

import java.util.EnumMap;
import java.util.Map;

/**
 * One record of a SenML pack (RFC 8428, section 4): a value under each of its labels, in the
 * labels' order. Values are Long, Double, Boolean or String.
 */
final class SenmlRecord {
  private final Map<SenmlLabel, Object> fields = new EnumMap<>(SenmlLabel.class);

  void put(SenmlLabel label, long value) {
    fields.put(label, value);
  }

  void put(SenmlLabel label, double value) {
    fields.put(label, value);
  }

  void put(SenmlLabel label, boolean value) {
    fields.put(label, value);
  }

  void put(SenmlLabel label, String value) {
    fields.put(label, value);
  }

  Map<SenmlLabel, Object> fields() {
    return fields;
  }
}
