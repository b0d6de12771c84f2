package io.tidemark.sim.source;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Real time from the first call on, until {@link #stop}. Thread-safe. */
public final class StoppablePace implements Pace {
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final long beganAtNanos = System.nanoTime();
  private volatile long dueAtNanos = beganAtNanos;

  @Override
  public boolean until(long nanos) throws InterruptedException {
    dueAtNanos = beganAtNanos + nanos;
    long left = dueAtNanos - System.nanoTime();
    boolean goesOn = !stopped.await(Math.max(0, left), TimeUnit.NANOSECONDS);
    if (!goesOn) {
      dueAtNanos = Math.min(dueAtNanos, System.nanoTime()); // what is done now is due now
    }
    return goesOn;
  }

  /**
   * The time last waited for, by {@link System#nanoTime}: when what the source does now was to be
   * done, however late it is.
   */
  public long dueAtNanos() {
    return dueAtNanos;
  }

  /** How far the source is behind its plan, in nanoseconds: 0 if it is not, or is stopped. */
  public long behindNanos() {
    return stopped.getCount() == 0 ? 0 : Math.max(0, System.nanoTime() - dueAtNanos);
  }

  /** Sources stop as soon as they ask the next time; those that wait, now. */
  public void stop() {
    stopped.countDown();
  }
}
