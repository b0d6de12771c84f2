package io.tidemark.gateway.mqtt;

import java.util.Collection;
import java.util.function.Predicate;

/**
 * Tells connected devices to leave, a part of them at a time: ten thousand in one moment would be
 * too much for the event loops here, and for the gateways they go to. Nothing is remembered of a
 * device, so that any number of beginnings costs nothing.
 *
 * <p>For one thread at a time.
 */
final class Departures {
  private final int parts;
  private int partSize;

  /** All go in about so many parts. */
  Departures(int parts) {
    this.parts = parts;
  }

  /**
   * Tells the next part. Those that are still connected although they were told do not count, so
   * that none is forgotten behind them, nor one that came when the first part went.
   *
   * @param connected all that are connected now
   * @param tell tells one; false if it was told before
   */
  <D> void next(Collection<D> connected, Predicate<D> tell) {
    if (partSize == 0) {
      partSize = (connected.size() + parts - 1) / parts;
    }
    int told = 0;
    for (D device : connected) {
      if (told == partSize) {
        return;
      }
      if (tell.test(device)) {
        told++;
      }
    }
  }

  /** Those that are left stay; what is next is the first part again. */
  void end() {
    partSize = 0;
  }
}
