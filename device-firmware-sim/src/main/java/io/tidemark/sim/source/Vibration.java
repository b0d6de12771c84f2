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
 * The two bearings of a machine ({@code drive-end}, {@code free-end}): velocity in mm/s rms from 10
 * to 1,000 Hz, peak acceleration in g, kurtosis, temperature.
 *
 * <p>The machine runs on workdays from morning to evening. A bearing wears for 6 to 14 weeks, from
 * zone A to zone D of ISO 20816-3, and is then replaced; kurtosis rises early and falls when damage
 * is everywhere; temperature follows wear, and what the machine did within the last hours. Noise is
 * at the level of an ADXL1002 (datasheet: 25 ug/sqrt(Hz), in this band 0.012 mm/s rms, which is all
 * that is left while the machine stands); knocks saturate at its 50 g.
 */
final class Vibration implements Instrument {
  private static final String[] SENSORS = {"drive-end", "free-end"};
  private static final double PEAK_MAX_G = 50;
  private static final double FLOOR_MM_PER_S = 0.012;

  /** g of acceleration for 1 mm/s at 120 Hz, the frequency that prevails. */
  private static final double G_PER_MM_PER_S = Cycles.TURN * 120 / 9_806.65;

  private static final double WARMING_NANOS = 40.0 * MINUTE;
  private static final long KNOCK_SLOT = 5 * MINUTE;
  private static final long KNOCK_LASTS = 20 * SECOND;

  private static final int MACHINE = 0x201;
  private static final int BEARING = 0x202;
  private static final int LOAD = 0x203;
  private static final int KNOCK = 0x204;
  private static final int HALL = 0x205;
  private static final int NOISE = 0x2F0;

  private final long own;
  private final long beginsNanos;
  private final long endsNanos;
  private final double hall;

  Vibration(long seed, int device) {
    this.own = Chance.mix(seed, 0x56494252L, device);
    this.beginsNanos = (long) ((5 + 2 * Chance.uniform(own, MACHINE, 0)) * HOUR);
    this.endsNanos = (long) ((19 + 3 * Chance.uniform(own, MACHINE, 1)) * HOUR);
    this.hall = 18 + 4 * Chance.uniform(own, MACHINE, 2);
  }

  @Override
  public Reading at(long number, long timeNanos) {
    int bearing = (int) (number % SENSORS.length);
    Map<String, Value> values = new LinkedHashMap<>();
    long felt = Faults.sampledAt(own, 2 * bearing, timeNanos);
    if (felt != Faults.FAILED) {
      shaking(values, bearing, felt);
    }
    long warmth = Faults.sampledAt(own, 2 * bearing + 1, timeNanos);
    if (warmth != Faults.FAILED) {
      values.put("bearing_temperature", Value.of(Cycles.rounded(temperature(bearing, warmth), 10)));
    }
    values.put("running", Value.of(runs(timeNanos)));
    return new Reading(SENSORS[bearing], "vibration", timeNanos, values);
  }

  private void shaking(Map<String, Value> values, int bearing, long timeNanos) {
    double velocity = FLOOR_MM_PER_S * (1 + 0.05 * noise(bearing, timeNanos));
    double kurtosis = 3 + 0.1 * noise(bearing + 2, timeNanos);
    double peak = 4 * velocity * G_PER_MM_PER_S;
    if (runs(timeNanos)) {
      double wear = wear(bearing, timeNanos);
      double load = 1 + 0.12 * Chance.drift(own, LOAD, timeNanos, 10 * MINUTE);
      double fresh = 0.8 + 0.6 * Chance.uniform(own, BEARING, bearing);
      double worn = 7 * (StrictMath.exp(3 * wear) - 1) / (StrictMath.exp(3.0) - 1);
      velocity += (fresh + worn) * load * (1 + 0.02 * noise(bearing, timeNanos));
      kurtosis += 4 * Math.min(1, wear / 0.7) - 6 * Math.max(0, wear - 0.7);
      peak = velocity * G_PER_MM_PER_S * (3 + 0.8 * (kurtosis - 3));
      double knock = knock(timeNanos);
      kurtosis += knock > 0 ? 6 : 0;
      peak = Math.min(PEAK_MAX_G, peak + knock);
    }
    values.put("velocity_rms", Value.of(Cycles.rounded(velocity, 1_000)));
    values.put("acceleration_peak", Value.of(Cycles.rounded(peak, 1_000)));
    values.put("kurtosis", Value.of(Cycles.rounded(kurtosis, 100)));
  }

  private double temperature(int bearing, long timeNanos) {
    double rise;
    if (runs(timeNanos)) {
      long since = Math.floorMod(timeNanos, DAY) - beginsNanos;
      rise = rise(bearing, timeNanos) * (1 - StrictMath.exp(-since / WARMING_NANOS));
    } else {
      long stopped = lastStop(timeNanos);
      rise = rise(bearing, stopped) * StrictMath.exp(-(timeNanos - stopped) / WARMING_NANOS);
    }
    return hall
        + 3 * Cycles.wave(timeNanos, DAY, 15 / 24.0)
        + 4 * Cycles.wave(timeNanos, Cycles.YEAR, 0.56)
        + Chance.drift(own, HALL, timeNanos, 3 * HOUR)
        + rise
        + 0.05 * noise(bearing + 4, timeNanos);
  }

  /** How much warmer than the hall a bearing gets. */
  private double rise(int bearing, long timeNanos) {
    return 22 + 18 * wear(bearing, timeNanos);
  }

  /** From 0, new, to 1; replaced at midnight. */
  private double wear(int bearing, long timeNanos) {
    long lifeDays = 42 + (long) (56 * Chance.uniform(own, BEARING + 0x10, bearing));
    long phaseDays = (long) (lifeDays * Chance.uniform(own, BEARING + 0x20, bearing));
    return Cycles.part(timeNanos + phaseDays * DAY, lifeDays * DAY);
  }

  private boolean runs(long timeNanos) {
    long inDay = Math.floorMod(timeNanos, DAY);
    return Cycles.workday(Math.floorDiv(timeNanos, DAY))
        && inDay >= beginsNanos
        && inDay < endsNanos;
  }

  /** When the machine stopped last, if it stands. */
  private long lastStop(long timeNanos) {
    long day = Math.floorDiv(timeNanos, DAY);
    if (Math.floorMod(timeNanos, DAY) < endsNanos || !Cycles.workday(day)) {
      day--;
    }
    if (!Cycles.workday(day)) {
      day--;
    }
    return day * DAY + endsNanos;
  }

  private double knock(long timeNanos) {
    long slot = Math.floorDiv(timeNanos, KNOCK_SLOT);
    return Chance.uniform(own, KNOCK, slot) < 0.03
            && Math.floorMod(timeNanos, KNOCK_SLOT) < KNOCK_LASTS
        ? 5 + 75 * Chance.uniform(own, KNOCK + 0x10, slot)
        : 0;
  }

  private double noise(int channel, long timeNanos) {
    return Chance.normal(own, NOISE + channel, timeNanos);
  }
}
