package io.tidemark.sim.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.sim.payload.Payloads;
import io.tidemark.wire.Reading;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a fleet with faults produces: which readings, in which epochs, with which times. */
@NullUnmarked
class LifeTest {
  private static final long START = 1_767_225_600_000_000_000L; // 2026-01-01
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path folder;

  /** What came of one device: by epoch, and what befell it. */
  private static final class Told {
    final List<List<Reading>> epochs = new ArrayList<>(List.of(new ArrayList<>()));
    final List<String> events = new ArrayList<>();
    final List<Integer> batches = new ArrayList<>();
  }

  /** Hears everything. */
  private static final class Ear implements Sink {
    final List<Told> devices = new ArrayList<>();

    Ear(int count) {
      for (int i = 0; i < count; i++) {
        devices.add(new Told());
      }
    }

    @Override
    public void batch(int device, List<Reading> readings) {
      Told told = devices.get(device);
      told.epochs.get(told.epochs.size() - 1).addAll(readings);
      told.batches.add(readings.size());
      told.events.add("batch");
    }

    @Override
    public void repeatNext(int device) {
      devices.get(device).events.add("repeat");
    }

    @Override
    public void holdNext(int device) {
      devices.get(device).events.add("hold");
    }

    @Override
    public void newEpoch(int device) {
      devices.get(device).epochs.add(new ArrayList<>());
      devices.get(device).events.add("epoch");
    }

    @Override
    public void struck(int device, String effect) {
      devices.get(device).events.add(effect);
    }

    @Override
    public void power(int device, boolean on) {
      devices.get(device).events.add(on ? "on" : "off");
    }

    @Override
    public void reconnect(int device) {
      devices.get(device).events.add("reconnect");
    }
  }

  @Test
  void withoutPowerNothingIsMeasuredAndNumbersGoOn() throws Exception {
    Told told = produce(1, "reboot for 10s at 22s").get(0);
    List<Long> times = times(told.epochs.get(0));
    assertThat(told.epochs).hasSize(1);
    assertThat(times).hasSize(50 * 2);
    assertThat(times).noneMatch(t -> t >= 22 * SECOND && t < 32 * SECOND);
    assertThat(told.events).containsSubsequence("batch", "reboot", "off", "on", "batch");
    // What was measured before is in the journal when power goes: a batch was open then.
    List<String> before = told.events.subList(0, told.events.indexOf("off"));
    int batches = Collections.frequency(before, "batch");
    assertThat(told.batches.subList(0, batches)).endsWith(4);
    assertThat(told.batches.subList(0, batches)).hasSize(5);
  }

  @Test
  void aBrownOutIsManyOutages() throws Exception {
    Told told = produce(1, "brown-out for 20s at 20s").get(0);
    assertThat(told.events.stream().filter("off"::equals)).hasSize(5);
    assertThat(told.events.stream().filter("on"::equals)).hasSize(5);
    assertThat(told.events.stream().filter("brown-out"::equals)).hasSize(1);
    assertThat(told.events).doesNotContain("outage");
    assertThat(times(told.epochs.get(0))).hasSizeBetween(108, 112);
  }

  @Test
  void aNewCardBeginsAnEpochWithNumberZero() throws Exception {
    SimulationPlan plan = plan(1, "new-card at 20s");
    Told told = produce(plan).get(0);
    assertThat(told.epochs).hasSize(2);
    assertThat(told.epochs.get(0)).hasSize(40);
    assertThat(told.epochs.get(1)).hasSize(80);
    assertThat(told.epochs.get(1).get(0)).isEqualTo(Simulation.reading(plan, 0, 1, 0));
    assertThat(told.events).contains("new-card").containsSubsequence("batch", "epoch", "batch");
  }

  @Test
  void aClockSetBackByMoreThanAMinuteBeginsAnEpochAndByLessTimesGoOn() throws Exception {
    Told far = produce(1, "clock behind 61s at 20s").get(0);
    assertThat(far.epochs).hasSize(2);
    assertThat(far.epochs.get(1).get(0).timeNanos() - START).isBetween(-41 * SECOND, -40 * SECOND);

    Told near = produce(1, "clock behind 5s at 20s for 10s").get(0);
    assertThat(near.epochs).hasSize(1);
    List<Long> times = times(near.epochs.get(0));
    assertThat(times.get(40)).isEqualTo(times.get(39) + 1);
    assertThat(times.get(49)).isEqualTo(times.get(39) + 10);
    assertThat(times.get(50)).isBetween(20 * SECOND, 21 * SECOND);
    assertThat(times.get(60)).isBetween(30 * SECOND, 31 * SECOND);
    // The values are those of the true time.
    Reading free = Simulation.reading(plan(1), 0, 0, 45);
    assertThat(near.epochs.get(0).get(45).values()).isEqualTo(free.values());
  }

