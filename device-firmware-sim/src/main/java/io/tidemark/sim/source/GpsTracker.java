package io.tidemark.sim.source;

import static io.tidemark.sim.source.Cycles.DAY;
import static io.tidemark.sim.source.Cycles.HOUR;
import static io.tidemark.sim.source.Cycles.MINUTE;
import static io.tidemark.sim.source.Cycles.TURN;

import io.tidemark.sim.chance.Chance;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A delivery vehicle on its closed round ({@code gnss}), and its tracker's battery, which lasts 30
 * days. Degrees, m/s, degrees clockwise from north.
 *
 * <p>The round is a smooth closed curve of a few kilometres around the depot, driven in eight legs
 * with a halt after each, five times a workday; by night and on Sundays the vehicle is at the
 * depot. Speed and heading are the curve's own slope, so they agree with the positions. Errors are
 * those of a u-blox NEO-M8 (datasheet: 2.5 m CEP, 0.05 m/s, 0.3 degrees); the position's wander, as
 * a receiver's do. Without reception there is no position and hardly a satellite.
 */
final class GpsTracker implements Instrument {
  private static final int BATTERY_EVERY = 20;
  private static final double METRES_PER_DEGREE = 111_320;
  private static final int LEGS = 8;
  private static final int ROUNDS = 5;
  private static final long LEG = 15 * MINUTE;
  private static final double[] HARMONICS = {1, 0.35, 0.2, 0.1};
  private static final double STANDING_M_PER_S = 0.5;

  private static final int PLACE = 0x401;
  private static final int ROUTE = 0x402;
  private static final int DRIVE = 0x403;
  private static final int ERROR = 0x404;
  private static final int SKY = 0x406;
  private static final int NOISE = 0x4F0;

  private final long own;
  private final Battery battery;
  private final double latitude;
  private final double longitude;
  private final double metresPerDegreeEast;
  private final long leavesNanos;
  private final double[] east = new double[HARMONICS.length];
  private final double[] eastPhase = new double[HARMONICS.length];
  private final double[] north = new double[HARMONICS.length];
  private final double[] northPhase = new double[HARMONICS.length];

  /**
   * Where along the round the vehicle is.
   *
   * @param turn from 0 at the depot to 2 pi
   * @param turnPerSecond how fast that grows
   */
  private record Progress(double turn, double turnPerSecond) {}

  GpsTracker(long seed, int device) {
    this.own = Chance.mix(seed, 0x475053L, device);
    this.battery = new Battery(own, 30 * DAY);
    this.latitude = 52.4 + 0.25 * Chance.uniform(own, PLACE, 0);
    this.longitude = 13.2 + 0.4 * Chance.uniform(own, PLACE, 1);
    this.metresPerDegreeEast = METRES_PER_DEGREE * StrictMath.cos(TURN * latitude / 360);
    this.leavesNanos = (long) ((5 + 3 * Chance.uniform(own, PLACE, 2)) * HOUR);
    double radius = 2_500 + 2_500 * Chance.uniform(own, PLACE, 3);
    for (int k = 0; k < HARMONICS.length; k++) {
      east[k] = radius * HARMONICS[k];
      north[k] = radius * HARMONICS[k];
      eastPhase[k] = TURN * Chance.uniform(own, ROUTE, 2L * k);
      // A quarter behind for the first, which makes it a round and no way to and fro.
      northPhase[k] =
          k == 0 ? eastPhase[0] - TURN / 4 : TURN * Chance.uniform(own, ROUTE, 2L * k + 1);
    }
  }

  @Override
  public Reading at(long number, long timeNanos) {
    return number % BATTERY_EVERY == BATTERY_EVERY - 1 ? battery.at(timeNanos) : fix(timeNanos);
  }

  private Reading fix(long timeNanos) {
    Map<String, Value> values = new LinkedHashMap<>();
    long sampled = Faults.sampledAt(own, 0, timeNanos);
    double sky = Chance.drift(own, SKY, timeNanos, 20 * MINUTE);
    double satellites = 9 + 3 * sky;
    if (sampled == Faults.FAILED) {
      satellites = 1 + sky;
    } else {
      position(values, sampled);
    }
    values.put("satellites", Value.of(Cycles.rounded(satellites, 1)));
    values.put("moving", Value.of(speed(progress(timeNanos)) > STANDING_M_PER_S));
    return new Reading("gnss", "gnss", timeNanos, values);
  }

  private void position(Map<String, Value> values, long timeNanos) {
    Progress progress = progress(timeNanos);
    double metresNorth = along(north, northPhase, progress.turn()) + error(0, timeNanos);
    double metresEast = along(east, eastPhase, progress.turn()) + error(1, timeNanos);
    double speed = speed(progress) + 0.05 * Chance.normal(own, NOISE, timeNanos);
    double heading =
        StrictMath.atan2(
                slope(east, eastPhase, progress.turn()), slope(north, northPhase, progress.turn()))
            / TURN
            * 360;
    values.put(
        "latitude",
        Value.of(Cycles.rounded(latitude + metresNorth / METRES_PER_DEGREE, 10_000_000)));
    values.put(
        "longitude",
        Value.of(Cycles.rounded(longitude + metresEast / metresPerDegreeEast, 10_000_000)));
    values.put("speed", Value.of(Cycles.rounded(Math.max(0, speed), 100)));
    double shown = heading + 0.3 * Chance.normal(own, NOISE + 1, timeNanos);
    values.put(
        "heading", Value.of(Cycles.rounded(shown - 360 * Math.floor(shown / 360), 10) % 360));
  }

  private Progress progress(long timeNanos) {
    long since = Math.floorMod(timeNanos, DAY) - leavesNanos;
    if (since < 0
        || since >= ROUNDS * LEGS * LEG
        || !Cycles.workday(Math.floorDiv(timeNanos, DAY))) {
      return new Progress(0, 0);
    }
    long leg = Math.floorDiv(timeNanos - leavesNanos, LEG);
    double driving = LEG * (0.55 + 0.3 * Chance.uniform(own, DRIVE, leg));
    double part = Math.min(1, since % LEG / driving);
    double perLeg = TURN / LEGS;
    // Away and to a halt gently.
    return new Progress(
        perLeg * (since / LEG % LEGS + part * part * (3 - 2 * part)),
        perLeg * 6 * part * (1 - part) / (driving / 1e9));
  }

  private double speed(Progress progress) {
    double eastward = slope(east, eastPhase, progress.turn());
    double northward = slope(north, northPhase, progress.turn());
    return progress.turnPerSecond() * StrictMath.sqrt(eastward * eastward + northward * northward);
  }

  /** Metres from the depot. */
  private static double along(double[] size, double[] phase, double turn) {
    double sum = 0;
    for (int k = 0; k < size.length; k++) {
      sum += size[k] * (StrictMath.cos((k + 1) * turn + phase[k]) - StrictMath.cos(phase[k]));
    }
    return sum;
  }

  /** Metres for each radian of the turn. */
  private static double slope(double[] size, double[] phase, double turn) {
    double sum = 0;
    for (int k = 0; k < size.length; k++) {
      sum -= (k + 1) * size[k] * StrictMath.sin((k + 1) * turn + phase[k]);
    }
    return sum;
  }

  private double error(int axis, long timeNanos) {
    return 3 * Chance.drift(own, ERROR + axis, timeNanos, 2 * MINUTE);
  }
}
