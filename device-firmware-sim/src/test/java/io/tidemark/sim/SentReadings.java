package io.tidemark.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import io.tidemark.wire.WireFormatException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.NullUnmarked;

/**
 * Makes batches of payloads, as a gateway does: SenML, which has no numbers, gets some, in one
 * epoch for each device. What RFC 8428 says is read here once more, by another's parsers.
 */
@NullUnmarked
public final class SentReadings {
  /** The epoch of the first device without numbers; the next ones' follow. */
  public static final long GATEWAY_EPOCH = 9_000_000;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());
  private static final Map<String, String> LABELS =
      Map.of("-2", "bn", "-3", "bt", "0", "n", "1", "u", "2", "v", "3", "vs", "4", "vb", "6", "t");

  /** What came, and what to do if it is taken: only then its numbers are used up. */
  public record Sent(Batch batch, Runnable whenTaken) {
    void taken() {
      whenTaken.run();
    }
  }

  private static final class Numbers {
    final long epoch;
    long next;

    Numbers(long epoch) {
      this.epoch = epoch;
    }
  }

  private final Map<String, Numbers> numbers = new ConcurrentHashMap<>();

  /** Reads a payload. */
  public Sent read(String device, byte[] bytes, PayloadType type) {
    try {
      return switch (type) {
        case BATCH -> new Sent(BatchCodec.decode(bytes), () -> {});
        case SENML_JSON -> numbered(device, senml(JSON.readTree(bytes)));
        case SENML_CBOR -> numbered(device, senml(CBOR.readTree(bytes)));
        case JSON -> {
          JsonNode array = JSON.readTree(bytes);
          yield array.get(0).has("bn")
              ? numbered(device, senml(array))
              : new Sent(json(device, array), () -> {});
        }
      };
    } catch (IOException | WireFormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private Sent numbered(String device, List<Reading> readings) {
    Numbers its =
        numbers.computeIfAbsent(device, name -> new Numbers(GATEWAY_EPOCH + numbers.size()));
    long first = its.next;
    List<Reading> stored = new ArrayList<>();
    for (Reading reading : readings) {
      stored.add(at(reading, first + stored.size()));
    }
    return new Sent(
        Batch.ofForeign(device, its.epoch, first, stored), () -> its.next = first + stored.size());
  }

  private static Batch json(String device, JsonNode array) {
    List<Reading> readings = new ArrayList<>();
    long first = array.get(0).get("sequence").longValue();
    long epoch = array.get(0).get("epoch").longValue();
    for (JsonNode one : array) {
      long sequence = one.get("sequence").longValue();
      if (sequence != first + readings.size() || one.get("epoch").longValue() != epoch) {
        throw new IllegalStateException("numbers do not follow each other: " + array);
      }
      Map<String, Value> values = new LinkedHashMap<>();
      one.get("values").fields().forEachRemaining(m -> values.put(m.getKey(), value(m.getValue())));
      long millis = Instant.parse(one.get("time").textValue()).toEpochMilli();
      readings.add(
          at(
              new Reading(
                  one.get("sensor").textValue(),
                  one.get("kind").textValue(),
                  millis * NANOS_PER_MILLI,
                  values),
              sequence));
    }
    return Batch.ofForeign(device, epoch, first, readings);
  }

  /** The pack's readings, with times in whole milliseconds. */
  public static List<Reading> senml(JsonNode pack) {
    Map<String, Map<String, Value>> readings = new LinkedHashMap<>();
    String baseName = "";
    double baseTime = 0;
    for (JsonNode given : pack) {
      Map<String, JsonNode> record = new LinkedHashMap<>();
      given
          .fields()
          .forEachRemaining(
              f -> record.put(LABELS.getOrDefault(f.getKey(), f.getKey()), f.getValue()));
      baseName = record.containsKey("bn") ? record.get("bn").textValue() : baseName;
      baseTime = record.containsKey("bt") ? record.get("bt").doubleValue() : baseTime;
      String name = baseName + record.get("n").textValue();
      double seconds = baseTime + record.get("t").doubleValue();
      long millis = Math.floorDiv(Math.round(seconds * 1e6), 1_000L);
      JsonNode value = record.getOrDefault("v", record.getOrDefault("vs", record.get("vb")));
      int slash = name.lastIndexOf('/');
      String key = millis + " " + name.substring(0, slash);
      Value before =
          readings
              .computeIfAbsent(key, k -> new LinkedHashMap<>())
              .put(name.substring(slash + 1), value(value));
      if (before != null) {
        throw new IllegalStateException("two readings became one: " + key);
      }
    }
    List<Reading> all = new ArrayList<>();
    readings.forEach(
        (key, values) -> {
          String[] parts = key.split(" ", -1);
          long nanos = Long.parseLong(parts[0]) * NANOS_PER_MILLI;
          all.add(new Reading(parts[1], "telemetry", nanos, values));
        });
    return all;
  }

  private static Reading at(Reading reading, long sequence) {
    return new Reading(
        reading.sensor(),
        reading.kind(),
        reading.timeNanos() + sequence % NANOS_PER_MILLI,
        reading.values());
  }

  private static Value value(JsonNode value) {
    if (value.isBoolean()) {
      return Value.of(value.booleanValue());
    }
    return value.isTextual() ? Value.of(value.textValue()) : Value.of(value.doubleValue());
  }
}