  @Test
  void aClockThatIsAheadComesBackIntoANewEpoch() throws Exception {
    Told told = produce(1, "clock ahead 1h at 20s for 10s").get(0);
    assertThat(told.epochs).extracting(List::size).containsExactly(60, 60);
    assertThat(times(told.epochs.get(0)).get(59)).isGreaterThan(3_600 * SECOND);
    assertThat(times(told.epochs.get(1)).get(0)).isBetween(30 * SECOND, 31 * SECOND);
  }

  @Test
  void aClockWithoutBatteryBeginsAt1970() throws Exception {
    Told told = produce(1, "clock 1970 for 10s at 20s").get(0);
    assertThat(told.epochs).extracting(List::size).containsExactly(40, 80);
    List<Reading> second = told.epochs.get(1);
    assertThat(second.get(0).timeNanos()).isBetween(0L, SECOND);
    assertThat(second.get(19).timeNanos()).isBetween(9 * SECOND, 10 * SECOND);
    assertThat(second.get(20).timeNanos() - START).isBetween(30 * SECOND, 31 * SECOND);
  }

  @Test
  void aClockDriftsFromWhenItBegins() throws Exception {
    Told told = produce(1, "clock drift 1000ppm at 20s").get(0);
    List<Long> drifted = times(told.epochs.get(0));
    List<Long> right = times(produce(1).get(0).epochs.get(0));
    assertThat(drifted.get(39)).isEqualTo(right.get(39));
    assertThat(drifted.get(119) - right.get(119)).isBetween(39_000_000L, 40_000_000L);
  }

  @Test
  void stampedesStrikeAllAtOnceAndChangeNoReading() throws Exception {
    List<Told> told = produce(4, "stampede at 20s on 100%");
    assertThat(told).allMatch(t -> t.events.contains("reconnect"));
    assertThat(told).extracting(t -> t.epochs).isEqualTo(epochs(produce(4)));
  }

  @Test
  void theShareOfBatchesIsRepeatedAndHeldBack() throws Exception {
    List<Told> told = produce(50, "repeat 25%", "reorder 50% at 20s for 20s");
    long batches = told.stream().mapToLong(t -> t.batches.size()).sum();
    long repeats = count(told, "repeat") - 50; // told of once each as they begin
    assertThat(repeats / (double) batches).isBetween(0.2, 0.3);
    assertThat(count(told, "hold") / (batches / 3.0)).isBetween(0.4, 0.6);
    assertThat(told).extracting(t -> t.epochs).isEqualTo(epochs(produce(50)));
    assertThat(produce(50, "repeat 25%", "reorder 50% at 20s for 20s").get(0).events)
        .isEqualTo(told.get(0).events);
  }

  @Test
  void whatIsInForceWhenItGoesOnIsToldFirst() throws Exception {
    SimulationPlan plan = plan(2, "reboot for 10s at 20s on 50%");
    Ear whole = new Ear(2);
    new Simulation(plan, Position.beginnings(2), null).produce(whole, nanos -> true);
    int on = whole.devices.get(0).events.contains("off") ? 1 : 0;
    assertThat(whole.devices.get(1 - on).events).contains("off");
    // The device with power has gone on to 25 s, when the process was killed.
    List<Position> next = new ArrayList<>(Position.beginnings(2));
    next.set(on, new Position(0, 50));
    next.set(1 - on, new Position(0, 40));
    Ear ear = new Ear(2);
    Simulation rest = new Simulation(plan, next, null);
    rest.begin(ear);
    assertThat(ear.devices.get(1 - on).events).containsExactly("off", "reboot");
    rest.produce(ear, nanos -> true);
    assertThat(ear.devices.get(1 - on).events.stream().filter("off"::equals)).hasSize(1);
    assertThat(ear.devices.get(1 - on).events).contains("on");
    List<Reading> all = whole.devices.get(1 - on).epochs.get(0);
    List<Reading> later = ear.devices.get(1 - on).epochs.get(0);
    assertThat(later.subList(0, 60)).isEqualTo(all.subList(40, 100));
  }

