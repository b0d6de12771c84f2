package io.tidemark.sim.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidemark.sim.chance.Chance;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What each class of devices says, at moments all over several years. */
@NullUnmarked
class DeviceClassTest {
  private static final long START = 1_767_225_600_000_000_000L; // 2026-01-01, a Thursday
  private static final long SECOND = Cycles.SECOND;
  private static final int DEVICES = 12;
  private static final int MOMENTS = 1_500;

  @TempDir Path folder;

  /** Numbers by the way {@code kind.metric}. */
  private interface Check {
    void value(String metric, double value, String where);
  }

  @ParameterizedTest
  @CsvSource({
    "WEATHER_STATION, 37787861",
    "COLD_CHAIN, 8f26bb5b",
    "VIBRATION, fc329053",
    "POWER_METER, 36e55c7b",
    "GPS_TRACKER, b7ceeb22",
    "SOIL_PROBE, 53de7b1",
  })
  void theSameSeedGivesTheSameBytesOnEveryJava(DeviceClass deviceClass, String golden)
      throws Exception {
    DeviceGroup group = new DeviceGroup(deviceClass, 3, "d-", 0.01, 10, Duration.ofSeconds(2));
    SimulationPlan plan = new SimulationPlan(7, START, List.of(group), false, Duration.ofDays(2));
    Path file = folder.resolve("trace");
    try (Trace trace = new Trace(file, plan.names())) {
      new Simulation(plan, Position.beginnings(3), trace)
          .produce((d, readings) -> {}, nanos -> true);
    }
    CRC32C crc = new CRC32C();
    crc.update(Files.readAllBytes(file));
    assertThat(Long.toHexString(crc.getValue())).isEqualTo(golden);
  }

