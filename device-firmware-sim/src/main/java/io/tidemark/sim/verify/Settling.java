package io.tidemark.sim.verify;

import java.time.Duration;
import java.util.function.Consumer;

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
