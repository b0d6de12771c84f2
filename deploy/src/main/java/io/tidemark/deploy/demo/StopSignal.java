package io.tidemark.deploy.demo;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/**
 * SIGINT and SIGTERM as something to wait for, so that the demo can end its processes in order and
 * still give its verdict and exit code. A second signal ends the demo's own patience: the wait for
 * the rest is cut short.
 */
final class StopSignal {
  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch second = new CountDownLatch(1);

  private StopSignal() {}

  static StopSignal install() {
    StopSignal stop = new StopSignal();
    Signal.handle(new Signal("INT"), signal -> stop.raise());
    Signal.handle(new Signal("TERM"), signal -> stop.raise());
    return stop;
  }

  private synchronized void raise() {
    if (first.getCount() > 0) {
      first.countDown();
    } else {
      second.countDown();
    }
  }

  /** Waits; true if told to stop. */
  boolean await(Duration limit) throws InterruptedException {
    return first.await(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Waits; true if told a second time. */
  boolean awaitSecond(Duration limit) throws InterruptedException {
    return second.await(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  boolean isRaised() {
    return first.getCount() == 0;
  }
}
