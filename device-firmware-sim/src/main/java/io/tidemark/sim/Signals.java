package io.tidemark.sim;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * Turns SIGINT and SIGTERM into an orderly end: what runs is told to stop, and the process exits
 * with the code of the command, as soon as that is done. While nothing has asked to be told,
 * signals end the process as usual. Thread-safe.
 */
final class Signals {
  private final List<Runnable> stoppers = new CopyOnWriteArrayList<>();
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile int exitCode;

  /** From now on the process' signals come here. */
  void listen() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, "signals"));
  }

  /** What to do on a signal, from now on. */
  void onStop(Runnable stop) {
    stoppers.add(stop);
  }

  /** As if a signal had come. */
  void stop() {
    stoppers.forEach(Runnable::run);
  }

  /** Ends the process. */
  void exit(int code) {
    exitCode = code;
    done.countDown();
    System.exit(code);
  }

  private void stopAndWait() {
    if (stoppers.isEmpty()) {
      return;
    }
    stop();
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
