package io.tidemark.sim.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.sim.SentReadings;
import io.tidemark.sim.source.DeviceClass;
import io.tidemark.sim.source.DeviceGroup;
import io.tidemark.sim.source.Simulation;
import io.tidemark.sim.source.SimulationPlan;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Limits;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent says what was recorded, bit for bit, to who reads it by the specification. */
@NullUnmarked
class PayloadTest {
  private static final String DEVICE = "d";
  private static final long EPOCH = 77;
  private static final long START = nanos("2026-01-31T12:00:00Z");

  @Test
  void jsonSaysEachReadingsOwnNumberAndTime() {
    assertThat(text("json", batch(5, twoReadings())))
        .isEqualTo(
            "[{\"sensor\":\"roof\",\"kind\":\"weather\",\"time\":\"2026-01-31T12:00:00.250Z\","
                + "\"values\":{\"temperature\":21.5,\"raining\":false},\"epoch\":77,\"sequence\":5},"
                + "{\"sensor\":\"battery\",\"kind\":\"battery\",\"time\":\"2026-01-31T12:00:01.000000250Z\","
                + "\"values\":{\"voltage\":-0.0,\"state\":\"\\\"ok\\\" °\"},\"epoch\":77,\"sequence\":6}]");
  }

  @Test
  void senmlSaysSensorsAsBaseNamesAndTimesAfterTheFirstSecond() {
    assertThat(text("senml", batch(5, twoReadings())))
        .isEqualTo(
            "[{\"bn\":\"roof/\",\"bt\":1769860800,\"n\":\"temperature\",\"u\":\"Cel\",\"v\":21.5,\"t\":0.25},"
                + "{\"n\":\"raining\",\"vb\":false,\"t\":0.25},"
                + "{\"bn\":\"battery/\",\"n\":\"voltage\",\"u\":\"V\",\"v\":-0.0,\"t\":1.0},"
                + "{\"n\":\"state\",\"vs\":\"\\\"ok\\\" °\",\"t\":1.0}]");
  }