  @Test
  void whatThePlanNeverGivesIsRefused() {
    SimulationPlan plan = plan(1, "new-card at 20s");
    assertThatThrownBy(() -> Simulation.reading(plan, 0, 0, 40))
        .hasMessage("by the plan there is no reading 40 in epoch 1 of device 1");
    assertThatThrownBy(() -> Simulation.reading(plan, 0, 2, 0))
        .hasMessageContaining("no reading 0 in epoch 3 of device 1");
    assertThatThrownBy(() -> new Simulation(plan, List.of(new Position(3, 1)), null))
        .hasMessage("by the plan device 1 never gets to number 1 of its epoch 4");
  }

  @Test
  void theSameSeedGivesTheSameTraceWithFaultsOnEveryJava() throws Exception {
    SimulationPlan plan =
        plan(
            20,
            "reboot for 5s randomly every 20s on 50%",
            "brown-out for 8s at 40s on 30%",
            "new-card randomly every 30s on 40%",
            "clock ahead 90s for 7s randomly every 25s on 30%",
            "clock drift -200ppm on 20%",
            "clock 1970 for 4s at 10s on 10%");
    Path file = folder.resolve("trace");
    try (Trace trace = new Trace(file, plan.names())) {
      new Simulation(plan, Position.beginnings(20), trace)
          .produce((device, batch) -> {}, nanos -> true);
    }
    CRC32C crc = new CRC32C();
    crc.update(Files.readAllBytes(file));
    assertThat(Long.toHexString(crc.getValue())).isEqualTo("a249805a");
  }

  @Property(tries = 60)
  void anyFaultsLeaveTimesIncreasingAndEveryReadingAFunction(
      @ForAll("faults") List<String> faults,
      @ForAll long seed,
      @net.jqwik.api.constraints.DoubleRange(min = 0, max = 1) @ForAll double part)
      throws Exception {
    SimulationPlan plan = plan(3, faults.toArray(String[]::new));
    SimulationPlan seeded =
        new SimulationPlan(seed, START, plan.groups(), false, Duration.ofMinutes(3), plan.faults());
    List<Told> told = produce(seeded);
    List<Position> middles = new ArrayList<>();
    for (int device = 0; device < 3; device++) {
      List<List<Reading>> epochs = told.get(device).epochs;
      for (int epoch = 0; epoch < epochs.size(); epoch++) {
        Map<String, Long> last = new HashMap<>();
        List<Reading> readings = epochs.get(epoch);
        for (int n = 0; n < readings.size(); n++) {
          Reading reading = readings.get(n);
          Long before = last.put(reading.sensor(), reading.timeNanos());
          assertThat(before == null || before < reading.timeNanos()).isTrue();
          if (n % 7 == 0 || n == readings.size() - 1) {
            assertThat(Simulation.reading(seeded, device, epoch, n)).isEqualTo(reading);
          }
        }
      }
      int all = epochs.stream().mapToInt(List::size).sum();
      middles.add(position(epochs, (int) (part * all * (3 - device) / 3)));
    }
    Ear rest = new Ear(3);
    new Simulation(seeded, middles, null).produce(rest, nanos -> true);
    for (int device = 0; device < 3; device++) {
      assertGoesOn(told.get(device).epochs, middles.get(device), rest.devices.get(device).epochs);
    }
  }

  /** What came later is what the whole has from there on, as far as the whole goes. */
  private static void assertGoesOn(
      List<List<Reading>> whole, Position from, List<List<Reading>> later) {
    List<String> expected = new ArrayList<>();
    for (int epoch = from.epoch(); epoch < whole.size(); epoch++) {
      int first = epoch == from.epoch() ? (int) from.sequence() : 0;
      for (int n = first; n < whole.get(epoch).size(); n++) {
        expected.add(epoch + "/" + n + whole.get(epoch).get(n));
      }
    }
    List<String> found = new ArrayList<>();
    for (int i = 0; i < later.size(); i++) {
      int first = i == 0 ? (int) from.sequence() : 0;
      for (int n = 0; n < later.get(i).size(); n++) {
        found.add((from.epoch() + i) + "/" + (first + n) + later.get(i).get(n));
      }
    }
    assertThat(found.size()).isGreaterThanOrEqualTo(expected.size());
    assertThat(found.subList(0, expected.size())).isEqualTo(expected);
  }

  /** What is next when so many readings have been taken. */
  private static Position position(List<List<Reading>> epochs, int taken) {
    int left = taken;
    for (int epoch = 0; epoch < epochs.size() - 1; epoch++) {
      if (left <= epochs.get(epoch).size()) {
        return new Position(epoch, left);
      }
      left -= epochs.get(epoch).size();
    }
    return new Position(epochs.size() - 1, left);
  }

