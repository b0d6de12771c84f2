package io.tidemark.wire;

import io.tidemark.wire.generated.Column;
import io.tidemark.wire.generated.Series;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A batch put together from what protobuf's own runtime parsed, by the remarks in the .proto alone.
 */
final class ProtobufView {
  private ProtobufView() {}

  static Batch of(io.tidemark.wire.generated.Batch proto) {
    boolean drop = !proto.getDropReason().isEmpty();
    Reading[] readings = new Reading[drop ? 0 : (int) proto.getCount()];
    for (Series series : proto.getSeriesList()) {
      addSeries(series, readings);
    }
    return new Batch(
        new BatchHeader(
            proto.getDevice(),
            proto.getEpoch(),
            proto.getFirstSequence(),
            proto.getCount(),
            proto.getNextSequence(),
            proto.getOldestKept(),
            drop ? proto.getDropReason() : null,
            proto.getForeign()),
        List.of(readings));
  }

  private static void addSeries(Series series, Reading[] readings) {
    int count = 1 + series.getTimeStepsCount();
    List<Map<String, Value>> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(new LinkedHashMap<>());
    }
    series.getColumnsList().forEach(column -> addColumn(column, values));
    long time = series.getFirstTime();
    long distance = 0;
    int offset = series.getGapsCount() == 0 ? 0 : series.getGaps(0);
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        distance += series.getTimeSteps(i - 1);
        time += distance;
        offset += 1 + (series.getGapsCount() == 0 ? 0 : series.getGaps(i));
      }
      readings[offset] = new Reading(series.getSensor(), series.getKind(), time, values.get(i));
    }
  }

  private static void addColumn(Column column, List<Map<String, Value>> readings) {
    double divisor = column.getDivisor() == 0 ? 1 : column.getDivisor();
    long n = 0;
    int given = 0;
    for (int i = 0; i < readings.size(); i++) {
      if (!column.getPresent().isEmpty() && (column.getPresent().byteAt(i / 8) >> i % 8 & 1) == 0) {
        continue;
      }
      Value value;
      if (column.getScaledCount() > 0) {
        n += column.getScaled(given);
        value = Value.of(n / divisor);
      } else if (column.getFloatsCount() > 0) {
        value = Value.of((double) column.getFloats(given));
      } else if (column.getDoublesCount() > 0) {
        value = Value.of(column.getDoubles(given));
      } else if (column.getFlagsCount() > 0) {
        value = Value.of(column.getFlags(given));
      } else {
        value = Value.of(column.getTexts(given));
      }
      given++;
      readings.get(i).put(column.getMetric(), value);
    }
  }
}
