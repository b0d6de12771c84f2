package io.tidemark.sim.fleet;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A device's timers, on its loop. An error in one would otherwise stop the device without a word:
 * it is told of.
 */
final class Timers {
  private final ScheduledExecutorService loop;
  private final Consumer<RuntimeException> onError;

  Timers(ScheduledExecutorService loop, Consumer<RuntimeException> onError) {
    this.loop = loop;
    this.onError = onError;
  }

  /** As soon as the loop gets to it. Any thread. */
  void soon(Runnable task) {
    loop.execute(guarded(task));
  }

  void later(long nanos, Runnable task) {
    loop.schedule(guarded(task), nanos, TimeUnit.NANOSECONDS);
  }

  void every(Duration interval, Runnable task) {
    long nanos = interval.toNanos();
    loop.scheduleAtFixedRate(guarded(task), nanos, nanos, TimeUnit.NANOSECONDS);
  }

  private Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        onError.accept(e);
        throw e;
      }
    };
  }
}
