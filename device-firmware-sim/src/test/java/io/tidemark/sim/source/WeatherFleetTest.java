package io.tidemark.sim.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class WeatherFleetTest {
  private static final long START = 1_767_225_600_000_000_000L; // 2026-01-01
  private static final Pace NO_WAITING = nanos -> true;

  @TempDir Path folder;

  @Test
  void theSameSeedGivesTheSameBytesOnEveryJava() throws Exception {
    byte[] trace = trace(plan(7, 10), "a");
    assertThat(trace(plan(7, 10), "b")).isEqualTo(trace);
    assertThat(trace(plan(8, 10), "c")).isNotEqualTo(trace);
    CRC32C crc = new CRC32C();
    crc.update(trace);
    assertThat(Long.toHexString(crc.getValue())).isEqualTo("7ba63b22");
  }

  @Test
  void howReadingsAreBatchedDoesNotChangeThem() throws Exception {
    assertThat(trace(plan(7, 1), "a")).isEqualTo(trace(plan(7, 1_000), "b"));
  }

  @Test
  void aReadingCanBeMadeAgainFromItsNumber() throws Exception {
    WeatherPlan plan = plan(7, 10);
    List<List<Reading>> produced = produce(plan, new long[plan.devices()]);
    for (int device = 0; device < plan.devices(); device++) {
      List<Reading> readings = produced.get(device);
      for (int number = 0; number < readings.size(); number += 17) {
        assertThat(WeatherFleet.reading(plan, device, number)).isEqualTo(readings.get(number));
      }
    }
  }

  @Test
  void whatGoesOnInTheMiddleIsTheSameSeries() throws Exception {
    WeatherPlan whole = plan(7, 10);
    List<List<Reading>> all = produce(whole, new long[whole.devices()]);
    long[] from = {30, 31, 29, 30, 33};
    WeatherPlan open =
        new WeatherPlan(7, START, 2.5, 5, 10, Duration.ofSeconds(2), Duration.ofSeconds(5));
    List<List<Reading>> rest = produce(open, from);
    for (int device = 0; device < 5; device++) {
      int next = (int) from[device];
      assertThat(rest.get(device))
          .isNotEmpty()
          .isEqualTo(all.get(device).subList(next, next + rest.get(device).size()));
    }
  }

  @Test
  void itProducesForAsLongAsAsked() throws Exception {
    List<List<Reading>> produced = produce(plan(7, 10), new long[5]);
    for (List<Reading> readings : produced) {
      assertThat(readings).hasSize(150); // 2.5 a second for a minute
      long last = Long.MIN_VALUE;
      for (Reading reading : readings) {
        assertThat(reading.timeNanos())
            .isGreaterThan(last)
            .isBetween(START, START + 60_000_000_000L);
        last = reading.timeNanos();
      }
    }
  }

  @Test
  void batchesAreClosedWhenFullOrOld() throws Exception {
    assertThat(batchSizes(10, Duration.ofHours(1))).containsOnly(10);
    // 2.5 a second: in one second after the first reading come two more.
    assertThat(batchSizes(1_000, Duration.ofMillis(999))).contains(3).doesNotContain(4, 10);
  }

  @Test
  void stoppingClosesWhatIsOpen() throws Exception {
    int[] asked = new int[1];
    List<List<Reading>> batches = new ArrayList<>();
    new WeatherFleet(
            new WeatherPlan(7, START, 2.5, 5, 100, Duration.ofHours(1), null), new long[5], null)
        .produce((device, readings) -> batches.add(readings), nanos -> ++asked[0] <= 12);
    assertThat(batches.stream().mapToInt(List::size).sum()).isEqualTo(12);
  }

  @Test
  void itAsksForTimesAsTheyPass() throws Exception {
    List<Long> asked = new ArrayList<>();
    new WeatherFleet(plan(7, 10), new long[5], null)
        .produce((device, readings) -> {}, nanos -> asked.add(nanos));
    assertThat(asked).isSorted();
    assertThat(asked.get(0)).isBetween(0L, 400_000_000L);
    assertThat(asked.get(asked.size() - 1)).isBetween(59_000_000_000L, 60_000_000_000L);
  }

  @Test
  void theWeatherIsPlausible() {
    WeatherStation station = new WeatherStation(3, 0);
    double nights = 0;
    double afternoons = 0;
    for (int day = 0; day < 60; day++) {
      for (int hour = 0; hour < 24; hour++) {
        Reading reading = station.at(START + (day * 24L + hour) * 3_600_000_000_000L);
        double temperature = number(reading, "temperature");
        assertThat(temperature).isBetween(-35.0, 45.0);
        assertThat(number(reading, "humidity")).isBetween(0.0, 100.0);
        assertThat(number(reading, "pressure")).isBetween(930.0, 1060.0);
        assertThat(number(reading, "wind_speed")).isBetween(0.0, 15.0);
        nights += hour == 3 ? temperature : 0;
        afternoons += hour == 15 ? temperature : 0;
      }
    }
    assertThat(afternoons / 60 - nights / 60).isBetween(5.0, 15.0);
    // From one second to the next only noise and a slow drift.
    double second = number(station.at(START + 1_000_000_000L), "temperature");
    assertThat(number(station.at(START), "temperature") - second).isBetween(-0.1, 0.1);
  }

  @Test
  void rangesAreChecked() {
    assertThatThrownBy(() -> new WeatherPlan(1, 0, 0, 1, 1, Duration.ZERO, null))
        .hasMessageContaining("rate must be 0.0001 to 10000");
    assertThatThrownBy(() -> new WeatherPlan(1, 0, 1, 0, 1, Duration.ZERO, null))
        .hasMessageContaining("1 to 100000 devices");
    assertThatThrownBy(() -> new WeatherPlan(1, 0, 1, 1, 1_001, Duration.ZERO, null))
        .hasMessageContaining("1 to 1000 readings");
    assertThatThrownBy(() -> new WeatherPlan(1, 0, 1, 1, 1, Duration.ofHours(26), null))
        .hasMessageContaining("batch interval");
  }

  private static WeatherPlan plan(long seed, int batch) {
    return new WeatherPlan(
        seed, START, 2.5, 5, batch, Duration.ofSeconds(2), Duration.ofSeconds(60));
  }

  private byte[] trace(WeatherPlan plan, String name) throws Exception {
    Path file = folder.resolve(name);
    List<String> names = IntStream.range(0, 5).mapToObj(i -> "sim-" + i).toList();
    try (Trace trace = new Trace(file, names)) {
      new WeatherFleet(plan, new long[5], trace).produce((device, readings) -> {}, NO_WAITING);
    }
    return Files.readAllBytes(file);
  }

  private static List<List<Reading>> produce(WeatherPlan plan, long[] from) throws Exception {
    List<List<Reading>> byDevice = new ArrayList<>();
    for (int i = 0; i < plan.devices(); i++) {
      byDevice.add(new ArrayList<>());
    }
    new WeatherFleet(plan, from, null)
        .produce((device, readings) -> byDevice.get(device).addAll(readings), NO_WAITING);
    return byDevice;
  }

  private static List<Integer> batchSizes(int readings, Duration interval) throws Exception {
    List<Integer> sizes = new ArrayList<>();
    WeatherPlan plan =
        new WeatherPlan(7, START, 2.5, 5, readings, interval, Duration.ofSeconds(60));
    new WeatherFleet(plan, new long[5], null)
        .produce((device, batch) -> sizes.add(batch.size()), NO_WAITING);
    return sizes;
  }

  private static double number(Reading reading, String metric) {
    return ((Value.Num) reading.values().get(metric)).value();
  }
}
