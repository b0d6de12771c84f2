package io.tidemark.wire;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lays readings out by sensor and metric. */
final class SeriesEncoder {
  private record SensorKey(String sensor, String kind) {}

  private record ColumnKey(String metric, Class<? extends Value> type) {}

  private SeriesEncoder() {}

  static void write(List<Reading> readings, ProtoWriter out) {
    Map<SensorKey, List<Integer>> offsetsBySensor = new LinkedHashMap<>();
    for (int i = 0; i < readings.size(); i++) {
      Reading reading = readings.get(i);
      offsetsBySensor
          .computeIfAbsent(
              new SensorKey(reading.sensor(), reading.kind()), key -> new ArrayList<>())
          .add(i);
    }
    offsetsBySensor.forEach(
        (key, offsets) -> {
          ProtoWriter series = new ProtoWriter();
          series.text(SeriesField.SENSOR, key.sensor());
          series.text(SeriesField.KIND, key.kind());
          if (offsets.size() < readings.size()) {
            writeGaps(offsets, series);
          }
          List<Reading> own = offsets.stream().map(readings::get).toList();
          writeTimes(own, series);
          writeColumns(own, series);
          out.part(SeriesField.SERIES, series);
        });
  }

  private static void writeGaps(List<Integer> offsets, ProtoWriter out) {
    ProtoWriter gaps = new ProtoWriter();
    int expected = 0;
    for (int offset : offsets) {
      gaps.varint(offset - expected);
      expected = offset + 1;
    }
    out.part(SeriesField.GAPS, gaps);
  }

  private static void writeTimes(List<Reading> readings, ProtoWriter out) {
    out.fixed64(SeriesField.FIRST_TIME, readings.get(0).timeNanos());
    if (readings.size() == 1) {
      return;
    }
    ProtoWriter steps = new ProtoWriter();
    long distance = 0;
    for (int i = 1; i < readings.size(); i++) {
      long next = readings.get(i).timeNanos() - readings.get(i - 1).timeNanos();
      steps.zigZag(next - distance);
      distance = next;
    }
    out.part(SeriesField.TIME_STEPS, steps);
  }

  private static void writeColumns(List<Reading> readings, ProtoWriter out) {
    Map<ColumnKey, BitSet> presence = new LinkedHashMap<>();
    Map<ColumnKey, List<Value>> columns = new LinkedHashMap<>();
    for (int i = 0; i < readings.size(); i++) {
      for (Map.Entry<String, Value> metric : readings.get(i).values().entrySet()) {
        ColumnKey key = new ColumnKey(metric.getKey(), metric.getValue().getClass());
        presence.computeIfAbsent(key, k -> new BitSet()).set(i);
        columns.computeIfAbsent(key, k -> new ArrayList<>()).add(metric.getValue());
      }
    }
    columns.forEach(
        (key, values) -> {
          ProtoWriter column = new ProtoWriter();
          column.text(SeriesField.METRIC, key.metric());
          if (values.size() < readings.size()) {
            column.part(
                SeriesField.PRESENT,
                bitmap(presence.getOrDefault(key, new BitSet()), readings.size()));
          }
          writeValues(values, column);
          out.part(SeriesField.COLUMNS, column);
        });
  }

  private static byte[] bitmap(BitSet bits, int size) {
    byte[] bitmap = new byte[(size + 7) / 8];
    byte[] set = bits.toByteArray();
    System.arraycopy(set, 0, bitmap, 0, set.length);
    return bitmap;
  }

  private static void writeValues(List<Value> values, ProtoWriter out) {
    Value first = values.get(0);
    if (first instanceof Value.Num) {
      double[] numbers = values.stream().mapToDouble(v -> ((Value.Num) v).value()).toArray();
      NumberEncoder.write(numbers, out);
    } else if (first instanceof Value.Flag) {
      ProtoWriter flags = new ProtoWriter();
      values.forEach(v -> flags.varint(((Value.Flag) v).value() ? 1 : 0));
      out.part(SeriesField.FLAGS, flags);
    } else {
      values.forEach(v -> out.text(SeriesField.TEXTS, ((Value.Text) v).value()));
    }
  }
}
