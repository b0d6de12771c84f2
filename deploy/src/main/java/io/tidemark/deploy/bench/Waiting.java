package io.tidemark.deploy.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

/** Waits for what has to be asked for again and again. */
final class Waiting {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Duration POLL = Duration.ofMillis(50);

  private Waiting() {}

  /** What is waited for; asks processes, so it takes a moment. */
  interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  /**
   * Returns as soon as it holds.
   *
   * @param trouble what is wrong as long as it does not
   * @throws IOException if it does not within a minute
   */
  static void until(Condition done, Supplier<String> trouble)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!done.holds()) {
      if (System.nanoTime() > deadline) {
        throw new IOException("waited for %d s: %s".formatted(LIMIT.toSeconds(), trouble.get()));
      }
      Thread.sleep(POLL.toMillis());
    }
  }
}
