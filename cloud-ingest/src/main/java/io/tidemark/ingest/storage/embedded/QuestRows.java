package io.tidemark.ingest.storage.embedded;

import io.questdb.cairo.TableWriter;
import io.questdb.cairo.sql.Record;
import io.questdb.cairo.sql.RecordMetadata;
import io.questdb.cairo.wal.WalWriter;
import io.questdb.std.Numbers;
import io.questdb.std.str.Utf8Sequence;
import io.questdb.std.str.Utf8String;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows to QuestDB's columns and back. */
final class QuestRows {
  private QuestRows() {}

  /** Reads the rows of one kind from a cursor whose columns are those of its table. */
  static final class Decoder {
    private final String kind;
    private final int time;
    private final int device;
    private final int sensor;
    private final int epoch;
    private final int sequence;
    private final List<MetricColumn> metrics = new ArrayList<>();
    private final List<Integer> indexes = new ArrayList<>();

    Decoder(String kind, RecordMetadata metadata) {
      this.kind = kind;
      time = metadata.getColumnIndex(ColumnNames.TIME);
      device = metadata.getColumnIndex(ColumnNames.DEVICE);
      sensor = metadata.getColumnIndex(ColumnNames.SENSOR);
      epoch = metadata.getColumnIndex(ColumnNames.EPOCH);
      sequence = metadata.getColumnIndex(ColumnNames.SEQUENCE);
      for (int i = 0; i < metadata.getColumnCount(); i++) {
        String name = metadata.getColumnName(i);
        if (!ColumnNames.isOwn(name)) {
          metrics.add(MetricColumn.parse(name));
          indexes.add(i);
        }
      }
    }

    Row decode(Record record) {
      Map<String, Value> values = new LinkedHashMap<>();
      for (int i = 0; i < metrics.size(); i++) {
        Value value = value(record, metrics.get(i).type(), indexes.get(i));
        if (value != null) {
          values.put(metrics.get(i).metric(), value);
        }
      }
      return new Row(
          new EpochKey(record.getSymA(device).toString(), record.getLong(epoch)),
          record.getLong(sequence),
          new Reading(record.getSymA(sensor).toString(), kind, record.getTimestamp(time), values));
    }

    private static @Nullable Value value(Record record, MetricColumn.Type type, int index) {
      switch (type) {
        case NUMBER -> {
          double number = record.getDouble(index);
          return Double.isNaN(number) ? null : Value.of(number);
        }
        case TEXT -> {
          Utf8Sequence text = record.getVarcharA(index);
          return text == null ? null : Value.of(text.toString());
        }
        case FLAG -> {
          int flag = record.getInt(index);
          return flag == Numbers.INT_NULL ? null : Value.of(flag != 0);
        }
      }
      throw new IllegalStateException("no such type: " + type);
    }
  }

  /** Appends rows of one kind to a writer that has their columns. */
  static final class Encoder {
    private final WalWriter writer;
    private final int device;
    private final int sensor;
    private final int epoch;
    private final int sequence;
    private final Map<String, Integer> indexes = new HashMap<>();

    Encoder(WalWriter writer) {
      this.writer = writer;
      device = index(ColumnNames.DEVICE);
      sensor = index(ColumnNames.SENSOR);
      epoch = index(ColumnNames.EPOCH);
      sequence = index(ColumnNames.SEQUENCE);
    }

    void append(Row row) {
      Reading reading = row.reading();
      TableWriter.Row out = writer.newRow(reading.timeNanos());
      out.putSym(device, row.key().device());
      out.putSym(sensor, reading.sensor());
      out.putLong(epoch, row.key().epoch());
      out.putLong(sequence, row.sequence());
      for (Map.Entry<String, Value> entry : reading.values().entrySet()) {
        MetricColumn column = MetricColumn.of(entry.getKey(), entry.getValue());
        int index = indexes.computeIfAbsent(column.column(), this::index);
        Value value = entry.getValue();
        if (value instanceof Value.Num number) {
          out.putDouble(index, number.value());
        } else if (value instanceof Value.Text text) {
          out.putVarchar(index, new Utf8String(text.value()));
        } else if (value instanceof Value.Flag flag) {
          out.putInt(index, flag.value() ? 1 : 0);
        }
      }
      out.append();
    }

    private int index(String column) {
      return writer.getMetadata().getColumnIndex(column);
    }
  }
}
