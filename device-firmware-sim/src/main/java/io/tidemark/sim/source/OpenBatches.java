package io.tidemark.sim.source;

import io.tidemark.wire.Limits;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Batches that are being filled, one a device at most. Closes one when it is full, when another
 * reading might make it larger than a batch may be, and, if too much is held, the one that has been
 * open for longest. Not thread-safe.
 */
final class OpenBatches {
  /** Most bytes held of all, as they would be sent; in memory they are about three times that. */
  private static final long HELD_MAX_BYTES = 16 << 20;

  /** Leaves room for the header. */
  private static final int BATCH_MAX_BYTES = Limits.BATCH_MAX_BYTES - (16 << 10);

  private static final int NUMBER_MAX_BYTES = 16;
  private static final int READING_MAX_BYTES = 64;

  private static final class Open {
    final List<Reading> readings = new ArrayList<>();
    final long openedNanos;
    int bytes;

    Open(long openedNanos) {
      this.openedNanos = openedNanos;
    }
  }

  private final int batchReadings;
  private final Sink sink;

  /** By device, in the order in which they were opened. */
  private final Map<Integer, Open> open = new LinkedHashMap<>();

  private long heldBytes;

  OpenBatches(int batchReadings, Sink sink) {
    this.batchReadings = batchReadings;
    this.sink = sink;
  }

  void add(int device, Reading reading, long nowNanos) throws IOException, InterruptedException {
    int bytes = atMostBytes(reading);
    Open batch = open.get(device);
    if (batch != null && batch.bytes + bytes > BATCH_MAX_BYTES) {
      close(device);
      batch = null;
    }
    if (batch == null) {
      batch = new Open(nowNanos);
      open.put(device, batch);
    }
    batch.readings.add(reading);
    batch.bytes += bytes;
    heldBytes += bytes;
    if (batch.readings.size() >= batchReadings) {
      close(device);
    }
    while (heldBytes > HELD_MAX_BYTES) {
      closeOldest();
    }
  }

  /** When the batch that has been open for longest was opened; never, if none is open. */
  long oldestNanos() {
    return open.isEmpty() ? Long.MAX_VALUE : open.values().iterator().next().openedNanos;
  }

  void closeOldest() throws IOException, InterruptedException {
    close(open.keySet().iterator().next());
  }

  void closeAll() throws IOException, InterruptedException {
    while (!open.isEmpty()) {
      closeOldest();
    }
  }

  private void close(int device) throws IOException, InterruptedException {
    Open batch = open.remove(device);
    if (batch != null) {
      heldBytes -= batch.bytes;
      sink.batch(device, batch.readings);
    }
  }

  /** More than it takes in a batch. */
  private static int atMostBytes(Reading reading) {
    int bytes = READING_MAX_BYTES + reading.sensor().length() + reading.kind().length();
    for (Map.Entry<String, Value> metric : reading.values().entrySet()) {
      bytes += NUMBER_MAX_BYTES + metric.getKey().length();
      if (metric.getValue() instanceof Value.Text text) {
        bytes += text.value().getBytes(StandardCharsets.UTF_8).length;
      }
    }
    return bytes;
  }
}