  @Test
  void senmlInCborHasNumbersForLabels() {
    List<Reading> one =
        List.of(
            new Reading(
                "roof", "weather", START + 250_000_000, Map.of("temperature", Value.of(21.5))));
    assertThat(HexFormat.of().formatHex(payload("senml-cbor").bytes(batch(0, one))))
        .isEqualTo(
            "81a6" // an array of one map of six
                + "2165726f6f662f" // -2: "roof/"
                + "221a697deec0" // -3: 1769860800
                + "006b74656d7065726174757265" // 0: "temperature"
                + "016343656c" // 1: "Cel"
                + "02fb4035800000000000" // 2: 21.5
                + "06fb3fd0000000000000"); // 6: 0.25
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "senml", "senml-cbor"})
  void whatIsReadIsWhatWasRecorded(String id) {
    SplittableRandom random = new SplittableRandom(7);
    Payload payload = payload(id);
    for (int i = 0; i < 300; i++) {
      List<Reading> readings = randomReadings(random, 1 + random.nextInt(30));
      long first = random.nextLong(3_000_000);
      byte[] batch = batch(first, readings);
      byte[] bytes = payload.bytes(batch);
      assertThat(payload.bytes(batch)).isEqualTo(bytes);
      Batch read = new SentReadings().read(DEVICE, bytes, payload.type()).batch();
      List<Reading> expected = new ArrayList<>();
      for (Reading reading : readings) {
        expected.add(payload.arrives(reading, first + expected.size()));
      }
      if (payload.numbers()) {
        assertThat(read.header().epoch()).isEqualTo(EPOCH);
        assertThat(read.header().firstSequence()).isEqualTo(first);
        assertThat(read.readings()).isEqualTo(expected);
      } else {
        assertThat(read.readings().stream().map(r -> payload.arrives(r, 0)).toList())
            .isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"senml", "senml-cbor"})
  void aTimeKeepsItsMillisecondThroughTheSumOfDoubles(String id) {
    SplittableRandom random = new SplittableRandom(11);
    long earliest = SenmlPayload.EARLIEST.toEpochMilli();
    long latest = SenmlPayload.LATEST.toEpochMilli();
    for (int i = 0; i < 2_000; i++) {
      List<Reading> readings = new ArrayList<>();
      long millis = random.nextLong(earliest, latest);
      for (long add : new long[] {0, 1, 999, 86_400_000 - random.nextLong(1_000)}) {
        // Both ends of the millisecond.
        long nanos = (millis + add) * 1_000_000 + (i % 2 == 0 ? 0 : 999_999);
        readings.add(new Reading("s", "k", nanos, Map.of("v", Value.of(add))));
      }
      byte[] bytes = payload(id).bytes(batch(0, readings));
      assertThat(new SentReadings().read(DEVICE, bytes, payload(id).type()).batch().readings())
          .extracting(reading -> Math.floorDiv(reading.timeNanos(), 1_000_000L) - millis)
          .isEqualTo(
              readings.stream()
                  .map(r -> Math.floorDiv(r.timeNanos(), 1_000_000L) - millis)
                  .toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "senml", "senml-cbor"})
  void anyClassesLargestPayloadFits(String id) {
    Payload payload = payload(id);
    for (DeviceClass deviceClass : DeviceClass.values()) {
      SimulationPlan plan =
          new SimulationPlan(
              3,
              START,
              List.of(new DeviceGroup(deviceClass, 1, "d-", 1, 10, Duration.ZERO, payload)),
              false,
              null);
      List<Reading> readings = new ArrayList<>();
      for (int i = 0; i < payload.readingsMax(); i++) {
        readings.add(Simulation.reading(plan, 0, 0, i));
      }
      assertThat(payload.bytes(batch(0, readings)).length)
          .as(deviceClass.id())
          .isLessThan(Limits.BATCH_MAX_BYTES);
    }
  }

  @Test
  void whatOneCannotSayIsRefusedBeforehand() {
    assertThatThrownBy(() -> group("senml", 1_001, 10))
        .hasMessage(
            "devices that send senml may take 1000 readings per second, so that no two are of one millisecond, but the rate is 1001.0");
    assertThatThrownBy(() -> group("json", 1, 201))
        .hasMessage("a batch that is sent as json may have 200 readings, but has 201");
    assertThat(group("json", 10_000, 200).payload().id()).isEqualTo("json");
    for (String start : List.of("1978-07-04T23:59:59Z", "2106-01-01T00:00:01Z")) {
      assertThatThrownBy(() -> payload("senml-cbor").requireTime(nanos(start)))
          .hasMessageContaining("must start between 1978-07-05T00:00:00Z and 2106-01-01T00:00:00Z")
          .hasMessageEndingWith("but the start is " + start);
      payload("json").requireTime(nanos(start));
    }
    payload("senml-cbor").requireTime(nanos("1978-07-05T00:00:00Z"));
  }

  @Test
  void aDevicesNameSaysWhatItSends() {
    assertThat(Payloads.ofDevices(Map.of("plan", "replay")).apply("x").id()).isEqualTo("batch");
    assertThat(Payloads.ofDevices(Map.of("payload", "json")).apply("sim-00001").id())
        .isEqualTo("json");
    Function<String, Payload> groups =
        Payloads.ofDevices(
            Map.of(
                "group.0.prefix", "a",
                "group.0.payload", "senml",
                "group.1.prefix", "",
                "group.1.payload", "json",
                "group.2.prefix", "b:"));
    assertThat(groups.apply("a00001").id()).isEqualTo("senml");
    assertThat(groups.apply("a100000").id()).isEqualTo("senml");
    assertThat(groups.apply("00001").id()).isEqualTo("json");
    assertThat(groups.apply("b:00001").id()).isEqualTo("batch");
    assertThatThrownBy(() -> Payloads.ofDevices(Map.of("payload", "xml")))
        .hasMessage(
            "the record is of devices that send xml, which is not known; there are batch, json, senml, senml-cbor");
  }

  private static DeviceGroup group(String payload, double rate, int readings) {
    return new DeviceGroup(
        DeviceClass.SOIL_PROBE, 1, "s-", rate, readings, Duration.ZERO, payload(payload));
  }

  private static List<Reading> twoReadings() {
    Map<String, Value> first = new LinkedHashMap<>();
    first.put("temperature", Value.of(21.5));
    first.put("raining", Value.of(false));
    Map<String, Value> second = new LinkedHashMap<>();
    second.put("voltage", Value.of(-0.0));
    second.put("state", Value.of("\"ok\" °"));
    return List.of(
        new Reading("roof", "weather", START + 250_000_000, first),
        new Reading("battery", "battery", START + 1_000_000_250, second));
  }

  /** Any doubles, texts and flags, of three sensors, at least a millisecond apart. */
  private static List<Reading> randomReadings(SplittableRandom random, int count) {
    List<Reading> readings = new ArrayList<>();
    long time = START + random.nextLong(10_000_000_000L);
    for (int i = 0; i < count; i++) {
      time += 1_000_000 + random.nextLong(3_000_000_000L);
      Map<String, Value> values = new LinkedHashMap<>();
      for (int m = random.nextInt(5); m >= 0; m--) {
        values.put("m" + m, value(random));
      }
      readings.add(new Reading("sensor-" + random.nextInt(3), "telemetry", time, values));
    }
    return readings;
  }

  private static Value value(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> Value.of(random.nextBoolean());
      case 1 -> Value.of("é\n" + random.nextInt());
      case 2 -> Value.of(random.nextInt(-100, 100) / 10.0);
      default -> {
        double any = Double.longBitsToDouble(random.nextLong());
        yield Value.of(Double.isFinite(any) ? any : -0.0);
      }
    };
  }

  private static byte[] batch(long first, List<Reading> readings) {
    long next = first + readings.size();
    return BatchCodec.encode(Batch.ofReadings(DEVICE, EPOCH, first, readings, next, first));
  }

  private static String text(String id, byte[] batch) {
    return new String(payload(id).bytes(batch), StandardCharsets.UTF_8);
  }

  private static Payload payload(String id) {
    return Payloads.of(id).orElseThrow();
  }

  private static long nanos(String time) {
    return Instant.parse(time).getEpochSecond() * 1_000_000_000L;
  }
}
