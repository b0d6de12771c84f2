package io.tidemark.sim.relay;

import java.util.Locale;

/** Which way something travels. */
public enum Direction {
  /** From a device to its gateway. */
  UP,
  /** From a gateway to a device. */
  DOWN;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
