package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Names;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows from answers that are grouped by all tags. Others may have written to the database too: what
 * cannot be ours is passed over.
 */
final class InfluxRows {
  private static final String TIME = "time";

  private InfluxRows() {}

  /** The row, or null if it is none of ours. */
  static @Nullable Row decode(QueryAnswer.Series series, List<@Nullable String> values) {
    EpochKey key = key(series.tags());
    String sensor = series.tags().getOrDefault(LineProtocol.SENSOR, "");
    if (key == null || !Names.isName(sensor) || !Names.isName(series.name())) {
      return null;
    }
    long time = Long.MIN_VALUE;
    long sequence = -1;
    Map<String, Value> metrics = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      String column = series.columns().get(i);
      String text = values.get(i);
      if (text == null) {
        continue;
      }
      if (column.equals(TIME)) {
        time = Long.parseLong(text);
      } else if (column.equals(LineProtocol.SEQUENCE)) {
        sequence = number(text);
      } else {
        metric(metrics, column, text);
      }
    }
    if (sequence < 0 || metrics.isEmpty()) {
      return null;
    }
    return new Row(key, sequence, new Reading(sensor, series.name(), time, metrics));
  }

  /** Adds the names of the metrics of which there is a value, in columns with a prefix. */
  static void metrics(
      QueryAnswer.Series series,
      List<@Nullable String> values,
      String prefix,
      Collection<String> metrics) {
    for (int i = 0; i < values.size(); i++) {
      String column = series.columns().get(i);
      if (values.get(i) != null && column.startsWith(prefix)) {
        String name = nameOf(column.substring(prefix.length()));
        if (Names.isName(name)) {
          metrics.add(name);
        }
      }
    }
  }

  /** The metric of a field, which is called like it but for what tells its type. */
  private static String nameOf(String field) {
    for (String suffix : new String[] {LineProtocol.TEXT_SUFFIX, LineProtocol.FLAG_SUFFIX}) {
      if (field.endsWith(suffix)) {
        return field.substring(0, field.length() - suffix.length());
      }
    }
    return field;
  }

  /** Device and epoch, or null if there are none of ours. */
  static @Nullable EpochKey key(Map<String, String> tags) {
    long epoch = number(tags.getOrDefault(LineProtocol.EPOCH, ""));
    String device = tags.getOrDefault(LineProtocol.DEVICE, "");
    return epoch < 0 || !Names.isDevice(device) ? null : new EpochKey(device, epoch);
  }

  /** A whole number, or -1. */
  static long number(@Nullable String text) {
    if (text == null) {
      return -1;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static void metric(Map<String, Value> metrics, String column, String text) {
    String name = nameOf(column);
    @Nullable Value value;
    if (column.endsWith(LineProtocol.TEXT_SUFFIX)) {
      value = Value.of(text);
    } else if (column.endsWith(LineProtocol.FLAG_SUFFIX)) {
      value = Value.of(Boolean.parseBoolean(text));
    } else {
      value = real(text);
    }
    if (value != null && Names.isName(name)) {
      metrics.put(name, value);
    }
  }

  private static @Nullable Value real(String text) {
    try {
      return Value.of(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
