package io.tidemark.deploy.bench;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The devices whose pages are opened, and their readings: a function of these numbers, so that what
 * was generated in part can be gone on with. One device samples once a second all the time, the
 * others share the remaining rows over the same time.
 *
 * @param devices how many
 * @param rows of all together
 * @param endMillis before when the last reading is, in milliseconds since 1970 UTC
 * @param epoch of all devices
 */
record DashboardFleet(int devices, long rows, long endMillis, long epoch) {
  static final String KIND = "bme280";
  static final String SENSOR = "outside";

  /** Of all rows, those of the device that samples once a second: of 50 million 30 days of it. */
  private static final long BUSY_ROWS_OF = 100_000;

  private static final long BUSY_ROWS = 5_184;

  /** Readings of the other devices in a slice, which are sent as one batch. */
  private static final int SLICE_READINGS = 60;

  private static final int BUSY_BATCH_READINGS = 600;
  private static final long SECOND_NANOS = 1_000_000_000L;

  /** The name of a device; that of the busy one for 0. */
  String name(int device) {
    return "unit-%05d".formatted(device);
  }

  /** The one that samples once a second. */
  String busy() {
    return name(0);
  }

  long busyRows() {
    return rows * BUSY_ROWS / BUSY_ROWS_OF;
  }

  /** Of one of the others. */
  private long rowsOf(int device) {
    long others = rows - busyRows();
    return others / (devices - 1) + (device <= others % (devices - 1) ? 1 : 0);
  }

  long startNanos() {
    return (endMillis / 1_000 - busyRows()) * SECOND_NANOS;
  }

  /** Stretches of time that are written one after the other. */
  int slices() {
    return (int) ((rowsOf(1) + SLICE_READINGS - 1) / SLICE_READINGS);
  }

  long rowsUntil(int slice) {
    long sum = until(busyRows(), slice);
    for (int device = 1; device < devices; device++) {
      sum += until(rowsOf(device), slice);
    }
    return sum;
  }

  /** How many of a device's rows lie before a slice. */
  private long until(long deviceRows, int slice) {
    return deviceRows * slice / slices();
  }

  /** The batches of a slice. */
  void deliveries(int slice, Consumer<Delivery> each) {
    for (int device = 0; device < devices; device++) {
      long all = device == 0 ? busyRows() : rowsOf(device);
      long end = until(all, slice + 1);
      for (long first = until(all, slice); first < end; first += BUSY_BATCH_READINGS) {
        each.accept(batch(device, all, first, Math.min(end, first + BUSY_BATCH_READINGS)));
      }
    }
  }

  private Delivery batch(int device, long all, long first, long end) {
    long stepNanos = busyRows() * SECOND_NANOS / all;
    // Not all at the same moment.
    long offset = device == 0 ? 0 : device * 7_919_000_037L % stepNanos;
    List<Reading> readings = new ArrayList<>();
    for (long number = first; number < end; number++) {
      readings.add(
          new Reading(
              SENSOR, KIND, startNanos() + offset + number * stepNanos, values(device, number)));
    }
    String name = name(device);
    return new Delivery(
        name, BatchCodec.encode(Batch.ofReadings(name, epoch, first, readings, end, first)));
  }

  /** A day's course and some noise, in the steps of a real sensor. */
  private Map<String, Value> values(int device, long number) {
    double day = Math.sin(number * (device == 0 ? 1.0 : 500.0) / 13_750 + device);
    double noise = noise(number * 31 + device);
    Map<String, Value> values = new LinkedHashMap<>();
    values.put("temperature", stepped(18 + 6 * day + noise));
    values.put("humidity", stepped(55 - 20 * day + 2 * noise));
    values.put("pressure", stepped(1013 + 8 * Math.sin(number / 90_000.0) + noise / 5));
    return values;
  }

  private static Value stepped(double value) {
    return Value.of(Math.round(value * 100) / 100.0);
  }

  /** From -1 to 1; the same for the same number. */
  private static double noise(long number) {
    long mixed = (number + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return (mixed >>> 11) / (double) (1L << 52) - 1;
  }
}
