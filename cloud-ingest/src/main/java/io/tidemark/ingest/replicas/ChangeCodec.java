package io.tidemark.ingest.replicas;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.WireFormatException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a change is kept in SQL. Its devices are a line each: name, readings, and their earliest and
 * latest time. Its readings are batches, each behind its length in four bytes.
 */
final class ChangeCodec {
  private static final int BATCH_MAX_READINGS = 256;

  private ChangeCodec() {}

  static String devices(List<Row> rows, Collection<String> devices) {
    Map<String, Change.OfDevice> all = new TreeMap<>();
    devices.forEach(device -> all.put(device, Change.OfDevice.NO_ROWS));
    int begin = 0;
    while (begin < rows.size()) {
      String device = rows.get(begin).key().device();
      long from = Long.MAX_VALUE;
      long to = Long.MIN_VALUE;
      int end = begin;
      while (end < rows.size() && rows.get(end).key().device().equals(device)) {
        long time = rows.get(end).reading().timeNanos();
        from = Math.min(from, time);
        to = Math.max(to, time);
        end++;
      }
      all.merge(
          device, new Change.OfDevice(end - begin, from, to), (one, other) -> one.join(other));
      begin = end;
    }
    StringBuilder text = new StringBuilder();
    all.forEach(
        (device, change) ->
            text.append(device)
                .append(' ')
                .append(change.readings())
                .append(' ')
                .append(change.from())
                .append(' ')
                .append(change.to())
                .append('\n'));
    return text.toString();
  }

  static Map<String, Change.OfDevice> devices(String text) {
    Map<String, Change.OfDevice> devices = new TreeMap<>();
    text.lines()
        .forEach(
            line -> {
              String[] parts = line.split(" ", -1);
              devices.put(
                  parts[0],
                  new Change.OfDevice(
                      Long.parseLong(parts[1]),
                      Long.parseLong(parts[2]),
                      Long.parseLong(parts[3])));
            });
    return devices;
  }

  static byte[] readings(List<Row> rows) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int begin = 0;
    while (begin < rows.size()) {
      int end = begin + 1;
      while (end < rows.size()
          && end - begin < BATCH_MAX_READINGS
          && rows.get(end).follows(rows.get(end - 1))) {
        end++;
      }
      write(rows.subList(begin, end), out);
      begin = end;
    }
    return out.toByteArray();
  }

  private static void write(List<Row> run, ByteArrayOutputStream out) {
    byte[] batch;
    try {
      Row first = run.get(0);
      batch =
          BatchCodec.encode(
              Batch.ofForeign(
                  first.key().device(),
                  first.key().epoch(),
                  first.sequence(),
                  run.stream().map(Row::reading).toList()));
    } catch (IllegalArgumentException e) {
      if (run.size() == 1) {
        throw e; // it came in a batch, so it fits into one
      }
      int half = run.size() / 2;
      write(run.subList(0, half), out);
      write(run.subList(half, run.size()), out);
      return;
    }
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(batch.length).array());
    out.writeBytes(batch);
  }

  static List<Row> rows(byte[] readings) throws WireFormatException {
    ByteBuffer in = ByteBuffer.wrap(readings);
    List<Row> rows = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] bytes = new byte[in.getInt()];
      in.get(bytes);
      Batch batch = BatchCodec.decode(bytes);
      BatchHeader header = batch.header();
      EpochKey key = new EpochKey(header.device(), header.epoch());
      long sequence = header.firstSequence();
      for (Reading reading : batch.readings()) {
        rows.add(new Row(key, sequence++, reading));
      }
    }
    return rows;
  }
}
