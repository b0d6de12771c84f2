package io.tidemark.sim.source;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The kinds of devices there are, and how each sends if nothing else is asked for. A device whose
 * batch interval is longer than it needs to fill a batch sleeps in between: it takes its readings
 * at its rate, and sends them when it wakes.
 */
public enum DeviceClass {
  /** Weather on a roof: {@link WeatherStation}. */
  WEATHER_STATION("weather-station", "weather-", 1, 10, Duration.ofSeconds(2)) {
    @Override
    Instrument instrument(long seed, int device) {
      return new WeatherStation(seed, device);
    }
  },
  /** A refrigerated compartment: {@link ColdChain}. */
  COLD_CHAIN("cold-chain", "cold-", 0.1, 6, Duration.ofMinutes(1)) {
    @Override
    Instrument instrument(long seed, int device) {
      return new ColdChain(seed, device);
    }
  },
  /** A machine's bearings: {@link Vibration}. */
  VIBRATION("vibration", "vibration-", 0.2, 10, Duration.ofMinutes(1)) {
    @Override
    Instrument instrument(long seed, int device) {
      return new Vibration(seed, device);
    }
  },
  /** A three-phase meter: {@link PowerMeter}. */
  POWER_METER("power-meter", "meter-", 1, 10, Duration.ofSeconds(10)) {
    @Override
    Instrument instrument(long seed, int device) {
      return new PowerMeter(seed, device);
    }
  },
  /** A vehicle on its round: {@link GpsTracker}. */
  GPS_TRACKER("gps-tracker", "tracker-", 0.5, 10, Duration.ofSeconds(30)) {
    @Override
    Instrument instrument(long seed, int device) {
      return new GpsTracker(seed, device);
    }
  },
  /** Sensors in the ground: {@link SoilProbe}. */
  SOIL_PROBE("soil-probe", "soil-", 0.02, 12, Duration.ofMinutes(10)) {
    @Override
    Instrument instrument(long seed, int device) {
      return new SoilProbe(seed, device);
    }
  };

  private final String id;
  private final String prefix;
  private final double rate;
  private final int batchReadings;
  private final Duration batchInterval;

  DeviceClass(String id, String prefix, double rate, int batchReadings, Duration batchInterval) {
    this.id = id;
    this.prefix = prefix;
    this.rate = rate;
    this.batchReadings = batchReadings;
    this.batchInterval = batchInterval;
  }

  /** The class called {@code id}, if there is one. */
  public static Optional<DeviceClass> of(String id) {
    return Arrays.stream(values()).filter(c -> c.id.equals(id)).findFirst();
  }

  /** What all classes are called. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(DeviceClass::id).toList();
  }

  /** What it is called in scenarios and records. */
  public String id() {
    return id;
  }

  /** Beginning of its devices' names. */
  public String prefix() {
    return prefix;
  }

  /** Readings per second of each device. */
  public double rate() {
    return rate;
  }

  /** Readings in a full batch. */
  public int batchReadings() {
    return batchReadings;
  }

  /** Age of its first reading at which a batch is closed. */
  public Duration batchInterval() {
    return batchInterval;
  }

  /**
   * What device number {@code device} of a fleet measures if it is of this class.
   *
   * @param device counted from 0 over all groups
   */
  abstract Instrument instrument(long seed, int device);
}
