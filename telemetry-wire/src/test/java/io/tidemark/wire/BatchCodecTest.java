package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BatchCodecTest {

  /**
   * Sixty readings, one a second, of a BME280 as its driver gives them: temperature in steps of
   * 0.01 °C, pressure of 1/256 Pa, humidity of 1/1024 %, with the noise of the datasheet
   * (BST-BME280-DS002, tables 2 to 4: 0.2 Pa RMS filtered, 0.02 % and 0.005 °C) and a clock that is
   * read some 100 microseconds late.
   */
  static List<Reading> minuteOfWeather(long seed) {
    Random random = new Random(seed);
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Map<String, Value> values = new LinkedHashMap<>();
      double celsius = 21.3 + 0.002 * i + 0.005 * random.nextGaussian();
      double pascal = 101_325 - 0.05 * i + 0.2 * random.nextGaussian();
      double percent = 47.5 + 0.003 * i + 0.02 * random.nextGaussian();
      values.put("temperature", Value.of(Math.rint(celsius * 100) / 100.0));
      values.put("pressure", Value.of(Math.rint(pascal * 256) / 25_600.0));
      values.put("humidity", Value.of(Math.rint(percent * 1024) / 1024.0));
      long late = (long) (100_000 + 30_000 * Math.abs(random.nextGaussian()));
      readings.add(
          new Reading(
              "outside", "bme280", 1_790_000_000_000_000_000L + i * 1_000_000_000L + late, values));
    }
    return readings;
  }

  @Test
  void aMinuteOfWeatherTakesAtMostTenBytesAReading() {
    for (long seed = 1; seed <= 20; seed++) {
      byte[] bytes =
          BatchCodec.encode(
              Batch.ofReadings(
                  "greenhouse-north-07",
                  6_755_399_441_055_744L,
                  1_234_560,
                  minuteOfWeather(seed),
                  1_234_620,
                  1_234_500));
      assertThat(bytes.length / 60.0)
          .as("bytes a reading, seed %d", seed)
          .isLessThanOrEqualTo(10.0);
    }
  }

  @Test
  void theDearestBatchesStayWithinTheAllocationBound() {
    // One byte a reading and metric is the cheapest a sender can make its bytes and the dearest
    // they can be to read.
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < Limits.BATCH_MAX_READINGS; i++) {
      Map<String, Value> values = new LinkedHashMap<>();
      for (int m = 0; m < 13; m++) {
        values.put("m" + m, m % 2 == 0 ? Value.of(true) : Value.of(1.0));
      }
      readings.add(new Reading("s", "k", i, values));
    }
    BatchCodecProperties.assertHarmless(
        BatchCodec.encode(Batch.ofReadings("d", 1, 0, readings, readings.size(), 0)));

    List<Reading> few =
        readings.stream()
            .map(r -> new Reading("s", "k", r.timeNanos(), Map.of("m", Value.of(1.0))))
            .toList();
    BatchCodecProperties.assertHarmless(
        BatchCodec.encode(Batch.ofReadings("d", 1, 0, few, few.size(), 0)));

    Map<String, Value> wide = new LinkedHashMap<>();
    for (int m = 0; m < Limits.READING_MAX_METRICS; m++) {
      wide.put("metric" + m, Value.of("x"));
    }
    BatchCodecProperties.assertHarmless(
        BatchCodec.encode(
            Batch.ofReadings("d", 1, 0, List.of(new Reading("s", "k", 0, wide)), 1, 0)));
  }

  @Test
  void anOversizedBatchIsRefusedOnBothSides() {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      readings.add(
          new Reading("s", "k", i, Map.of("m", Value.of("x".repeat(Limits.TEXT_MAX_BYTES)))));
    }
    assertThatThrownBy(() -> BatchCodec.encode(Batch.ofReadings("d", 1, 0, readings, 100, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("262144");

    assertThatThrownBy(() -> BatchCodec.decode(new byte[Limits.BATCH_MAX_BYTES + 1]))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining("262145 bytes where a batch may have 262144");
  }

  @Test
  void whatCanNotBeABatchCanNotBeMade() {
    Reading reading = new Reading("s", "k", 0, Map.of("m", Value.of(1.0)));
    assertThatThrownBy(() -> Batch.ofReadings("a b", 1, 0, List.of(reading), 1, 0))
        .hasMessageContaining("device must be");
    assertThatThrownBy(() -> Batch.ofReadings("d", 0, 0, List.of(reading), 1, 0))
        .hasMessageContaining("epoch must be");
    assertThatThrownBy(() -> Batch.ofReadings("d", 1, 0, List.of(reading), 0, 0))
        .hasMessageContaining("pass nextSequence");
    assertThatThrownBy(() -> Batch.ofStatus("d", 1, 5, 6)).hasMessageContaining("oldestKept");
    assertThatThrownBy(() -> Batch.ofDrop("d", 1, 0, 0, "expired", 0, 0))
        .hasMessageContaining("at least one number");
    assertThatThrownBy(() -> Batch.ofDrop("d", 1, 0, 1, "no reason", 1, 0))
        .hasMessageContaining("dropReason");
    assertThatThrownBy(() -> new Reading("s", "k", 0, Map.of())).hasMessageContaining("metrics");
    assertThatThrownBy(() -> new Reading("s/t", "k", 0, Map.of("m", Value.of(1.0))))
        .hasMessageContaining("sensor");
    assertThatThrownBy(() -> Value.of("\uD834")).hasMessageContaining("surrogate");
  }

  @Test
  void aForeignBatchSaysSo() throws Exception {
    Reading reading = new Reading("main", "telemetry", 5, Map.of("t", Value.of(1.5)));
    Batch batch = Batch.ofForeign("d", 9, 40, List.of(reading, reading));
    byte[] bytes = BatchCodec.encode(batch);

    assertThat(BatchCodec.decode(bytes)).isEqualTo(batch);
    assertThat(batch.header().foreign()).isTrue();
    assertThat(batch.header().nextSequence()).isEqualTo(42);
    assertThat(batch.header().oldestKept()).isEqualTo(40);
    assertThat(ProtobufView.of(io.tidemark.wire.generated.Batch.parseFrom(bytes))).isEqualTo(batch);
  }
}
