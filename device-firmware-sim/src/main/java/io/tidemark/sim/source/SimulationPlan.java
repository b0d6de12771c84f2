package io.tidemark.sim.source;

import io.tidemark.sim.chance.Chance;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides what simulated devices produce.
 *
 * @param startNanos when, in nanoseconds since 1970 UTC, the readings begin
 * @param groups devices are numbered from 0 through all groups, in this order
 * @param staggered true if each device's first batch is closed after a part, of the device's own,
 *     of its size and interval, so that they do not all send in step. Which readings there are does
 *     not depend on it.
 * @param length how long readings are produced for; null is until stopped
 * @param faults what goes wrong with the devices
 */
public record SimulationPlan(
    long seed,
    long startNanos,
    List<DeviceGroup> groups,
    boolean staggered,
    @Nullable Duration length,
    List<DeviceFault> faults) {
  /**
   * Checks that the groups go together, and with the start.
   *
   * @throws IllegalArgumentException that says why they do not
   */
  public SimulationPlan {
    groups = List.copyOf(groups);
    faults = List.copyOf(faults);
    requireTogether(groups);
    for (DeviceGroup group : groups) {
      group.payload().requireTime(startNanos);
    }
  }

  /** A plan by which nothing goes wrong. */
  public SimulationPlan(
      long seed,
      long startNanos,
      List<DeviceGroup> groups,
      boolean staggered,
      @Nullable Duration length) {
    this(seed, startNanos, groups, staggered, length, List.of());
  }

  /** The same with devices with which this goes wrong. */
  public SimulationPlan withFaults(List<DeviceFault> others) {
    return new SimulationPlan(seed, startNanos, groups, staggered, length, others);
  }

  /**
   * Checks that there are 1 to 100,000 devices, and no two of one name.
   *
   * @throws IllegalArgumentException that says what is wrong
   */
  public static void requireTogether(List<DeviceGroup> groups) {
    long devices = groups.stream().mapToLong(DeviceGroup::count).sum();
    if (devices < 1 || devices > DeviceGroup.DEVICES_MAX) {
      throw new IllegalArgumentException(
          "there must be 1 to 100000 devices in all, but is " + devices);
    }
    Set<String> prefixes = new HashSet<>();
    for (DeviceGroup group : groups) {
      // What follows has five digits, or is 100000 and all there is: only like prefixes collide.
      if (!prefixes.add(group.prefix())) {
        throw new IllegalArgumentException(
            "two groups' devices would be called "
                + group.prefix()
                + "00001, ...; give each group its own prefix");
      }
    }
  }

  /** Which part of a batch the device's first one is: above 0, at most 1. */
  double firstBatchPart(int device) {
    return staggered ? 1 - Chance.uniform(seed, 0x5354414747L, device) : 1;
  }

  /** How many devices there are. */
  public int devices() {
    return groups.stream().mapToInt(DeviceGroup::count).sum();
  }

  /** The devices' names, in order. */
  public List<String> names() {
    return groups.stream().flatMap(group -> group.names().stream()).toList();
  }

  /**
   * The group a device is of.
   *
   * @throws IllegalArgumentException if there is no such device
   */
  DeviceGroup group(int device) {
    int first = 0;
    for (DeviceGroup group : groups) {
      if (device < first + group.count()) {
        return group;
      }
      first += group.count();
    }
    throw new IllegalArgumentException(
        "there are %d devices, but number %d is asked for".formatted(first, device));
  }
}
