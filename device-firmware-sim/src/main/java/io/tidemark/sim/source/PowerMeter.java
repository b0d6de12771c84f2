package io.tidemark.sim.source;

import static io.tidemark.sim.source.Cycles.DAY;
import static io.tidemark.sim.source.Cycles.MINUTE;
import static io.tidemark.sim.source.Cycles.SECOND;
import static io.tidemark.sim.source.Cycles.TURN;
import static io.tidemark.sim.source.Cycles.WEEK;
import static io.tidemark.sim.source.Cycles.YEAR;

import io.tidemark.sim.chance.Chance;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A three-phase meter of a small business: volts, amperes, watts and power factor of each phase,
 * all watts, kWh, and the grid's frequency, which all meters of a seed share.
 *
 * <p>Power is made of waves (day, half day, week, year), of a wandering part that is the slope of a
 * drift, and of a load that a thermostat switches. Each has an integral in closed form, and their
 * sum is the counter: it agrees with the power at any time, without the readings before. It begins
 * in the year 2000 and never falls.
 *
 * <p>Errors are those of an Eastron SDM630 (datasheet: class 1 of IEC 62053-21, so each meter's
 * gain is within 1 % of right, for power and energy alike); repeated readings scatter by 0.05 %.
 */
final class PowerMeter implements Instrument {
  private static final int PHASES = 3;
  private static final long COUNTER_BEGINS = 946_684_800L * SECOND; // 2000-01-01
  private static final double JOULES_PER_KWH = 3_600_000;
  private static final double SCATTER = 0.0005;

  private static final Wave[] WAVES = {
    new Wave(DAY, 14 / 24.0, 0.30),
    new Wave(DAY / 2, 8 / 12.0, 0.12),
    new Wave(WEEK, 0, 0.08), // Thursday
    new Wave(YEAR, 0.04, 0.12)
  };
  private static final long[] WANDERING = {20 * SECOND, 10 * MINUTE, 2 * Cycles.HOUR};

  /** Of the base load, how far each wandering part goes. */
  private static final double WANDERS = 0.1;

  private static final double SWITCHED_SHARE = 0.3;

  private static final int LOAD = 0x301;
  private static final int WANDER = 0x302;
  private static final int VOLTAGE = 0x303;
  private static final int FACTOR = 0x304;
  private static final int GRID = 0x305;
  private static final int NOISE = 0xF00;

  private final long seed;
  private final long own;
  private final double gain;
  private final double[] baseWatts = new double[PHASES];
  private final double[] switchedWatts = new double[PHASES];
  private final long[] switchedEvery = new long[PHASES];
  private final double joulesAtBegin;

  /** A part of the base load that comes and goes, highest at a part of its period. */
  private record Wave(long periodNanos, double peakPart, double share) {
    /** In seconds. */
    double integral(long timeNanos) {
      return share
          * (periodNanos / 1e9 / TURN)
          * StrictMath.sin(TURN * (Cycles.part(timeNanos, periodNanos) - peakPart));
    }
  }

  PowerMeter(long seed, int device) {
    this.seed = seed;
    this.own = Chance.mix(seed, 0x504F574552L, device);
    this.gain = 1 + 0.01 * (2 * Chance.uniform(own, LOAD, 0) - 1);
    for (int phase = 0; phase < PHASES; phase++) {
      baseWatts[phase] = 300 + 1_500 * Chance.uniform(own, LOAD, 1 + phase);
      switchedWatts[phase] = 400 + 1_600 * Chance.uniform(own, LOAD, 4 + phase);
      switchedEvery[phase] = (long) ((15 + 30 * Chance.uniform(own, LOAD, 7 + phase)) * MINUTE);
    }
    this.joulesAtBegin = joules(COUNTER_BEGINS);
  }

