package io.tidemark.gateway;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes batches for tests. */
public final class Batches {
  private static final long START_NANOS = 1_700_000_000_000_000_000L;

  private Batches() {}

  /** A batch of {@code count} readings numbered from {@code first} on. */
  public static byte[] readings(String device, long first, int count) {
    List<Reading> readings = new ArrayList<>();
    for (long i = first; i < first + count; i++) {
      readings.add(
          new Reading(
              "s1",
              "bme280",
              START_NANOS + i * 1_000_000_000L,
              Map.of("temperature", new Value.Num(20 + i % 10))));
    }
    return BatchCodec.encode(Batch.ofReadings(device, 1, first, readings, first + count, 0));
  }

  /** A batch with a text of this many bytes in each of its readings. */
  public static byte[] large(String device, int count, int textBytes) {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readings.add(
          new Reading(
              "s1",
              "bme280",
              START_NANOS + i * 1_000_000_000L,
              Map.of("note", new Value.Text(((char) ('a' + i % 26) + "").repeat(textBytes)))));
    }
    return BatchCodec.encode(Batch.ofReadings(device, 1, 0, readings, count, 0));
  }

  public static byte[] status(String device) {
    return BatchCodec.encode(Batch.ofStatus(device, 1, 7, 7));
  }

  public static Delivery delivery(String device, long first, int count) {
    return new Delivery(device, readings(device, first, count));
  }

  /** A batch whose CRC is right and whose body is not. */
  public static byte[] brokenBody(String device) {
    byte[] whole = readings(device, 0, 40);
    // Cut the last byte of the body off and sign what is left anew.
    byte[] broken = new byte[whole.length - 1];
    System.arraycopy(whole, 0, broken, 0, broken.length - 5);
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(broken, 0, broken.length - 5);
    int value = (int) crc.getValue();
    broken[broken.length - 5] = whole[whole.length - 5];
    for (int i = 0; i < 4; i++) {
      broken[broken.length - 4 + i] = (byte) (value >>> 8 * i);
    }
    return broken;
  }
}
