package io.tidemark.agent.sensor;

import java.time.Duration;

/** Time a device needs between two commands; tests let it pass at once. */
interface Pause {
  Pause REAL =
      duration -> {
        long nanos = duration.toNanos();
        Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000));
      };

  void pause(Duration duration) throws InterruptedException;
}
