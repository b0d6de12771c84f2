package io.tidemark.sim.scenario;

import io.tidemark.sim.relay.FaultPattern;
import io.tidemark.sim.rogue.RogueGroup;
import io.tidemark.sim.source.DeviceFault;
import io.tidemark.sim.source.DeviceGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run is to be like.
 *
 * @param name what it is called
 * @param description what it shows; may be empty
 * @param seed decides what is produced; null is a random one
 * @param start time of the first readings; null is now
 * @param length how long readings are produced; null is until stopped
 * @param rampUp how long it takes until all devices have begun to connect; null is as fast as flags
 *     say
 * @param groups at least one
 * @param linkFaults what goes wrong between devices and gateways
 * @param deviceFaults what goes wrong with the devices
 * @param rogues misbehaving devices beside them; may be empty
 */
public record Scenario(
    String name,
    String description,
    @Nullable Long seed,
    @Nullable Instant start,
    @Nullable Duration length,
    @Nullable Duration rampUp,
    List<DeviceGroup> groups,
    List<FaultPattern> linkFaults,
    List<DeviceFault> deviceFaults,
    List<RogueGroup> rogues) {
  /** Copies the lists. */
  public Scenario {
    groups = List.copyOf(groups);
    linkFaults = List.copyOf(linkFaults);
    deviceFaults = List.copyOf(deviceFaults);
    rogues = List.copyOf(rogues);
  }

  /** These devices, of which nothing else is said. */
  public static Scenario of(String name, List<DeviceGroup> groups) {
    return new Scenario(name, "", null, null, null, null, groups, List.of(), List.of(), List.of());
  }

  /** How many devices it has. */
  public int devices() {
    return groups.stream().mapToInt(DeviceGroup::count).sum();
  }

  /** Readings per second of all devices together. */
  public double rate() {
    return groups.stream().mapToDouble(group -> group.count() * group.rate()).sum();
  }

  /**
   * The same with {@code total} devices, of which each group has the same share as before, and at
   * least one.
   *
   * @throws IllegalArgumentException if there are fewer devices than groups
   */
  public Scenario ofDevices(int total) {
    if (total < groups.size() || total > DeviceGroup.DEVICES_MAX) {
      throw new IllegalArgumentException(
          "--devices must be %d (one for each group of %s) to %d, but is %d"
              .formatted(groups.size(), name, DeviceGroup.DEVICES_MAX, total));
    }
    List<DeviceGroup> scaled = new ArrayList<>();
    long devices = devices();
    long passed = 0;
    int given = 0;
    for (DeviceGroup group : groups) {
      passed += group.count();
      int left = groups.size() - scaled.size() - 1;
      int upTo = (int) (passed * total / devices);
      int count = Math.min(Math.max(1, upTo - given), total - given - left);
      given += count;
      scaled.add(group.withCount(count));
    }
    return withGroups(scaled);
  }

  /** The same with other devices. */
  public Scenario withGroups(List<DeviceGroup> others) {
    return new Scenario(
        name, description, seed, start, length, rampUp, others, linkFaults, deviceFaults, rogues);
  }
}
