package io.tidemark.deploy.bench;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/** The rows of one round, made anew by a seed each time they are asked for: five values each. */
final class BenchRows {
  private static final int DEVICES = 100;
  private static final int READINGS_A_BATCH = 60;
  private static final int BATCHES_A_REQUEST = 100;
  private static final int LINES_A_BLOCK = 5_000;
  private static final long INTERVAL_NANOS = 1_000_000_000L;
  private static final List<String> METRICS =
      List.of("temperature", "humidity", "pressure", "battery", "signal");

  private final int readings;
  private final int round;
  private final long startNanos;
  private final long epoch;

  BenchRows(int readings, int round) {
    this.readings = readings;
    this.round = round;
    startNanos = (System.currentTimeMillis() - 86_400_000L) * 1_000_000L;
    epoch = 1 + (System.nanoTime() & 0xFFFF_FFFFL);
  }

  /** Told of each batch in the order in which it is sent. */
  private interface BatchVisitor {
    void batch(String device, long first, List<Reading> readings) throws IOException;
  }

  private void each(BatchVisitor visitor) throws IOException {
    Random random = new Random(round);
    int left = readings;
    for (long first = 0; left > 0; first += READINGS_A_BATCH) {
      for (int device = 0; device < DEVICES && left > 0; device++) {
        List<Reading> batch = new ArrayList<>();
        for (int i = 0; i < READINGS_A_BATCH && left > 0; i++, left--) {
          batch.add(reading(first + i, random));
        }
        visitor.batch("bench-" + device, first, batch);
      }
    }
  }

  private Reading reading(long number, Random random) {
    Map<String, Value> values = new LinkedHashMap<>();
    for (String metric : METRICS) {
      values.put(metric, Value.of(Math.round(2_000 + random.nextGaussian() * 50) / 100.0));
    }
    return new Reading("main", "bench", startNanos + number * INTERVAL_NANOS, values);
  }

  /** As gateways send them: log entries with batches, compressed. */
  List<byte[]> forwardRequests() throws IOException {
    List<byte[]> requests = new ArrayList<>();
    List<Delivery> deliveries = new ArrayList<>();
    each(
        (device, first, batch) -> {
          long next = first + batch.size();
          byte[] payload =
              BatchCodec.encode(Batch.ofReadings(device, epoch, first, batch, next, first));
          deliveries.add(new Delivery(device, payload));
          if (deliveries.size() == BATCHES_A_REQUEST) {
            requests.add(request(deliveries));
            deliveries.clear();
          }
        });
    if (!deliveries.isEmpty()) {
      requests.add(request(deliveries));
    }
    return requests;
  }

  /** Deliveries as a gateway forwards them: one log entry, compressed. */
  static byte[] request(List<Delivery> deliveries) throws IOException {
    LogEntry entry =
        new LogEntry("bench", System.currentTimeMillis() * 1_000_000L, List.copyOf(deliveries));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(ForwardCodec.encodeRequest(new ForwardRequest("bench", 1, 1, 0, List.of(entry))));
    }
    return out.toByteArray();
  }

  /** The same rows by blocks, of devices of their own. */
  List<Block> blocks() throws IOException {
    List<Block> blocks = new ArrayList<>();
    List<Line> lines = new ArrayList<>();
    each(
        (device, first, batch) -> {
          long number = first;
          for (Reading reading : batch) {
            lines.add(new Line("bare-" + device, epoch, number++, reading));
            if (lines.size() == LINES_A_BLOCK) {
              blocks.add(new Block(List.copyOf(lines)));
              lines.clear();
            }
          }
        });
    if (!lines.isEmpty()) {
      blocks.add(new Block(List.copyOf(lines)));
    }
    return blocks;
  }

  /** A row that is not yet line protocol. */
  private record Line(String device, long epoch, long number, Reading reading) {}

  /** Rows that are written by one request. */
  record Block(List<Line> lines) {
    /** In line protocol, as plainly as it can be done. */
    byte[] encode() {
      StringBuilder out = new StringBuilder(lines.size() * 128);
      for (Line line : lines) {
        Reading reading = line.reading();
        out.append(reading.kind()).append(",device=").append(line.device()).append(",epoch=");
        out.append(line.epoch()).append(",sensor=").append(reading.sensor()).append(' ');
        reading
            .values()
            .forEach(
                (metric, value) ->
                    out.append(metric).append('=').append(((Value.Num) value).value()).append(','));
        out.append("seq=").append(line.number()).append("i ");
        out.append(reading.timeNanos()).append('\n');
      }
      return out.toString().getBytes(StandardCharsets.UTF_8);
    }
  }
}
