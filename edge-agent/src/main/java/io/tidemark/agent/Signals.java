package io.tidemark.agent;

import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;

/**
 * SIGTERM and SIGINT as something to wait for. Not a shutdown hook: that could not choose the exit
 * code, and other hooks (of the database's native library) would run while we still need what they
 * end.
 */
final class Signals {
  private Signals() {}

  /** Counts down at the first signal; a second one ends the process at once. */
  static CountDownLatch awaitTermination() {
    CountDownLatch stop = new CountDownLatch(1);
    for (String name : new String[] {"TERM", "INT"}) {
      Signal.handle(
          new Signal(name),
          signal -> {
            if (stop.getCount() == 0) {
              Runtime.getRuntime().halt(Agent.UNCLEAN); // what is in the journal is safe
            }
            stop.countDown();
          });
    }
    return stop;
  }
}
