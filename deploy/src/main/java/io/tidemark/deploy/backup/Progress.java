package io.tidemark.deploy.backup;

import java.time.Duration;
import java.util.function.Consumer;

/** Says now and then how far something is. For one thread. */
public final class Progress {
  private static final Duration EVERY = Duration.ofSeconds(2);
  private static final double MIB = 1 << 20;

  private final Consumer<String> said;
  private String what = "";
  private long total;
  private long done;
  private long saidAt = System.nanoTime();

  /** Says nothing yet. */
  public Progress(Consumer<String> said) {
    this.said = said;
  }

  /** Begins something of so many bytes. */
  void begin(String what, long total) {
    this.what = what;
    this.total = total;
    done = 0;
    say();
  }

  /** So many bytes more. */
  void did(long bytes) {
    at(done + bytes);
  }

  /** So many bytes in all. */
  void at(long bytes) {
    done = bytes;
    if (System.nanoTime() - saidAt >= EVERY.toNanos()) {
      say();
    }
  }

  /** Something that is done. */
  void tell(String words) {
    said.accept(words);
  }

  private void say() {
    saidAt = System.nanoTime();
    said.accept("%s: %,.1f of %,.1f MiB".formatted(what, done / MIB, total / MIB));
  }
}
