package io.tidemark.sim.source;

import static io.tidemark.sim.source.Cycles.DAY;
import static io.tidemark.sim.source.Cycles.HOUR;
import static io.tidemark.sim.source.Cycles.MINUTE;
import static io.tidemark.sim.source.Cycles.SECOND;

import io.tidemark.sim.chance.Chance;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A refrigerated compartment for 2 to 8 °C: air and door ({@code compartment}), the cooling unit
 * ({@code unit}), and the logger's battery, which lasts 90 days.
 *
 * <p>The compressor cycles between two temperatures; doors are opened by day and let warm, damp air
 * in; every eight hours the evaporator is defrosted, which the compartment feels too. Noise is at
 * the level of a Sensirion SHT35 (datasheet SHT3x-DIS, tables 1 and 2, high repeatability: 0.04 °C
 * and 0.08 % RH, both three deviations), humidity ends at 100 %.
 */
final class ColdChain implements Instrument {
  private static final int BATTERY_EVERY = 8;
  private static final long DEFROST_EVERY = 8 * HOUR;
  private static final long DEFROST_LASTS = 20 * MINUTE;
  private static final long SLOT = 20 * MINUTE;

  /** A slot's opening has faded when so many more have passed. */
  private static final int SLOTS_FELT = 4;

  private static final int AIR = 0;
  private static final int EVAPORATOR = 1;

  private static final int CYCLE = 0x101;
  private static final int DOOR = 0x102;
  private static final int DRIFT = 0x103;
  private static final int NOISE = 0x1F0;

  private final long own;
  private final Battery battery;
  private final double target;
  private final double swing;
  private final long cycleNanos;
  private final long cyclePhase;
  private final long defrostPhase;

  ColdChain(long seed, int device) {
    this.own = Chance.mix(seed, 0x434F4C44L, device);
    this.battery = new Battery(own, 90 * DAY);
    this.target = 4 + Chance.uniform(own, CYCLE, 0);
    this.swing = 0.5 + 0.5 * Chance.uniform(own, CYCLE, 1);
    this.cycleNanos = (long) ((14 + 12 * Chance.uniform(own, CYCLE, 2)) * MINUTE);
    this.cyclePhase = (long) (Chance.uniform(own, CYCLE, 3) * cycleNanos);
    this.defrostPhase = (long) (Chance.uniform(own, CYCLE, 4) * DEFROST_EVERY);
  }

  @Override
  public Reading at(long number, long timeNanos) {
    if (number % BATTERY_EVERY == BATTERY_EVERY - 1) {
      return battery.at(timeNanos);
    }
    return number % 2 == 0 ? compartment(timeNanos) : unit(timeNanos);
  }

  private Reading compartment(long timeNanos) {
    Map<String, Value> values = new LinkedHashMap<>();
    long sampled = Faults.sampledAt(own, AIR, timeNanos);
    if (sampled != Faults.FAILED) {
      values.put("temperature", Value.of(Cycles.rounded(temperature(sampled), 100)));
      values.put("humidity", Value.of(Cycles.rounded(humidity(sampled), 100)));
    }
    values.put("door_open", Value.of(doorOpen(timeNanos)));
    return new Reading("compartment", "cold-chain", timeNanos, values);
  }

  private Reading unit(long timeNanos) {
    Map<String, Value> values = new LinkedHashMap<>();
    long sampled = Faults.sampledAt(own, EVAPORATOR, timeNanos);
    if (sampled != Faults.FAILED) {
      values.put("evaporator_temperature", Value.of(Cycles.rounded(evaporator(sampled), 10)));
    }
    boolean defrosting = sinceDefrost(timeNanos) < DEFROST_LASTS;
    values.put("compressor_running", Value.of(!defrosting && cyclePart(timeNanos) >= 0.6));
    values.put("defrosting", Value.of(defrosting));
    return new Reading("unit", "refrigeration", timeNanos, values);
  }

  private double temperature(long timeNanos) {
    return target
        + swing * between(timeNanos)
        + 0.2 * Cycles.wave(timeNanos, DAY, 15 / 24.0)
        + 8 * doors(timeNanos)
        + 2.5 * defrost(timeNanos)
        + 0.03 * Chance.drift(own, DRIFT, timeNanos, 60 * DAY)
        + 0.04 / 3 * Chance.normal(own, NOISE, timeNanos);
  }

  private double humidity(long timeNanos) {
    return Cycles.clamped(
        72
            + 5 * between(timeNanos)
            + 40 * doors(timeNanos)
            + 12 * defrost(timeNanos)
            + 4 * Chance.drift(own, DRIFT + 1, timeNanos, 5 * HOUR)
            + 0.08 / 3 * Chance.normal(own, NOISE + 1, timeNanos),
        0,
        100);
  }

  private double evaporator(long timeNanos) {
    return target
        - 11
        + 5 * StrictMath.cos(Cycles.TURN * (cyclePart(timeNanos) - 0.45))
        + 22 * defrost(timeNanos)
        + 0.05 * Chance.normal(own, NOISE + 2, timeNanos);
  }

  /** From -1, where the compressor stops, to 1, where it starts. */
  private double between(long timeNanos) {
    double part = cyclePart(timeNanos);
    return part < 0.6 ? 2 * part / 0.6 - 1 : 1 - 2 * (part - 0.6) / 0.4;
  }

  /** The compressor stands for the first six tenths. */
  private double cyclePart(long timeNanos) {
    return Cycles.part(timeNanos + cyclePhase, cycleNanos);
  }

  private double defrost(long timeNanos) {
    return Cycles.pulse(sinceDefrost(timeNanos), DEFROST_LASTS, 10.0 * MINUTE, 12.0 * MINUTE);
  }

  private long sinceDefrost(long timeNanos) {
    return Math.floorMod(timeNanos + defrostPhase, DEFROST_EVERY);
  }

  private double doors(long timeNanos) {
    long slot = Math.floorDiv(timeNanos, SLOT);
    double felt = 0;
    for (long s = slot; s > slot - SLOTS_FELT; s--) {
      if (opens(s)) {
        felt += Cycles.pulse(timeNanos - openedAt(s), openFor(s), 150.0 * SECOND, 6.0 * MINUTE);
      }
    }
    return felt;
  }

  private boolean doorOpen(long timeNanos) {
    long slot = Math.floorDiv(timeNanos, SLOT);
    long since = timeNanos - openedAt(slot);
    return opens(slot) && since >= 0 && since < openFor(slot);
  }

  /** Whether the door is opened in a slot: now and then from 5 to 21 o'clock. */
  private boolean opens(long slot) {
    long hour = Math.floorMod(slot * SLOT, DAY) / HOUR;
    return hour >= 5 && hour < 21 && Chance.uniform(own, DOOR, slot) < 0.35;
  }

  private long openedAt(long slot) {
    return slot * SLOT + (long) (0.75 * SLOT * Chance.uniform(own, DOOR + 0x10, slot));
  }

  private long openFor(long slot) {
    return (long) ((15 + 165 * Chance.uniform(own, DOOR + 0x20, slot)) * SECOND);
  }
}
