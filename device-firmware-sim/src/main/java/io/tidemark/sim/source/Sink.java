package io.tidemark.sim.source;

import io.tidemark.wire.Reading;
import java.io.IOException;
import java.util.List;

/**
 * Takes what a source produces, and hears what befalls the devices meanwhile. Devices are known by
 * their numbers in this process, from 0.
 */
@FunctionalInterface
public interface Sink {

  /**
   * Takes the readings of one batch; they follow those of the same device's batch before. May wait
   * until there is room.
   */
  void batch(int device, List<Reading> readings) throws IOException, InterruptedException;

  /** The device's next batch is sent twice. */
  default void repeatNext(int device) {}

  /** The device's next batch is held back until the one after it has been sent. */
  default void holdNext(int device) {}

  /** What follows of this device is numbered anew, from 0, in another epoch. */
  default void newEpoch(int device) {}

  /**
   * A fault of this effect strikes a device.
   *
   * @param effect what it is counted as
   */
  default void struck(int device, String effect) {}

  /** A device's power is gone, or is back. */
  default void power(int device, boolean on) {}

  /** A device loses its connection and makes another at once. */
  default void reconnect(int device) {}
}