  @Provide
  Arbitrary<List<String>> faults() {
    Arbitrary<String> effect =
        Arbitraries.of(
            "reboot",
            "brown-out",
            "new-card",
            "clock ahead 3s",
            "clock ahead 70s",
            "clock behind 4s",
            "clock behind 2m",
            "clock drift 9000ppm",
            "clock drift -10000ppm",
            "clock 1970",
            "stampede",
            "repeat 30%",
            "reorder 30%");
    Arbitrary<Integer> seconds = Arbitraries.integers().between(4, 40);
    Arbitrary<String> when =
        Combinators.combine(seconds, seconds, seconds, Arbitraries.of("", "randomly "))
            .as(
                (at, length, more, how) ->
                    " at %ds for %ds %severy %ds".formatted(at, length, how, length + more));
    return Combinators.combine(effect, when, Arbitraries.of("", " on 50%"))
        .as(
            (what, times, which) ->
                what
                    + (what.equals("new-card") || what.equals("stampede")
                        ? times.replaceAll("for \\d+s ", "")
                        : times)
                    + which)
        .list()
        .ofMaxSize(5);
  }

  private static long count(List<Told> told, String event) {
    return told.stream().mapToLong(t -> t.events.stream().filter(event::equals).count()).sum();
  }

  private static List<List<List<Reading>>> epochs(List<Told> told) {
    return told.stream().map(t -> t.epochs).toList();
  }

  private static List<Long> times(List<Reading> readings) {
    return readings.stream().map(reading -> reading.timeNanos() - START).toList();
  }

  private static List<Told> produce(int devices, String... faults) throws Exception {
    return produce(plan(devices, faults));
  }

  private static List<Told> produce(SimulationPlan plan) throws Exception {
    Ear ear = new Ear(plan.devices());
    Simulation simulation = new Simulation(plan, Position.beginnings(plan.devices()), null);
    simulation.begin(ear);
    simulation.produce(ear, nanos -> true);
    return ear.devices;
  }

  @Test
  void howBatchesAreSentIsKnownAgainWhenItGoesOn() throws Exception {
    SimulationPlan plan = plan(1, "repeat 100%", "reorder 100% for 10s");
    Ear ear = new Ear(1);
    new Simulation(plan, List.of(new Position(0, 60)), null).produce(ear, nanos -> true);
    List<String> events = ear.devices.get(0).events;
    assertThat(Collections.frequency(events, "repeat"))
        .isEqualTo(Collections.frequency(events, "batch"))
        .isPositive();
    assertThat(events).doesNotContain("hold");
  }

  @Test
  void clocksStayRightWhereReadingsHaveNoNumber() throws Exception {
    SimulationPlan plan =
        senml(
            plan(
                1,
                "clock 1970 for 10s at 20s",
                "clock behind 5m for 5s at 40s",
                "new-card at 50s"));
    Told told = produce(plan).get(0);
    assertThat(told.epochs).extracting(List::size).containsExactly(100, 20);
    assertThat(told.epochs.get(0)).allMatch(reading -> reading.timeNanos() >= START);
    Reading last = told.epochs.get(0).get(99);
    assertThat(Simulation.reading(plan, 0, 0, 99)).isEqualTo(last);
  }

  @Test
  void whatIsSentDoesNotDecideWhomOtherFaultsStrike() throws Exception {
    SimulationPlan batches = plan(20, "clock ahead 5m", "reboot for 5s randomly every 20s on 50%");
    List<Told> told = produce(batches);
    List<Told> others = produce(senml(batches));
    for (int device = 0; device < 20; device++) {
      int readings = told.get(device).epochs.stream().mapToInt(List::size).sum();
      assertThat(others.get(device).epochs.get(0)).hasSize(readings);
    }
  }

  /** The same devices, which send SenML. */
  private static SimulationPlan senml(SimulationPlan plan) {
    DeviceGroup group = plan.groups().get(0);
    return new SimulationPlan(
        plan.seed(),
        plan.startNanos(),
        List.of(
            new DeviceGroup(
                group.deviceClass(),
                group.count(),
                group.prefix(),
                group.rate(),
                group.batchReadings(),
                group.batchInterval(),
                Payloads.of("senml").orElseThrow())),
        plan.staggered(),
        plan.length(),
        plan.faults());
  }

  /** Cold chain, two readings a second, for a minute. */
  private static SimulationPlan plan(int devices, String... faults) {
    DeviceGroup group =
        new DeviceGroup(DeviceClass.COLD_CHAIN, devices, "d-", 2, 10, Duration.ofMillis(4_700));
    return new SimulationPlan(
        7,
        START,
        List.of(group),
        false,
        Duration.ofMinutes(1),
        Stream.of(faults).map(DeviceFault::parse).toList());
  }
}
