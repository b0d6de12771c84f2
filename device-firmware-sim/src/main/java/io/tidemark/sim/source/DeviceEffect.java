package io.tidemark.sim.source;

import java.time.Duration;

/** What can go wrong with a device itself. */
public sealed interface DeviceEffect {
  /** What it is counted as. */
  String name();

  /** The clock is wrong. */
  sealed interface WrongClock extends DeviceEffect {
    @Override
    default String name() {
      return "wrong-clock";
    }
  }

  /**
   * Power is gone: nothing is measured, and the connection ends without a goodbye. Then it is back,
   * and the device sends what it kept.
   */
  record Reboot() implements DeviceEffect {
    @Override
    public String name() {
      return "reboot";
    }
  }

  /** Power fails for a second in each four, at moments that the seed decides. */
  record BrownOut() implements DeviceEffect {
    /** How long power is gone each time. */
    static final Duration OUTAGE = Duration.ofSeconds(1);

    /** How often it goes. */
    static final Duration PERIOD = Duration.ofSeconds(4);

    @Override
    public String name() {
      return "brown-out";
    }
  }

  /** One failure of the power within a brown-out; not counted by itself. */
  record Outage() implements DeviceEffect {
    @Override
    public String name() {
      return "outage";
    }
  }

  /** The card with the journal is on other hardware: a new epoch begins with the next reading. */
  record NewCard() implements DeviceEffect {
    @Override
    public String name() {
      return "new-card";
    }
  }

  /**
   * The clock is wrong by so much.
   *
   * @param by negative if it is behind
   */
  record ClockOffset(Duration by) implements WrongClock {}

  /**
   * The clock is right at first and goes too fast.
   *
   * @param ppm millionths; negative if it goes too slowly
   */
  record ClockDrift(int ppm) implements WrongClock {}

  /** The clock begins at 1970, as that of a computer without a battery and without a network. */
  record ClockUnset() implements WrongClock {}

  /** The connection is lost, and made again at once. */
  record Stampede() implements DeviceEffect {
    @Override
    public String name() {
      return "stampede";
    }
  }

  /**
   * Batches are sent twice.
   *
   * @param share 0 to 1
   */
  record Repeat(double share) implements DeviceEffect {
    @Override
    public String name() {
      return "repeat";
    }
  }

  /**
   * Batches are held back until the next one has been sent.
   *
   * @param share 0 to 1
   */
  record Reorder(double share) implements DeviceEffect {
    @Override
    public String name() {
      return "reorder";
    }
  }
}
