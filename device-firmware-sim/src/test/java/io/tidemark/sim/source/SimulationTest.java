package io.tidemark.sim.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class SimulationTest {
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
    SimulationPlan plan = plan(7, 10);
    List<List<Reading>> produced = produce(plan, Position.beginnings(plan.devices()));
    for (int device = 0; device < plan.devices(); device++) {
      List<Reading> readings = produced.get(device);
      for (int number = 0; number < readings.size(); number += 17) {
        assertThat(Simulation.reading(plan, device, 0, number)).isEqualTo(readings.get(number));
      }
    }
  }

  @Test
  void whatGoesOnInTheMiddleIsTheSameSeries() throws Exception {
    SimulationPlan whole = plan(7, 10);
    List<List<Reading>> all = produce(whole, Position.beginnings(whole.devices()));
    long[] from = {30, 31, 29, 30, 33};
    SimulationPlan open = stations(7, 10, Duration.ofSeconds(2), Duration.ofSeconds(5));
    List<List<Reading>> rest = produce(open, at(from));
    for (int device = 0; device < 5; device++) {
      int next = (int) from[device];
      assertThat(rest.get(device))
          .isNotEmpty()
          .isEqualTo(all.get(device).subList(next, next + rest.get(device).size()));
    }
  }

  @Test
  void whoLostMoreThanOthersCatchesUpAtOnce() throws Exception {
    SimulationPlan plan = stations(7, 10, Duration.ofSeconds(2), Duration.ofSeconds(5));
    List<Long> waits = new ArrayList<>();
    List<Integer> produced = new ArrayList<>();
    new Simulation(plan, at(1_000, 1_000, 0, 1_000, 1_000), null)
        .produce((device, readings) -> produced.add(device), nanos -> waits.add(nanos));
    assertThat(waits.get(0)).isZero();
    assertThat(waits.get(waits.size() - 1)).isBetween(0L, Duration.ofSeconds(5).toNanos());
    assertThat(produced).contains(0, 1, 3, 4);
    assertThat(Collections.frequency(produced, 2)).isGreaterThan(100);
  }

  @Test
  void devicesAreNamedAlikeEverywhere() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("fa-IR-u-nu-arabext"));
    try {
      assertThat(plan(7, 10).names().get(0)).endsWith("00001");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void whatAStoppedSourceStillDoesIsDueThen() throws Exception {
    StoppablePace pace = new StoppablePace();
    pace.stop();
    assertThat(pace.until(Duration.ofHours(1).toNanos())).isFalse();
    assertThat(pace.dueAtNanos()).isLessThanOrEqualTo(System.nanoTime());
  }

  @Test
  void itProducesForAsLongAsAsked() throws Exception {
    List<List<Reading>> produced = produce(plan(7, 10), Position.beginnings(5));
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
    new Simulation(stations(7, 100, Duration.ofHours(1), null), Position.beginnings(5), null)
        .produce((device, readings) -> batches.add(readings), nanos -> ++asked[0] <= 12);
    assertThat(batches.stream().mapToInt(List::size).sum()).isEqualTo(12);
  }

  @Test
  void itAsksForTimesAsTheyPass() throws Exception {
    List<Long> asked = new ArrayList<>();
    new Simulation(plan(7, 10), Position.beginnings(5), null)
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
        Reading reading = station.at(0, START + (day * 24L + hour) * 3_600_000_000_000L);
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
    double second = number(station.at(0, START + 1_000_000_000L), "temperature");
    assertThat(number(station.at(0, START), "temperature") - second).isBetween(-0.1, 0.1);
  }

  @Test
  void rangesAreChecked() {
    assertThatThrownBy(() -> group(1, "a-", 0, 1, Duration.ZERO))
        .hasMessageContaining("rate must be 0.0001 to 10000");
    assertThatThrownBy(() -> group(0, "a-", 1, 1, Duration.ZERO))
        .hasMessageContaining("1 to 100000 devices");
    assertThatThrownBy(() -> group(1, "a-", 1, 1_001, Duration.ZERO))
        .hasMessageContaining("1 to 1000 readings");
    assertThatThrownBy(() -> group(1, "a-", 1, 1, Duration.ofHours(24).plusMillis(1)))
        .hasMessageContaining("batch interval");
    assertThatThrownBy(() -> group(1, "a b", 1, 1, Duration.ZERO))
        .hasMessageContaining("a prefix must be at most 122 of");
    DeviceGroup half = group(50_001, "a-", 1, 1, Duration.ZERO);
    DeviceGroup other = group(50_000, "b-", 1, 1, Duration.ZERO);
    assertThatThrownBy(() -> new SimulationPlan(1, 0, List.of(half, other), false, null))
        .hasMessage("there must be 1 to 100000 devices in all, but is 100001");
    assertThatThrownBy(() -> new SimulationPlan(1, 0, List.of(other, other), false, null))
        .hasMessageContaining("two groups' devices would be called b-00001");
    assertThatThrownBy(() -> new SimulationPlan(1, 0, List.of(), false, null))
        .hasMessageContaining("in all, but is 0");
  }

  @Test
  void groupsAreOneFleetInOneOrderOfTime() throws Exception {
    SimulationPlan plan = mixed();
    assertThat(plan.names())
        .containsExactly(
            "a-00001", "a-00002", "meter-00001", "meter-00002", "meter-00003", "s-00001");
    Path file = folder.resolve("mixed");
    List<List<Reading>> produced;
    try (Trace trace = new Trace(file, plan.names())) {
      produced = produce(plan, Position.beginnings(6), trace);
    }
    List<String> lines = Files.readAllLines(file);
    List<String> times = lines.stream().map(line -> line.split(",")[2]).toList();
    assertThat(times.stream().map(Instant::parse)).isSorted();
    assertThat(produced).extracting(List::size).containsExactly(300, 300, 60, 60, 60, 120);
    assertThat(lines).hasSize(900);
    assertThat(lines)
        .anyMatch(line -> line.startsWith("s-00001,2,") && line.contains(",depth-60/moisture="));
    assertThat(lines)
        .anyMatch(line -> line.startsWith("a-00001,0,") && line.contains("Z,temperature="));
  }

  @Test
  void aReadingOfAnyClassCanBeMadeAgainFromItsNumber() throws Exception {
    SimulationPlan plan = mixed();
    List<List<Reading>> produced = produce(plan, Position.beginnings(6), null);
    for (int device = 0; device < 6; device++) {
      for (int number = 0; number < produced.get(device).size(); number += 7) {
        assertThat(Simulation.reading(plan, device, 0, number))
            .isEqualTo(produced.get(device).get(number));
      }
    }
    assertThatThrownBy(() -> Simulation.reading(plan, 6, 0, 0))
        .hasMessage("there are 6 devices, but number 6 is asked for");
  }

  @Test
  void eachGroupBatchesInItsOwnWay() throws Exception {
    List<List<Integer>> sizes = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      sizes.add(new ArrayList<>());
    }
    new Simulation(mixed(), Position.beginnings(6), null)
        .produce((device, batch) -> sizes.get(device).add(batch.size()), NO_WAITING);
    assertThat(sizes.get(0)).containsOnly(10);
    // One a second, closed when the first is 4.5 s old.
    assertThat(sizes.get(3)).containsOnly(5);
    // Sleeps: 20 s of two readings a second at once.
    assertThat(sizes.get(5)).containsExactly(40, 40, 40);
  }

  @Test
  void aStaggeredFleetDoesNotSendInStep() throws Exception {
    List<DeviceGroup> groups =
        List.of(
            group(100, "a-", 1, 10, Duration.ofHours(1)),
            group(100, "b-", 1, 1_000, Duration.ofMillis(9_500)));
    List<List<Integer>> sizes = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sizes.add(new ArrayList<>());
    }
    SimulationPlan plan = new SimulationPlan(7, START, groups, true, Duration.ofMinutes(1));
    List<List<Reading>> readings = new ArrayList<>(Collections.nCopies(200, List.of()));
    new Simulation(plan, Position.beginnings(200), null)
        .produce(
            (device, batch) -> {
              sizes.get(device).add(batch.size());
              readings.set(device, batch);
            },
            NO_WAITING);
    for (int half = 0; half < 200; half += 100) {
      List<Integer> firsts =
          sizes.subList(half, half + 100).stream().map(batches -> batches.get(0)).toList();
      for (int size = 1; size <= 10; size++) {
        assertThat(Collections.frequency(firsts, size)).isBetween(3, 22);
      }
    }
    assertThat(sizes)
        .allSatisfy(
            batches -> {
              assertThat(batches.subList(1, batches.size() - 1)).containsOnly(10);
              assertThat(batches.stream().mapToInt(size -> size).sum()).isEqualTo(60);
            });
    // The readings themselves are those of any other fleet.
    for (int device = 0; device < 200; device++) {
      List<Reading> last = readings.get(device);
      SimulationPlan inStep = new SimulationPlan(7, START, groups, false, null);
      assertThat(last.get(last.size() - 1)).isEqualTo(Simulation.reading(inStep, device, 0, 59));
    }
  }

  private static SimulationPlan mixed() {
    return new SimulationPlan(
        7,
        START,
        List.of(
            group(2, "a-", 5, 10, Duration.ofSeconds(10)),
            new DeviceGroup(
                DeviceClass.POWER_METER, 3, "meter-", 1, 1_000, Duration.ofMillis(4_500)),
            new DeviceGroup(DeviceClass.SOIL_PROBE, 1, "s-", 2, 1_000, Duration.ofMillis(19_900))),
        false,
        Duration.ofMinutes(1));
  }

  private static DeviceGroup group(
      int count, String prefix, double rate, int batch, Duration interval) {
    return new DeviceGroup(DeviceClass.WEATHER_STATION, count, prefix, rate, batch, interval);
  }

  private static SimulationPlan stations(long seed, int batch, Duration interval, Duration length) {
    return new SimulationPlan(
        seed, START, List.of(group(5, "sim-", 2.5, batch, interval)), false, length);
  }

  private static SimulationPlan plan(long seed, int batch) {
    return stations(seed, batch, Duration.ofSeconds(2), Duration.ofSeconds(60));
  }

  private byte[] trace(SimulationPlan plan, String name) throws Exception {
    Path file = folder.resolve(name);
    List<String> names = IntStream.range(0, 5).mapToObj(i -> "sim-" + i).toList();
    try (Trace trace = new Trace(file, names)) {
      new Simulation(plan, Position.beginnings(5), trace)
          .produce((device, readings) -> {}, NO_WAITING);
    }
    return Files.readAllBytes(file);
  }

  private static List<List<Reading>> produce(SimulationPlan plan, List<Position> from)
      throws Exception {
    return produce(plan, from, null);
  }

  private static List<List<Reading>> produce(SimulationPlan plan, List<Position> from, Trace trace)
      throws Exception {
    List<List<Reading>> byDevice = new ArrayList<>();
    for (int i = 0; i < plan.devices(); i++) {
      byDevice.add(new ArrayList<>());
    }
    new Simulation(plan, from, trace)
        .produce((device, readings) -> byDevice.get(device).addAll(readings), NO_WAITING);
    return byDevice;
  }

  private static List<Position> at(long... sequences) {
    return LongStream.of(sequences).mapToObj(sequence -> new Position(0, sequence)).toList();
  }

  private static List<Integer> batchSizes(int readings, Duration interval) throws Exception {
    List<Integer> sizes = new ArrayList<>();
    SimulationPlan plan = stations(7, readings, interval, Duration.ofSeconds(60));
    new Simulation(plan, Position.beginnings(5), null)
        .produce((device, batch) -> sizes.add(batch.size()), NO_WAITING);
    return sizes;
  }

  private static double number(Reading reading, String metric) {
    return ((Value.Num) reading.values().get(metric)).value();
  }
}
