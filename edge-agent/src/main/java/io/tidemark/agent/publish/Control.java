package io.tidemark.agent.publish;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What others want of the publisher's thread. Safe for several threads. */
final class Control {
  private final CountDownLatch drained = new CountDownLatch(1);
  private volatile boolean draining;
  private volatile boolean stopped;
  private volatile boolean renewing;

  boolean isStopped() {
    return stopped;
  }

  boolean isDraining() {
    return draining;
  }

  void drain() {
    draining = true;
  }

  void stop() {
    stopped = true;
  }

  /** Whether there is to be another connection. */
  boolean isRenewing() {
    return renewing;
  }

  void renew() {
    renewing = true;
  }

  /** A connection that is begun now is such a one. */
  void renewed() {
    renewing = false;
  }

  void drained() {
    drained.countDown();
  }

  boolean awaitDrained(Duration max) throws InterruptedException {
    return drained.await(max.toNanos(), TimeUnit.NANOSECONDS);
  }
}
