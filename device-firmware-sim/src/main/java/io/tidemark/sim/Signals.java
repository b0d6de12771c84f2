package io.tidemark.sim;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * Turns SIGINT and SIGTERM into an orderly end: what runs is told to stop, and the process exits
 * with the code of the command, as soon as that is done. Thread-safe.
 */
final class Signals {
  private final List<Runnable> stoppers = new CopyOnWriteArrayList<>();
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile int exitCode;

  /** What to do on a signal, from now on. */
  void onStop(Runnable stop) {
    if (stoppers.isEmpty()) {
      Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, "signals"));
    }
    stoppers.add(stop);
  }

  /** Ends the process. */
  void exit(int code) {
    exitCode = code;
    done.countDown();
    System.exit(code);
  }

  private void stopAndWait() {
    stoppers.forEach(Runnable::run);
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(exitCode);
  }
}
