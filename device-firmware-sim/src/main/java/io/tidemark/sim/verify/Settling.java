package io.tidemark.sim.verify;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The time, in all, that is waited for what was acknowledged to arrive. Not thread-safe. */
final class Settling {
  private static final long POLL_MILLIS = 250;

  private final long untilNanos;
  private final Consumer<String> progress;
  private String told = "";

  Settling(Duration limit, Consumer<String> progress) {
    this.untilNanos = System.nanoTime() + limit.toNanos();
    this.progress = progress;
  }

  /** A device's ledger, once it has settled; or as it is when the time is up. */
  DeviceLedger ledger(String device, Api api, Predicate<DeviceLedger> isSettled)
      throws IOException, InterruptedException {
    while (true) {
      DeviceLedger ledger = api.ledger(device);
      if (isSettled.test(ledger) || !waitedFor(device)) {
        return ledger;
      }
    }
  }

  /** Waits a little for a device; false, at once, if the time is up. */
  boolean waitedFor(String device) throws InterruptedException {
    if (System.nanoTime() - untilNanos >= 0) {
      return false;
    }
    if (!told.equals(device)) {
      progress.accept("waiting for " + device + " to settle");
      told = device;
    }
    Api.pause(POLL_MILLIS);
    return true;
  }
}
