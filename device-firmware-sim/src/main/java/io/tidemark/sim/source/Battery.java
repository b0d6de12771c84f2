package io.tidemark.sim.source;

import io.tidemark.sim.chance.Chance;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A lithium-ion cell that runs down evenly and is then changed or charged: a sensor of its own. The
 * voltage falls slowly at first and quickly at the end (4.15 V to 3.0 V), and is measured in steps
 * of 1 mV with 1 mV of noise (12 bits over 4.2 V).
 */
final class Battery {
  static final String SENSOR = "battery";
  static final String KIND = "battery";

  private static final int NOISE = 0x4241;

  private final long own;
  private final long lastsNanos;
  private final long phaseNanos;

  /**
   * @param lastsNanos from full to empty
   */
  Battery(long own, long lastsNanos) {
    this.own = own;
    this.lastsNanos = lastsNanos;
    this.phaseNanos = (long) (Chance.uniform(own, NOISE, 0) * lastsNanos);
  }

  Reading at(long timeNanos) {
    double charge = 1 - Cycles.part(timeNanos + phaseNanos, lastsNanos);
    double volts =
        3.6
            + 0.55 * charge
            - 0.6 * StrictMath.exp(-25 * charge)
            + 0.001 * Chance.normal(own, NOISE, timeNanos);
    Map<String, Value> values = new LinkedHashMap<>();
    values.put("voltage", Value.of(Cycles.rounded(volts, 1_000)));
    values.put("charge", Value.of(Cycles.rounded(100 * charge, 1)));
    return new Reading(SENSOR, KIND, timeNanos, values);
  }
}
