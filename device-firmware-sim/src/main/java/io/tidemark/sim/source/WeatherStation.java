package io.tidemark.sim.source;

import static io.tidemark.sim.source.Cycles.DAY;
import static io.tidemark.sim.source.Cycles.HOUR;
import static io.tidemark.sim.source.Cycles.SECOND;
import static io.tidemark.sim.source.Cycles.TURN;

import io.tidemark.sim.chance.Chance;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A weather station.
 *
 * <p>The region's weather is shared by all stations of a seed; each has its own altitude and
 * surroundings. Temperature follows season and day and the passing of fronts; humidity goes against
 * temperature, pressure falls with bad weather, rain needs both. Noise is at the level of a BME280
 * (datasheet BST-BME280-DS002, table 1: 0.005 °C and 0.02 % RH at oversampling x16, 0.2 Pa with the
 * filter, rounded up to the resolution here).
 */
final class WeatherStation implements Instrument {
  /** The sensor's name. */
  static final String SENSOR = "main";

  /** What it is; the measurement its rows are stored under. */
  static final String KIND = "weather";

  private static final double YEAR_DAYS = 365.2425;
  private static final String[] WINDS = {"N", "NE", "E", "SE", "S", "SW", "W", "NW"};

  private static final int FRONT = 1;
  private static final int AIR_MASS = 2;
  private static final int CLOUD = 3;
  private static final int GUST = 4;
  private static final int DIRECTION = 5;
  private static final int NOISE = 16;

  private final long seed;
  private final long own;
  private final double altitudeMetres;
  private final double offset;

  WeatherStation(long seed, int device) {
    this.seed = seed;
    this.own = Chance.mix(seed, 0x57454154484552L, device);
    this.altitudeMetres = 400 * Chance.uniform(own, 0, 1);
    this.offset = 2 * Chance.uniform(own, 0, 2) - 1;
  }

  @Override
  public Reading at(long number, long timeNanos) {
    double dayPhase = TURN * Math.floorMod(timeNanos, DAY) / DAY;
    double yearPhase = TURN * (timeNanos / (double) DAY) / YEAR_DAYS;
    double front = Chance.drift(seed, FRONT, timeNanos, 18 * HOUR);
    double cloud = Chance.drift(own, CLOUD, timeNanos, HOUR / 3);
    // The day is warmest at three in the afternoon and the year in late July, and clouds dampen the
    // first.
    double day = 5 * (1 - 0.4 * front) * -StrictMath.cos(dayPhase - TURN * 3 / 24);
    double mean =
        10
            - 10 * StrictMath.cos(yearPhase - TURN * 25 / YEAR_DAYS)
            + 4 * Chance.drift(seed, AIR_MASS, timeNanos, 60 * HOUR)
            - 0.0065 * altitudeMetres
            + offset;
    double temperature =
        mean + day + 0.6 * cloud + 0.1 * minute(timeNanos, 1) + 0.01 * noise(timeNanos, 1);
    double humidity =
        Math.min(
            100,
            Math.max(
                8,
                66
                    + 18 * front
                    - 2.6 * (temperature - mean)
                    + 0.8 * minute(timeNanos, 2)
                    + 0.02 * noise(timeNanos, 2)));
    double pressure =
        1014
            - 9 * front
            + 0.6 * StrictMath.cos(2 * dayPhase - TURN * 10 / 12)
            - 0.12 * altitudeMetres
            + 0.01 * noise(timeNanos, 3);
    double wind =
        Math.max(0, 3.5 + 3 * front + 2 * Chance.drift(own, GUST, timeNanos, 20 * SECOND));
    double from = 4 * (1 + Chance.drift(seed, DIRECTION, timeNanos, 5 * HOUR)) + 0.7 * cloud;

    Map<String, Value> values = new LinkedHashMap<>();
    values.put("temperature", Value.of(Cycles.rounded(temperature, 100)));
    values.put("humidity", Value.of(Cycles.rounded(humidity, 100)));
    values.put("pressure", Value.of(Cycles.rounded(pressure, 100)));
    values.put("wind_speed", Value.of(Cycles.rounded(wind, 10)));
    values.put("wind_from", Value.of(WINDS[Math.floorMod((int) Math.floor(from), WINDS.length)]));
    values.put("raining", Value.of(front > 0.25 && cloud > 0));
    return new Reading(SENSOR, KIND, timeNanos, values);
  }

  private double minute(long timeNanos, int channel) {
    return Chance.drift(own, 8 + channel, timeNanos, 90 * SECOND);
  }

  private double noise(long timeNanos, int channel) {
    return Chance.normal(own, NOISE + channel, timeNanos);
  }
}
