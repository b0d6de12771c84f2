package io.tidemark.deploy;

import io.tidemark.deploy.demo.Sums;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A device that is only its batches: numbers its readings, keeps its own books, and has a plausible
 * climate that is the same in every run. Used by one thread.
 */
final class PostedDevice {
  private final String name;
  private final int nth;
  private final long epoch;
  private final List<String> sensors;

  /** Numbers given but never sent, on top of those sent: the device is always this far ahead. */
  private final int waiting;

  private long next;
  private long dropped;
  private long missing;
  private long quarantined;

  PostedDevice(String name, int nth, List<String> sensors, int waiting) {
    this.name = name;
    this.nth = nth;
    this.epoch = 4_503_599_627_370_000L + nth * 7919L;
    this.sensors = List.copyOf(sensors);
    this.waiting = waiting;
  }

  String name() {
    return name;
  }

  /** One reading of each sensor at every second from {@code from} on. */
  Delivery sample(Instant from, int seconds) {
    long first = next;
    List<Reading> readings = new ArrayList<>();
    for (int second = 0; second < seconds; second++) {
      for (int sensor = 0; sensor < sensors.size(); sensor++) {
        readings.add(reading(from.plusSeconds(second), sensor, ""));
      }
    }
    next += readings.size();
    return delivery(Batch.ofReadings(name, epoch, first, readings, declared(), next));
  }

  /** Readings that no store takes: one of their metrics has a name that is the row's own. */
  Delivery sampleUnstorable(Instant from, int count) {
    long first = next;
    List<Reading> readings = new ArrayList<>();
    for (int second = 0; second < count; second++) {
      readings.add(reading(from.plusSeconds(second), 0, "time"));
    }
    next += count;
    quarantined += count;
    return delivery(Batch.ofReadings(name, epoch, first, readings, declared(), next));
  }

  /** Numbers readings and gives them up, saying so. */
  Delivery drop(int count) {
    long first = next;
    next += count;
    dropped += count;
    return delivery(Batch.ofDrop(name, epoch, first, count, "journal_full", declared(), next));
  }

  /** Numbers readings that will never come. */
  void lose(int count) {
    next += count;
    missing += count;
  }

  Sums expected() {
    long stored = next - dropped - missing - quarantined;
    return new Sums(next + waiting, waiting, stored, quarantined, dropped, missing, 0, 0);
  }

  private long declared() {
    return next + waiting;
  }

  private Delivery delivery(Batch batch) {
    return new Delivery(name, BatchCodec.encode(batch));
  }

  private Reading reading(Instant time, int sensor, String extraMetric) {
    long second = time.getEpochSecond();
    Map<String, Value> values = new LinkedHashMap<>();
    values.put(
        "temperature", value(18 + nth * 0.6 + sensor * 1.3, 1.6, 2100, 0.08, second, sensor));
    values.put("pressure", value(1009 + nth * 0.21, 0.5, 5200, 0.03, second, sensor + 2));
    values.put("humidity", value(44 + nth % 7, 5, 3000, 0.3, second, sensor + 4));
    if (!extraMetric.isEmpty()) {
      values.put(extraMetric, Value.of(1.0));
    }
    long nanos =
        TimeUnit.SECONDS.toNanos(second) + TimeUnit.MILLISECONDS.toNanos(nth * 37L + sensor);
    return new Reading(sensors.get(sensor), "bme280", nanos, values);
  }

  /** Three waves that never meet again and a little noise, in hundredths; each device its own. */
  private Value value(
      double base, double swing, double period, double noise, long second, int salt) {
    double phase = nth * 1.7 + salt;
    double pace = 2 * Math.PI / (period * (1 + 0.09 * (nth * 5 % 11)));
    double slow = Math.sin(second * pace + phase);
    double middle = 0.45 * Math.sin(second * pace * 2.63 + phase * 2);
    double quick = 0.14 * Math.sin(second * pace * 7.1 + phase * 3);
    double jitter = new SplittableRandom(second * 31 + nth * 7L + salt).nextDouble(-noise, noise);
    return Value.of(Math.round((base + swing * (slow + middle + quick) + jitter) * 100) / 100.0);
  }
}