  @Override
  public Reading at(long number, long timeNanos) {
    Map<String, Value> values = new LinkedHashMap<>();
    double total = 0;
    for (int phase = 0; phase < PHASES; phase++) {
      total += put(values, phase, timeNanos);
    }
    values.put("active_power", Value.of(Cycles.rounded(total, 10)));
    double kwh = gain * (joules(timeNanos) - joulesAtBegin) / JOULES_PER_KWH;
    values.put("energy", Value.of(Math.floor(kwh * 1_000) / 1_000)); // as counters do
    values.put(
        "frequency",
        Value.of(Cycles.rounded(50 + 0.04 * Chance.drift(seed, GRID, timeNanos, MINUTE), 1_000)));
    return new Reading("main", "power-meter", timeNanos, values);
  }

  /** Adds what is measured of a phase, and returns its watts. */
  private double put(Map<String, Value> values, int phase, long timeNanos) {
    double watts = gain * watts(phase, timeNanos);
    double factor =
        0.95
            + 0.03 * Chance.drift(own, FACTOR + (phase << 4), timeNanos, 15 * MINUTE)
            - (switchedOn(phase, timeNanos) ? 0.1 : 0);
    double volts =
        230
            + 3 * Chance.drift(own, VOLTAGE + (phase << 4), timeNanos, 30 * MINUTE)
            - 2 * Cycles.wave(timeNanos, DAY, 19 / 24.0)
            - 0.0003 * watts;
    double amperes = watts / (volts * factor) * scatter(phase + 6, timeNanos);
    double shown = watts * scatter(phase, timeNanos);
    String end = "_l" + (phase + 1);
    values.put(
        "voltage" + end, Value.of(Cycles.rounded(volts * scatter(phase + 3, timeNanos), 10)));
    values.put("current" + end, Value.of(Cycles.rounded(amperes, 1_000)));
    values.put("active_power" + end, Value.of(Cycles.rounded(shown, 10)));
    values.put("power_factor" + end, Value.of(Cycles.rounded(factor, 1_000)));
    return shown;
  }

  /** What the phase's loads take, always above 0. */
  private double watts(int phase, long timeNanos) {
    double share = 1;
    for (Wave wave : WAVES) {
      share += wave.share() * Cycles.wave(timeNanos, wave.periodNanos(), wave.peakPart());
    }
    for (int i = 0; i < WANDERING.length; i++) {
      // The steepest slope of a drift is 3 in a period.
      share += WANDERS / 3 * Chance.driftSlope(own, wander(phase, i), timeNanos, WANDERING[i]);
    }
    return baseWatts[phase] * share + (switchedOn(phase, timeNanos) ? switchedWatts[phase] : 0);
  }

  /** The integral of all phases' {@link #watts} from 1970 on, but for a constant. */
  private double joules(long timeNanos) {
    double seconds = timeNanos / 1e9;
    double sum = 0;
    for (int phase = 0; phase < PHASES; phase++) {
      double share = seconds;
      for (Wave wave : WAVES) {
        share += wave.integral(timeNanos);
      }
      for (int i = 0; i < WANDERING.length; i++) {
        share +=
            WANDERS
                / 3
                * (WANDERING[i] / 1e9)
                * Chance.drift(own, wander(phase, i), timeNanos, WANDERING[i]);
      }
      long every = switchedEvery[phase];
      double onSeconds =
          (Math.floorDiv(timeNanos, every) * SWITCHED_SHARE
                  + Math.min(SWITCHED_SHARE, Cycles.part(timeNanos, every)))
              * (every / 1e9);
      sum += baseWatts[phase] * share + switchedWatts[phase] * onSeconds;
    }
    return sum;
  }

  private boolean switchedOn(int phase, long timeNanos) {
    return Cycles.part(timeNanos, switchedEvery[phase]) < SWITCHED_SHARE;
  }

  private static int wander(int phase, int part) {
    return WANDER + (phase << 8) + (part << 4);
  }

  private double scatter(int channel, long timeNanos) {
    return 1 + SCATTER * Chance.normal(own, NOISE + channel, timeNanos);
  }
}
