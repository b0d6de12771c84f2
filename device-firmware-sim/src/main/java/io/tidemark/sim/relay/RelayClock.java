package io.tidemark.sim.relay;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The time of a relay: what a plan is followed by and delays are measured with. Thread-safe. */
public interface RelayClock {
  /** Now, in nanoseconds since some moment, never less than before. */
  long nanos();

  /** Runs a task on a loop once {@link #nanos} is at least {@code atNanos}. */
  void schedule(ScheduledExecutorService loop, long atNanos, Runnable task);

  /** The machine's. */
  static RelayClock system() {
    return new RelayClock() {
      @Override
      public long nanos() {
        return System.nanoTime();
      }

      @Override
      public void schedule(ScheduledExecutorService loop, long atNanos, Runnable task) {
        long delay = Math.max(0, atNanos - System.nanoTime());
        loop.schedule(() -> told(task), delay, TimeUnit.NANOSECONDS);
      }

      /** A scheduled task's error would be seen by nobody. */
      private static void told(Runnable task) {
        try {
          task.run();
        } catch (RuntimeException e) {
          Thread thread = Thread.currentThread();
          thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
      }
    };
  }
}
