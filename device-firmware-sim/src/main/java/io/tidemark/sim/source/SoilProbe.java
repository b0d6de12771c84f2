package io.tidemark.sim.source;

import static io.tidemark.sim.source.Cycles.DAY;
import static io.tidemark.sim.source.Cycles.HOUR;
import static io.tidemark.sim.source.Cycles.YEAR;

import io.tidemark.sim.chance.Chance;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A probe with sensors 10, 30 and 60 cm deep ({@code depth-10}, ...) and a battery that lasts two
 * years: moisture in m3/m3, temperature, and conductivity in dS/m.
 *
 * <p>It rains on all probes of a seed at once. Water gets down later and less of it the deeper it
 * is, drains for weeks, and fills no more than the soil's pores (0.42). Days and years of
 * temperature come down as they do in a uniform half-space: damped, and later, by one depth of
 * damping (0.12 m for the day, 2.3 m for the year). Conductivity follows moisture and temperature.
 * Noise is the resolution of a METER TEROS 12 (specifications: 0.001 m3/m3, 0.1 degrees, 0.001
 * dS/m).
 */
final class SoilProbe implements Instrument {
  private static final int[] DEPTHS_CM = {10, 30, 60};
  private static final double[] REACHES = {1, 0.6, 0.35};
  private static final double[] SOAKS_NANOS = {1.0 * HOUR, 8.0 * HOUR, 30.0 * HOUR};
  private static final double[] DRAINS_NANOS = {5.0 * DAY, 8.0 * DAY, 12.0 * DAY};
  private static final double PORES = 0.42;
  private static final double DAY_DAMPING_CM = 12;
  private static final double YEAR_DAMPING_CM = 230;
  private static final double SENSOR_MAX = 0.7;
  private static final long RAIN_SLOT = 3 * DAY;

  /** A slot's rain has drained when so many more have passed. */
  private static final int SLOTS_FELT = 20;

  private static final int WATER = 0;
  private static final int WARMTH = 1;

  private static final int SITE = 0x501;
  private static final int RAIN = 0x502;
  private static final int WEATHER = 0x503;
  private static final int NOISE = 0x5F0;

  private final long seed;
  private final long own;
  private final Battery battery;
  private final double dry;
  private final double exposed;
  private final double salty;

  SoilProbe(long seed, int device) {
    this.seed = seed;
    this.own = Chance.mix(seed, 0x534F494CL, device);
    this.battery = new Battery(own, 730 * DAY);
    this.dry = 0.10 + 0.06 * Chance.uniform(own, SITE, 0);
    this.exposed = 0.7 + 0.6 * Chance.uniform(own, SITE, 1);
    this.salty = 3 + 3 * Chance.uniform(own, SITE, 2);
  }

  @Override
  public Reading at(long number, long timeNanos) {
    int turn = (int) (number % (DEPTHS_CM.length + 1));
    return turn == DEPTHS_CM.length ? battery.at(timeNanos) : soil(turn, timeNanos);
  }

  private Reading soil(int level, long timeNanos) {
    Map<String, Value> values = new LinkedHashMap<>();
    // One coating of lime, and the moisture's front end sticks; it never falls silent.
    long wet = Faults.sampledAt(own, 2 * level + WATER, timeNanos);
    double moisture = moisture(level, wet == Faults.FAILED ? timeNanos : wet);
    values.put("moisture", Value.of(Cycles.rounded(moisture, 1_000)));
    long warm = Faults.sampledAt(own, 2 * level + WARMTH, timeNanos);
    if (warm != Faults.FAILED) {
      double temperature = temperature(level, warm);
      values.put("temperature", Value.of(Cycles.rounded(temperature, 10)));
      double conductivity = (0.05 + salty * moisture * moisture) * (1 + 0.02 * (temperature - 25));
      values.put("conductivity", Value.of(Cycles.rounded(Math.max(0, conductivity), 1_000)));
    }
    return new Reading("depth-" + DEPTHS_CM[level], "soil", timeNanos, values);
  }

  private double moisture(int level, long timeNanos) {
    long slot = Math.floorDiv(timeNanos, RAIN_SLOT);
    double fallen = 0;
    for (long s = slot; s > slot - SLOTS_FELT; s--) {
      if (Chance.uniform(seed, RAIN, s) < 0.55) {
        long began = s * RAIN_SLOT + (long) (Chance.uniform(seed, RAIN + 0x10, s) * RAIN_SLOT);
        double amount = 0.03 + 0.15 * Chance.uniform(seed, RAIN + 0x20, s);
        fallen += amount * arrived(level, timeNanos - began);
      }
    }
    double driest = dry + 0.03 * Cycles.wave(timeNanos, YEAR, 0.12);
    double room = PORES - driest;
    double held = room * (1 - StrictMath.exp(-exposed * fallen * REACHES[level] / room));
    double noise = 0.0005 * Chance.normal(own, NOISE + level, timeNanos);
    return Cycles.clamped(driest + held + noise, 0, SENSOR_MAX);
  }

  private static double arrived(int level, long sinceNanos) {
    return sinceNanos <= 0
        ? 0
        : (1 - StrictMath.exp(-sinceNanos / SOAKS_NANOS[level]))
            * StrictMath.exp(-sinceNanos / DRAINS_NANOS[level]);
  }

  private double temperature(int level, long timeNanos) {
    double depth = DEPTHS_CM[level];
    double byDay = depth / DAY_DAMPING_CM;
    double byYear = depth / YEAR_DAMPING_CM;
    // At the surface, warmest at two in the afternoon and in late July.
    return 10
        + 11 * StrictMath.exp(-byYear) * Cycles.wave(timeNanos, YEAR, 0.56 + byYear / Cycles.TURN)
        + 7
            * exposed
            * StrictMath.exp(-byDay)
            * Cycles.wave(timeNanos, DAY, 14 / 24.0 + byDay / Cycles.TURN)
        + 3
            * StrictMath.exp(-depth / 40)
            * Chance.drift(seed, WEATHER, timeNanos - (long) (depth * HOUR), 60 * HOUR)
        + 0.05 * Chance.normal(own, NOISE + 8 + level, timeNanos);
  }
}
