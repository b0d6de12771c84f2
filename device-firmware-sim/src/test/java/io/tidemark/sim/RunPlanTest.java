package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.RunPlan.Flags;
import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.payload.Payloads;
import io.tidemark.sim.relay.FaultSyntax;
import io.tidemark.sim.scenario.Scenario;
import io.tidemark.sim.scenario.Scenarios;
import io.tidemark.sim.source.DeviceClass;
import io.tidemark.sim.source.DeviceFault;
import io.tidemark.sim.source.DeviceGroup;
import io.tidemark.sim.source.SimulationPlan;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Which of flags, scenario and record has its way. */
@NullUnmarked
class RunPlanTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Payload JSON = Payloads.of("json").orElseThrow();
  private static final Flags NONE =
      new Flags(null, null, null, null, null, null, null, null, null, List.of());
  private static final Flags ALL =
      new Flags(
          12,
          5.0,
          9L,
          START,
          "x.",
          Duration.ofSeconds(3),
          4,
          Duration.ofMillis(700),
          JSON,
          List.of());

  @Test
  void withoutAScenarioItIsWeatherStationsAndTheRecordIsAsEver() {
    RunPlan plan = new RunPlan(null, ALL, false);
    assertThat(plan.settings())
        .isEqualTo(
            Map.of(
                "plan", "weather",
                "seed", "9",
                "start", "2026-01-01T00:00:00Z",
                "rate", "5.0",
                "devices", "12",
                "prefix", "x.",
                "payload", "json"));
    assertThat(plan.simulation(plan.settings()).groups())
        .containsExactly(
            new DeviceGroup(
                DeviceClass.WEATHER_STATION, 12, "x.", 5, 4, Duration.ofMillis(700), JSON));
    assertThat(new RunPlan(null, NONE, true).settings())
        .isEqualTo(
            Map.of(
                "plan",
                "weather",
                "seed",
                "*",
                "start",
                "*",
                "rate",
                "*",
                "devices",
                "*",
                "prefix",
                "*",
                "payload",
                "*",
                "device-faults",
                "*"));
    assertThat(plan.simulation(plan.settings()).staggered()).isFalse();
    RunPlan defaults = new RunPlan(null, NONE, false);
    assertThat(defaults.simulation(defaults.settings()).groups())
        .containsExactly(
            new DeviceGroup(DeviceClass.WEATHER_STATION, 20, "sim-", 1, 10, Duration.ofSeconds(2)));
    assertThat(defaults.length()).isNull();
    assertThat(defaults.connectsPerSecond()).isEqualTo(1_000);
  }

  @Test
  void aScenarioDecidesWhatFlagsDoNot() throws Exception {
    Scenario smoke = Scenarios.find("smoke");
    RunPlan plan = new RunPlan(smoke, NONE, false);
    assertThat(plan.length()).isEqualTo(Duration.ofSeconds(30));
    assertThat(plan.seedOrZero()).isEqualTo(1);
    assertThat(plan.connectsPerSecond()).isEqualTo(18);
    assertThat(plan.simulation(plan.settings()).groups()).isEqualTo(smoke.groups());
    assertThat(plan.settings())
        .containsEntry("plan", "scenario")
        .containsEntry("groups", "6")
        .containsEntry("group.1.class", "cold-chain")
        .containsEntry("group.1.count", "3")
        .containsEntry("group.1.prefix", "cold-")
        .containsEntry("group.1.rate", "2.0")
        .containsEntry("group.1.payload", "batch")
        .hasSize(4 + 6 * 5);
  }

  @Test
  void flagsComeBeforeTheScenario() throws Exception {
    RunPlan plan = new RunPlan(Scenarios.find("smoke"), ALL, false);
    assertThat(plan.length()).isEqualTo(Duration.ofSeconds(3));
    SimulationPlan simulation = plan.simulation(plan.settings());
    assertThat(simulation.seed()).isEqualTo(9);
    assertThat(simulation.startNanos()).isEqualTo(START.getEpochSecond() * 1_000_000_000L);
    assertThat(simulation.groups())
        .hasSize(6)
        .contains(
            new DeviceGroup(
                DeviceClass.SOIL_PROBE, 2, "x.soil-", 5, 4, Duration.ofMillis(700), JSON));
    assertThat(simulation.devices()).isEqualTo(12);
    assertThat(simulation.staggered()).isTrue();
  }

  @Test
  void withARecordWhatNobodyAsksForIsTakenFromIt() throws Exception {
    Scenario open =
        new Scenario(
            "open",
            "",
            null,
            null,
            null,
            Duration.ZERO,
            Scenarios.find("smoke").groups(),
            List.of(FaultSyntax.parse("cut for 1s")),
            List.of(DeviceFault.parse("stampede at 1m"), DeviceFault.parse("new-card at 2m")),
            List.of());
    RunPlan plan = new RunPlan(open, NONE, true);
    assertThat(plan.settings()).containsEntry("seed", "*").containsEntry("start", "*");
    assertThat(plan.seedOrZero()).isZero();
    assertThat(plan.connectsPerSecond()).isInfinite();
    assertThat(plan.linkFaults()).isEqualTo(open.linkFaults());
    assertThat(new RunPlan(null, NONE, true).linkFaults()).isEmpty();
    assertThat(plan.settings()).containsEntry("device-faults", "stampede at 1m; new-card at 2m");
    assertThat(plan.simulation(Map.of("seed", "7", "start", START.toString())).faults()).isEmpty();
    List<DeviceFault> other = List.of(DeviceFault.parse("repeat 1%"));
    RunPlan flagged =
        new RunPlan(
            open, new Flags(null, null, 7L, START, null, null, null, null, null, other), true);
    assertThat(flagged.settings()).containsEntry("device-faults", "repeat 1%");
    assertThat(flagged.simulation(flagged.settings()).faults()).isEqualTo(other);
    Map<String, String> recorded = new HashMap<>(plan.settings());
    recorded.put("seed", "77");
    recorded.put("start", START.toString());
    assertThat(plan.simulation(recorded).seed()).isEqualTo(77);
    assertThat(new RunPlan(open, ALL, true).settings()).containsEntry("seed", "9");
  }
}
