package io.tidemark.sim;

import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.payload.Payloads;
import io.tidemark.sim.relay.FaultPattern;
import io.tidemark.sim.rogue.RogueGroup;
import io.tidemark.sim.scenario.Scenario;
import io.tidemark.sim.source.DeviceClass;
import io.tidemark.sim.source.DeviceFault;
import io.tidemark.sim.source.DeviceGroup;
import io.tidemark.sim.source.SimulationPlan;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a run is to produce, put together from flags, a scenario and what the record says: flags
 * come before the scenario, and where there is a record, what neither asks for is as it was.
 *
 * <p>What decides values is in {@link #settings}, and has to be the same for the same record:
 *
 * <pre>
 * a scenario   plan=scenario seed start groups group.I.(class count prefix rate payload)
 * none         plan=weather  seed start devices prefix rate payload
 * either       device-faults, if there are any: their texts, with "; " between them
 * </pre>
 */
final class RunPlan {
  static final int DEVICES = 20;
  static final double RATE = 1;
  static final String PREFIX = "sim-";

  /** When readings begin whose times do not pass as the clock's do. */
  static final Instant CLOSED_LOOP_START = Instant.parse("2001-01-01T00:00:00Z");

  private static final String AS_IT_WAS = "*";
  private static final String FAULTS = "device-faults";

  /** What flags ask for; null where they do not. */
  record Flags(
      @Nullable Integer devices,
      @Nullable Double rate,
      @Nullable Long seed,
      @Nullable Instant start,
      @Nullable String prefix,
      @Nullable Duration length,
      @Nullable Integer batchSize,
      @Nullable Duration batchInterval,
      @Nullable Payload payload,
      List<DeviceFault> deviceFaults) {}

  private final @Nullable Scenario scenario;
  private final Flags flags;
  private final Map<String, String> settings = new TreeMap<>();

  /**
   * @param resuming true if there is a record
   * @throws IllegalArgumentException if something is out of its range
   */
  RunPlan(@Nullable Scenario scenario, Flags flags, boolean resuming) {
    this.scenario = scenario == null ? null : withFlags(scenario, flags);
    this.flags = flags;
    Long seed = flags.seed() != null || scenario == null ? flags.seed() : scenario.seed();
    Instant start = flags.start() != null || scenario == null ? flags.start() : scenario.start();
    put("seed", seed, resuming, new SecureRandom().nextLong() >>> 33);
    put("start", start, resuming, Instant.now().truncatedTo(ChronoUnit.MILLIS));
    List<DeviceFault> faults =
        flags.deviceFaults().isEmpty() && scenario != null
            ? scenario.deviceFaults()
            : flags.deviceFaults();
    if (faults.size() > DeviceFault.MAX) {
      throw new IllegalArgumentException(
          "there can be %d device faults, but are %d".formatted(DeviceFault.MAX, faults.size()));
    }
    if (!faults.isEmpty()) {
      settings.put(FAULTS, DeviceFault.join(faults));
    } else if (scenario == null && resuming) {
      settings.put(FAULTS, AS_IT_WAS);
    }
    if (this.scenario == null) {
      settings.put("plan", "weather");
      put("rate", flags.rate(), resuming, RATE);
      put("devices", flags.devices(), resuming, DEVICES);
      put("prefix", flags.prefix(), resuming, PREFIX);
      Payload payload = flags.payload();
      put("payload", payload == null ? null : payload.id(), resuming, Payloads.BATCH.id());
    } else {
      settings.put("plan", "scenario");
      List<DeviceGroup> groups = this.scenario.groups();
      settings.put("groups", Integer.toString(groups.size()));
      for (int i = 0; i < groups.size(); i++) {
        DeviceGroup group = groups.get(i);
        settings.put("group." + i + ".class", group.deviceClass().id());
        settings.put("group." + i + ".count", Integer.toString(group.count()));
        settings.put("group." + i + ".prefix", group.prefix());
        settings.put("group." + i + ".rate", Double.toString(group.rate()));
        settings.put("group." + i + ".payload", group.payload().id());
      }
    }
  }

  /** What the record must have been made with, or is made with. */
  Map<String, String> settings() {
    return settings;
  }

  /** How long readings are produced; null is until stopped. */
  @Nullable Duration length() {
    return flags.length() != null || scenario == null ? flags.length() : scenario.length();
  }

  /** Misbehaving devices: the scenario's, unless flags ask for some. */
  RoguePlan rogues(List<RogueGroup> asked) {
    return new RoguePlan(
        asked.isEmpty() && scenario != null ? scenario.rogues() : asked,
        Objects.requireNonNullElse(flags.prefix(), ""));
  }

  /** The seed if it is known before the record is; else 0. */
  long seedOrZero() {
    String seed = settings.getOrDefault("seed", AS_IT_WAS);
    return seed.equals(AS_IT_WAS) ? 0 : Long.parseLong(seed);
  }

  /** What goes wrong between devices and gateways if no flag says so. */
  List<FaultPattern> linkFaults() {
    return scenario == null ? List.of() : scenario.linkFaults();
  }

  /** How fast devices connect, so that all have begun to when the scenario's ramp-up is over. */
  double connectsPerSecond() {
    Duration rampUp = scenario == null ? null : scenario.rampUp();
    return scenario == null || rampUp == null
        ? GatewayOptions.CONNECTS_PER_SECOND
        : scenario.devices() / (rampUp.toMillis() / 1_000.0); // infinite for 0s
  }

  /**
   * What is simulated, once the record has its say.
   *
   * @param recorded settings without anything left open
   */
  SimulationPlan simulation(Map<String, String> recorded) {
    Instant begin = Instant.parse(setting(recorded, "start"));
    return new SimulationPlan(
        Long.parseLong(setting(recorded, "seed")),
        Math.addExact(
            Math.multiplyExact(begin.getEpochSecond(), 1_000_000_000L), (long) begin.getNano()),
        scenario == null ? List.of(stations(recorded)) : scenario.groups(),
        scenario != null,
        length(),
        DeviceFault.parseAll(recorded.getOrDefault(FAULTS, "")));
  }

  private DeviceGroup stations(Map<String, String> recorded) {
    DeviceClass stations = DeviceClass.WEATHER_STATION;
    return new DeviceGroup(
        stations,
        Integer.parseInt(setting(recorded, "devices")),
        setting(recorded, "prefix"),
        Double.parseDouble(setting(recorded, "rate")),
        flags.batchSize() == null ? stations.batchReadings() : flags.batchSize(),
        flags.batchInterval() == null ? stations.batchInterval() : flags.batchInterval(),
        Payloads.ofDevices(recorded).apply(""));
  }

  private static Scenario withFlags(Scenario given, Flags flags) {
    Scenario scaled = flags.devices() == null ? given : given.ofDevices(flags.devices());
    List<DeviceGroup> groups =
        scaled.groups().stream()
            .map(
                group ->
                    new DeviceGroup(
                        group.deviceClass(),
                        group.count(),
                        flags.prefix() == null ? group.prefix() : flags.prefix() + group.prefix(),
                        flags.rate() == null ? group.rate() : flags.rate(),
                        flags.batchSize() == null ? group.batchReadings() : flags.batchSize(),
                        flags.batchInterval() == null
                            ? group.batchInterval()
                            : flags.batchInterval(),
                        flags.payload() == null ? group.payload() : flags.payload()))
            .toList();
    return given.withGroups(groups);
  }

  private void put(String name, @Nullable Object asked, boolean resuming, Object otherwise) {
    settings.put(
        name, asked != null ? asked.toString() : resuming ? AS_IT_WAS : otherwise.toString());
  }

  /** What a record says under that name; it has to say something. */
  static String setting(Map<String, String> settings, String name) {
    String value = settings.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the record's plan says nothing of " + name);
    }
    return value;
  }
}
