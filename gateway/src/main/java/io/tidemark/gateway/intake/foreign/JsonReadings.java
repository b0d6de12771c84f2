package io.tidemark.gateway.intake.foreign;

import io.tidemark.wire.Limits;
import io.tidemark.wire.Names;
import io.tidemark.wire.Value;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Readings in plain JSON: {@code {"temperature":21.5}}, or with {@code sensor}, {@code kind},
 * {@code time}, {@code epoch} and {@code sequence} around {@code values}. Null is what was not
 * measured.
 */
final class JsonReadings {
  private static final String VALUES = "values";
  private static final String SENSOR = "sensor";
  private static final String KIND = "kind";
  private static final String TIME = "time";
  private static final String EPOCH = "epoch";
  private static final String SEQUENCE = "sequence";
  private static final Set<String> AROUND_VALUES =
      Set.of(VALUES, SENSOR, KIND, TIME, EPOCH, SEQUENCE);

  private JsonReadings() {}

  static ForeignReading of(Map<String, Item> record) throws ForeignFormatException {
    if (!(record.get(VALUES) instanceof Item.Fields values)) {
      return new ForeignReading(
          ForeignReading.DEFAULT_SENSOR, ForeignReading.DEFAULT_KIND, null, bare(record), null);
    }
    for (String name : record.keySet()) {
      if (!AROUND_VALUES.contains(name)) {
        throw new ForeignFormatException(
            "%s is not known beside values; known are sensor, kind, time, epoch and sequence: put metrics into values"
                .formatted(RecordReader.shown(name)));
      }
    }
    Long time = time(record.get(TIME));
    ForeignReading.Number number = number(record);
    if (number != null && time == null) {
      throw new ForeignFormatException(
          "a reading with epoch and sequence needs its time too: without it a repetition would be another reading");
    }
    return new ForeignReading(
        name(record, SENSOR, ForeignReading.DEFAULT_SENSOR),
        name(record, KIND, ForeignReading.DEFAULT_KIND),
        time,
        metrics(values.fields()),
        number);
  }

  private static Map<String, Value> bare(Map<String, Item> record) throws ForeignFormatException {
    for (String name : record.keySet()) {
      if (AROUND_VALUES.contains(name)) {
        throw new ForeignFormatException(
            "%s is no metric: send {\"%s\":...,\"values\":{...}} with the metrics in values"
                .formatted(name, name));
      }
    }
    return metrics(record);
  }

  private static Map<String, Value> metrics(Map<String, Item> items) throws ForeignFormatException {
    Map<String, Value> metrics = new LinkedHashMap<>();
    for (Map.Entry<String, Item> item : items.entrySet()) {
      Value value = value(item.getKey(), item.getValue());
      if (value != null) {
        metrics.put(requireName("metric", item.getKey()), value);
      }
    }
    if (metrics.isEmpty()) {
      throw new ForeignFormatException(
          "a reading without a value: send at least one metric that is not null");
    }
    return metrics;
  }

  /** The value of a metric; null if there is none. */
  static @Nullable Value value(String metric, Item item) throws ForeignFormatException {
    if (item instanceof Item.Whole whole) {
      return Value.of((double) whole.value());
    } else if (item instanceof Item.Real real) {
      return Value.of(real.value());
    } else if (item instanceof Item.Flag flag) {
      return Value.of(flag.value());
    } else if (item instanceof Item.Text text) {
      return text(metric, text.value());
    } else if (item instanceof Item.Nothing) {
      return null;
    }
    throw new ForeignFormatException(
        "metric %s is no plain value: send numbers, texts, true or false"
            .formatted(RecordReader.shown(metric)));
  }

  private static Value text(String metric, String text) throws ForeignFormatException {
    try {
      return Value.of(text);
    } catch (IllegalArgumentException e) {
      throw new ForeignFormatException(
          "metric %s: %s".formatted(RecordReader.shown(metric), e.getMessage()));
    }
  }

  static String requireName(String what, String name) throws ForeignFormatException {
    if (!Names.isName(name)) {
      throw new ForeignFormatException(
          "a %s is named by 1 to 64 of A-Z a-z 0-9 _ . -, but one is \"%s\""
              .formatted(what, RecordReader.shown(name)));
    }
    return name;
  }

  private static String name(Map<String, Item> record, String key, String absent)
      throws ForeignFormatException {
    Item item = record.get(key);
    if (item == null || item instanceof Item.Nothing) {
      return absent;
    }
    if (!(item instanceof Item.Text text)) {
      throw new ForeignFormatException(key + " must be a text");
    }
    return requireName(key, text.value());
  }

  private static @Nullable Long time(@Nullable Item item) throws ForeignFormatException {
    if (item == null || item instanceof Item.Nothing) {
      return null;
    }
    if (item instanceof Item.Text text) {
      try {
        return Times.millis(OffsetDateTime.parse(text.value()).toInstant());
      } catch (DateTimeException e) {
        throw new ForeignFormatException(
            "time must be like 2026-03-01T12:00:00.250Z (RFC 3339), but is \"%s\""
                .formatted(RecordReader.shown(text.value())));
      }
    }
    throw new ForeignFormatException(
        "time must be a text like \"2026-03-01T12:00:00.250Z\" (RFC 3339), since of a number nobody knows the unit");
  }

  private static ForeignReading.@Nullable Number number(Map<String, Item> record)
      throws ForeignFormatException {
    Item epoch = record.get(EPOCH);
    Item sequence = record.get(SEQUENCE);
    if (epoch == null && sequence == null) {
      return null;
    }
    if (epoch == null || sequence == null) {
      throw new ForeignFormatException(
          "epoch and sequence come together: one of them names no reading");
    }
    return new ForeignReading.Number(whole(EPOCH, epoch, 1), whole(SEQUENCE, sequence, 0));
  }

  private static long whole(String key, Item item, long min) throws ForeignFormatException {
    // The number behind the last one has to be one too.
    long max = Limits.NUMBER_MAX - 1;
    if (item instanceof Item.Whole whole && whole.value() >= min && whole.value() <= max) {
      return whole.value();
    }
    throw new ForeignFormatException(
        "%s must be a whole number from %d to %d (2^53 - 2)".formatted(key, min, max));
  }
}
