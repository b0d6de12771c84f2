package io.tidemark.deploy.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

/** Waits for what has to be asked for again and again. */
final class Waiting {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration SLOW_POLL = Duration.ofSeconds(1);
  private static final int SLOW_POLLS_A_LINE = 30;

  private Waiting() {}

  /** What is waited for; asks processes, so it takes a moment. */
  interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  /**
   * Returns as soon as it holds.
   *
   * @param trouble what is wrong as long as it does not
   * @throws IOException if it does not within two minutes
   */
  static void until(Condition done, Supplier<String> trouble)
      throws IOException, InterruptedException {
    until(LIMIT, POLL, Integer.MAX_VALUE, done, trouble);
  }

  /**
   * The same for what may take long: asks once a second, and says on standard error each half
   * minute that it goes on waiting.
   *
   * @throws IOException if it does not hold within that limit
   */
  static void patiently(Duration limit, Condition done, Supplier<String> trouble)
      throws IOException, InterruptedException {
    until(limit, SLOW_POLL, SLOW_POLLS_A_LINE, done, trouble);
  }

  private static void until(
      Duration limit, Duration poll, int pollsALine, Condition done, Supplier<String> trouble)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    for (int polls = 1; !done.holds(); polls++) {
      Duration waited = Duration.ofNanos(System.nanoTime() - begun);
      if (waited.compareTo(limit) > 0) {
        throw new IOException("waited for %d s: %s".formatted(limit.toSeconds(), trouble.get()));
      }
      if (polls % pollsALine == 0) {
        System.err.printf("waiting for %d s: %s%n", waited.toSeconds(), trouble.get());
      }
      Thread.sleep(poll.toMillis());
    }
  }
}
