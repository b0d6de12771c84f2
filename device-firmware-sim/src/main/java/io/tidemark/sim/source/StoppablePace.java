package io.tidemark.sim.source;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Real time from the first call on, until {@link #stop}. Thread-safe. */
public final class StoppablePace implements Pace {
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final long beganAtNanos = System.nanoTime();

  @Override
  public boolean until(long nanos) throws InterruptedException {
    long left = nanos - (System.nanoTime() - beganAtNanos);
    return !stopped.await(Math.max(0, left), TimeUnit.NANOSECONDS);
  }

  /** Sources stop as soon as they ask the next time; those that wait, now. */
  public void stop() {
    stopped.countDown();
  }
}
