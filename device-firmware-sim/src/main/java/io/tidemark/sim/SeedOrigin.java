package io.tidemark.sim;

import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.payload.Payloads;
import io.tidemark.sim.scenario.Scenario;
import io.tidemark.sim.source.DeviceClass;
import io.tidemark.sim.source.DeviceGroup;
import io.tidemark.sim.source.Regenerator;
import io.tidemark.sim.source.SimulationPlan;
import io.tidemark.sim.verify.Origin;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The readings of a run are what its seed gives; its record's settings are enough to make them
 * again (how they were batched is not among those). Those of a replay are in its files.
 */
final class SeedOrigin implements Origin {
  private static final RunPlan.Flags NONE =
      new RunPlan.Flags(null, null, null, null, null, null, null, null, null, List.of());

  @Override
  public Origin.@Nullable Readings readings(Map<String, String> settings) {
    try {
      return switch (settings.getOrDefault("plan", "")) {
        case "weather" -> of(new RunPlan(null, NONE, true).simulation(settings));
        case "scenario" -> of(new RunPlan(scenario(settings), NONE, true).simulation(settings));
        default -> null;
      };
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static Origin.Readings of(SimulationPlan plan) {
    return new Regenerator(plan)::reading;
  }

  private static Scenario scenario(Map<String, String> settings) {
    List<DeviceGroup> groups = new ArrayList<>();
    int count = Integer.parseInt(RunPlan.setting(settings, "groups"));
    for (int i = 0; i < count; i++) {
      String group = "group." + i + ".";
      String id = RunPlan.setting(settings, group + "class");
      DeviceClass deviceClass =
          DeviceClass.of(id)
              .orElseThrow(() -> new IllegalArgumentException("no class of devices is " + id));
      groups.add(
          new DeviceGroup(
              deviceClass,
              Integer.parseInt(RunPlan.setting(settings, group + "count")),
              RunPlan.setting(settings, group + "prefix"),
              Double.parseDouble(RunPlan.setting(settings, group + "rate")),
              1, // how they were batched is not known, nor does it matter
              Duration.ZERO,
              payload(RunPlan.setting(settings, group + "payload"))));
    }
    return Scenario.of("recorded", groups);
  }

  private static Payload payload(String id) {
    return Payloads.of(id)
        .orElseThrow(() -> new IllegalArgumentException("no payload of devices is " + id));
  }
}