  @ParameterizedTest
  @EnumSource(DeviceClass.class)
  void aReadingIsAFunctionOfSeedDeviceNumberAndTime(DeviceClass deviceClass) {
    moments(
        (device, number, time) -> {
          Reading reading = deviceClass.instrument(3, device).at(number, time);
          assertThat(deviceClass.instrument(3, device).at(number, time)).isEqualTo(reading);
          assertThat(reading.timeNanos()).isEqualTo(time);
        });
    assertThat(deviceClass.instrument(4, 0).at(0, START).values())
        .isNotEqualTo(deviceClass.instrument(3, 0).at(0, START).values())
        .isNotEqualTo(deviceClass.instrument(4, 1).at(0, START).values());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "WEATHER_STATION | main/weather",
        "COLD_CHAIN      | battery/battery compartment/cold-chain unit/refrigeration",
        "VIBRATION       | drive-end/vibration free-end/vibration",
        "POWER_METER     | main/power-meter",
        "GPS_TRACKER     | battery/battery gnss/gnss",
        "SOIL_PROBE      | battery/battery depth-10/soil depth-30/soil depth-60/soil",
      })
  void sensorsTakeTurnsByNumberAlone(DeviceClass deviceClass, String sensors) {
    Set<String> seen = new TreeSet<>();
    for (int number = 0; number < 40; number++) {
      Reading reading = deviceClass.instrument(3, 0).at(number, START + number * SECOND);
      seen.add(reading.sensor() + "/" + reading.kind());
      assertThat(deviceClass.instrument(9, 5).at(number, START).sensor())
          .isEqualTo(reading.sensor());
    }
    assertThat(String.join(" ", seen)).isEqualTo(sensors);
  }

  @ParameterizedTest
  @EnumSource(DeviceClass.class)
  void valuesStayWithinWhatIsPlausible(DeviceClass deviceClass) {
    Map<String, double[]> ranges = new HashMap<>();
    ranges.put("weather.temperature", new double[] {-35, 45});
    ranges.put("weather.humidity", new double[] {8, 100});
    ranges.put("weather.pressure", new double[] {930, 1_060});
    ranges.put("weather.wind_speed", new double[] {0, 15});
    ranges.put("battery.voltage", new double[] {2.98, 4.17});
    ranges.put("battery.charge", new double[] {0, 100});
    ranges.put("cold-chain.temperature", new double[] {2, 16});
    ranges.put("cold-chain.humidity", new double[] {50, 100});
    ranges.put("refrigeration.evaporator_temperature", new double[] {-15, 25});
    ranges.put("vibration.velocity_rms", new double[] {0.005, 12});
    ranges.put("vibration.acceleration_peak", new double[] {0, 50});
    ranges.put("vibration.kurtosis", new double[] {2.4, 14});
    ranges.put("vibration.bearing_temperature", new double[] {5, 80});
    for (int phase = 1; phase <= 3; phase++) {
      ranges.put("power-meter.voltage_l" + phase, new double[] {207, 253}); // EN 50160
      ranges.put("power-meter.current_l" + phase, new double[] {0.05, 100});
      ranges.put("power-meter.active_power_l" + phase, new double[] {10, 10_000});
      ranges.put("power-meter.power_factor_l" + phase, new double[] {0.7, 1});
    }
    ranges.put("power-meter.active_power", new double[] {30, 30_000});
    ranges.put("power-meter.energy", new double[] {100_000, 10_000_000});
    ranges.put("power-meter.frequency", new double[] {49.9, 50.1});
    ranges.put("gnss.latitude", new double[] {52.2, 52.9});
    ranges.put("gnss.longitude", new double[] {12.9, 13.9});
    ranges.put("gnss.speed", new double[] {0, 40});
    ranges.put("gnss.heading", new double[] {0, 359.9});
    ranges.put("gnss.satellites", new double[] {0, 12});
    ranges.put("soil.moisture", new double[] {0.05, 0.45});
    ranges.put("soil.temperature", new double[] {-15, 40});
    ranges.put("soil.conductivity", new double[] {0, 2});
    moments(
        (device, number, time) -> {
          Reading reading = deviceClass.instrument(3, device).at(number, time);
          numbers(
              reading,
              (metric, value, where) ->
                  assertThat(value)
                      .as(where)
                      .isBetween(ranges.get(metric)[0], ranges.get(metric)[1]));
        });
  }

  @ParameterizedTest
  @EnumSource(DeviceClass.class)
  void fromOneSecondToTheNextThereIsOnlyNoiseAndWhatHappens(DeviceClass deviceClass) {
    // What is not here may jump: a load is switched, a machine starts, something knocks.
    Map<String, Double> steps =
        Map.ofEntries(
            Map.entry("weather.temperature", 0.1),
            Map.entry("weather.humidity", 0.4),
            Map.entry("weather.pressure", 0.1),
            Map.entry("weather.wind_speed", 0.5),
            Map.entry("battery.voltage", 0.01),
            Map.entry("battery.charge", 1.0),
            Map.entry("cold-chain.temperature", 0.15),
            Map.entry("cold-chain.humidity", 0.6),
            Map.entry("refrigeration.evaporator_temperature", 0.5),
            Map.entry("vibration.bearing_temperature", 0.5),
            Map.entry("power-meter.voltage_l1", 2.0),
            Map.entry("power-meter.energy", 0.01),
            Map.entry("power-meter.frequency", 0.004),
            Map.entry("gnss.latitude", 0.0005),
            Map.entry("gnss.longitude", 0.0008),
            Map.entry("gnss.speed", 0.8),
            Map.entry("soil.moisture", 0.006),
            Map.entry("soil.temperature", 0.5),
            Map.entry("soil.conductivity", 0.01));
    moments(
        (device, number, time) -> {
          Instrument instrument = deviceClass.instrument(3, device);
          Reading before = instrument.at(number, time);
          numbers(
              instrument.at(number, time + SECOND),
              (metric, value, where) -> {
                String name = metric.substring(metric.indexOf('.') + 1);
                if (steps.containsKey(metric) && before.values().containsKey(name)) {
                  assertThat(value)
                      .as(where)
                      .isCloseTo(number(before, name), within(steps.get(metric)));
                }
              });
        });
  }

  @Test
  void probesStickAndFailNowAndThen() {
    int[] days = new int[3];
    for (int day = 0; day < 10_000; day++) {
      long noon = day * Cycles.DAY + Cycles.DAY / 2;
      for (long time = noon; time < noon + Cycles.HOUR; time += 5 * Cycles.MINUTE) {
        long sampled = Faults.sampledAt(5, 0, time);
        days[sampled == time ? 0 : sampled == Faults.FAILED ? 2 : 1]++;
        if (sampled != time && sampled != Faults.FAILED) {
          assertThat(sampled).isBetween(time - 3 * Cycles.HOUR, time);
          assertThat(Faults.sampledAt(5, 0, sampled)).isEqualTo(sampled);
        }
      }
    }
    int all = days[0] + days[1] + days[2];
    assertThat(days[1] / (double) all).as("stuck").isBetween(0.0015, 0.006);
    assertThat(days[2] / (double) all).as("failed").isBetween(0.001, 0.004);
  }

  @Test
  void aStuckProbeRepeatsItselfAndAFailedOneIsLeftOut() {
    Set<Set<String>> shapes = new HashSet<>();
    int repeats = 0;
    Instrument chain = DeviceClass.COLD_CHAIN.instrument(3, 0);
    Value last = null;
    int same = 0;
    for (int i = 0; i < 60_000; i++) {
      Reading reading = chain.at(0, START + i * 5L * Cycles.MINUTE);
      shapes.add(reading.values().keySet());
      Value now = reading.values().get("temperature");
      same = now != null && now.equals(last) ? same + 1 : 0;
      repeats += same == 4 ? 1 : 0;
      last = now;
    }
    assertThat(shapes)
        .containsExactlyInAnyOrder(
            Set.of("temperature", "humidity", "door_open"), Set.of("door_open"));
    assertThat(repeats).as("stuck in 208 days").isBetween(3, 25);
  }

  @Test
  void coldChainWarmsAndDampensWhenItsDoorIsOpen() {
    double dampest = 0;
    double open = 0;
    double closed = 0;
    int opened = 0;
    int all = 0;
    for (int i = 0; i < 20_000; i++) {
      Reading reading =
          DeviceClass.COLD_CHAIN.instrument(3, i % 20).at(0, START + i * 47L * SECOND);
      if (reading.values().containsKey("temperature")) {
        boolean isOpen = flag(reading, "door_open");
        open += isOpen ? number(reading, "temperature") : 0;
        closed += isOpen ? 0 : number(reading, "temperature");
        dampest = Math.max(dampest, number(reading, "humidity"));
        opened += isOpen ? 1 : 0;
        all++;
      }
    }
    assertThat(dampest).as("saturated").isEqualTo(100);
    assertThat(opened).isBetween(all / 100, all / 20);
    assertThat(open / opened).isGreaterThan(closed / (all - opened) + 1);
  }

  @Test
  void aMachineStandsByNightAndWearsByWeeks() {
    Instrument machine = DeviceClass.VIBRATION.instrument(3, 0);
    long monday = START + 4 * Cycles.DAY;
    List<Double> noons = new ArrayList<>();
    for (int week = 0; week < 20; week++) {
      long day = monday + week * Cycles.WEEK;
      Reading night = machine.at(0, day + 2 * Cycles.HOUR);
      Reading noon = machine.at(0, day + 12 * Cycles.HOUR);
      Reading sunday = machine.at(0, day + 6 * Cycles.DAY + 12 * Cycles.HOUR);
      assertThat(flag(night, "running")).isFalse();
      assertThat(flag(noon, "running")).isTrue();
      assertThat(flag(sunday, "running")).isFalse();
      if (night.values().containsKey("velocity_rms") && noon.values().containsKey("velocity_rms")) {
        assertThat(number(night, "velocity_rms")).isLessThan(0.02);
        noons.add(number(noon, "velocity_rms"));
      }
      if (noon.values().containsKey("bearing_temperature")) {
        assertThat(number(noon, "bearing_temperature"))
            .isGreaterThan(number(sunday, "bearing_temperature") + 10);
      }
    }
    assertThat(noons).hasSizeGreaterThan(15);
    long rising =
        IntStream.range(1, noons.size()).filter(i -> noons.get(i) > noons.get(i - 1)).count();
    assertThat(rising).as("weeks of rising wear").isGreaterThan(noons.size() * 6L / 10);
    assertThat(noons.stream().mapToDouble(d -> d).max().orElse(0)).isGreaterThan(4.5);
    assertThat(noons.stream().mapToDouble(d -> d).min().orElse(0)).isLessThan(2.5);
  }

  @Test
  void theCounterIsTheIntegralOfThePower() {
    for (int device = 0; device < 2; device++) {
      Instrument meter = DeviceClass.POWER_METER.instrument(3, device);
      double wattSeconds = 0;
      double last = number(meter.at(0, START), "energy");
      double first = last;
      for (int i = 0; i < 7_200; i++) {
        Reading reading = meter.at(i, START + i * SECOND + SECOND / 2);
        wattSeconds += number(reading, "active_power");
        double counter = number(meter.at(i, START + (i + 1) * SECOND), "energy");
        assertThat(counter).isGreaterThanOrEqualTo(last);
        last = counter;
        double phases = 0;
        for (int phase = 1; phase <= 3; phase++) {
          double apparent =
              number(reading, "voltage_l" + phase) * number(reading, "current_l" + phase);
          double watts = number(reading, "active_power_l" + phase);
          assertThat(apparent * number(reading, "power_factor_l" + phase))
              .isCloseTo(watts, within(0.01 * watts));
          phases += watts;
        }
        assertThat(phases).isCloseTo(number(reading, "active_power"), within(0.2));
      }
      // Two hours; a counter's step is 0.001 kWh, scatter averages out.
      assertThat(last - first).isCloseTo(wattSeconds / 3_600_000, within(0.002));
    }
    double year =
        number(DeviceClass.POWER_METER.instrument(3, 0).at(0, START + Cycles.YEAR), "energy");
    double before = number(DeviceClass.POWER_METER.instrument(3, 0).at(0, START), "energy");
    assertThat(year - before).isBetween(8_766 * 0.5, 8_766 * 9.0);
  }

  @Test
  void aRoundIsClosedAndSpeedIsTheChangeOfPlace() {
    Instrument tracker = DeviceClass.GPS_TRACKER.instrument(3, 1);
    double farthest = 0;
    int moving = 0;
    Reading depot = tracker.at(0, START + 3 * Cycles.HOUR);
    for (long time = START; time < START + Cycles.DAY; time += 30 * SECOND) {
      Reading here = tracker.at(0, time);
      Reading next = tracker.at(0, time + 10 * SECOND);
      double metres = metres(here, next);
      farthest = Math.max(farthest, metres(depot, here));
      moving += flag(here, "moving") ? 1 : 0;
      double speed = (number(here, "speed") + number(next, "speed")) / 2;
      // Two positions that wander by up to 9 m in two minutes, each.
      assertThat(metres / 10).as("at " + (time - START) / SECOND).isCloseTo(speed, within(1.6));
      if (flag(here, "moving") && metres > 60) {
        double bearing = bearing(here, next);
        double off =
            Math.abs(Math.floorMod((long) (bearing - number(here, "heading")) + 180, 360L) - 180);
        assertThat(off).as("heading").isLessThan(30);
      }
    }
    assertThat(moving).isBetween(700, 2_000);
    assertThat(farthest).isBetween(3_000.0, 40_000.0);
    assertThat(metres(depot, tracker.at(0, START + 23 * Cycles.HOUR))).isLessThan(10);
  }

  @Test
  void theDeeperTheLaterAndTheLess() {
    Instrument probe = DeviceClass.SOIL_PROBE.instrument(3, 0);
    double[] swing = new double[3];
    double[] warmest = new double[3];
    double[] wetting = new double[3];
    for (int level = 0; level < 3; level++) {
      double[] byHour = new double[24];
      List<Double> moisture = new ArrayList<>();
      for (int i = 0; i < 24 * 360; i++) {
        Reading reading = probe.at(level, START + i * Cycles.HOUR);
        if (reading.values().containsKey("temperature")) {
          byHour[i % 24] += number(reading, "temperature") / 360;
        }
        moisture.add(number(reading, "moisture"));
      }
      int best = IntStream.range(0, 24).reduce(0, (a, b) -> byHour[b] > byHour[a] ? b : a);
      warmest[level] = best;
      swing[level] = byHour[best] - Arrays.stream(byHour).min().orElse(0);
      wetting[level] =
          IntStream.range(12, moisture.size())
              .mapToDouble(i -> moisture.get(i) - moisture.get(i - 12))
              .max()
              .orElse(0);
      long falls =
          IntStream.range(24, moisture.size())
              .filter(i -> moisture.get(i) <= moisture.get(i - 24) + 0.002)
              .count();
      assertThat(falls).as("most of the time it dries").isGreaterThan(moisture.size() * 6L / 10);
    }
    assertThat(swing[0]).isGreaterThan(2 * swing[1]).isBetween(2.0, 12.0);
    assertThat(swing[1]).isGreaterThan(2 * swing[2]);
    assertThat((warmest[1] - warmest[0] + 24) % 24).as("hours later").isBetween(5.0, 8.0);
    assertThat(wetting[0]).isGreaterThan(wetting[1]).isGreaterThan(0.04);
    assertThat(wetting[1]).isGreaterThan(wetting[2]);
  }

  @Test
  void aBatteryRunsDownAndIsChanged() {
    Instrument chain = DeviceClass.COLD_CHAIN.instrument(3, 0);
    ToDoubleFunction<Long> charge = day -> number(chain.at(7, START + day * Cycles.DAY), "charge");
    long changes =
        LongStream.range(1, 900)
            .filter(d -> charge.applyAsDouble(d) > charge.applyAsDouble(d - 1))
            .count();
    assertThat(changes).as("in 900 days, one lasts 90").isBetween(9L, 10L);
  }

  private interface Moment {
    void at(int device, long number, long time);
  }

  /** Seeded, so that what fails fails again; spread over three years. */
  private static void moments(Moment moment) {
    for (int i = 0; i < MOMENTS; i++) {
      long second = Math.floorMod(Chance.mix(11, i, 0), 3 * Cycles.YEAR / SECOND);
      moment.at(i % DEVICES, i, START + second * SECOND);
    }
  }

  private static void numbers(Reading reading, Check check) {
    reading
        .values()
        .forEach(
            (name, value) -> {
              if (value instanceof Value.Num number) {
                String metric = reading.kind() + "." + name;
                check.value(metric, number.value(), metric + " at " + reading.timeNanos());
              }
            });
  }

  private static double metres(Reading a, Reading b) {
    return Math.hypot(north(a, b), east(a, b));
  }

  private static double bearing(Reading a, Reading b) {
    return Math.toDegrees(Math.atan2(east(a, b), north(a, b)));
  }

  private static double north(Reading a, Reading b) {
    return (number(b, "latitude") - number(a, "latitude")) * 111_320;
  }

  private static double east(Reading a, Reading b) {
    return (number(b, "longitude") - number(a, "longitude"))
        * 111_320
        * Math.cos(Math.toRadians(number(a, "latitude")));
  }

  private static double number(Reading reading, String metric) {
    return ((Value.Num) reading.values().get(metric)).value();
  }

  private static boolean flag(Reading reading, String metric) {
    return ((Value.Flag) reading.values().get(metric)).value();
  }
}
