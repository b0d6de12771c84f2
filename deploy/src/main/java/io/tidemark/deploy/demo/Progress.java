package io.tidemark.deploy.demo;

import java.io.PrintStream;

/**
 * What a person sees while the demo runs, on stderr: one line that is rewritten on a terminal, a
 * line now and then elsewhere.
 */
final class Progress {
  private static final int LINES_PERIOD_SECONDS = 5;

  private final PrintStream out;
  private final boolean terminal;
  private long lastStored = -1;
  private long lastNanos;
  private int ticks;
  private boolean lineOpen;

  Progress(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** A line that stays. */
  void say(String line) {
    closeLine();
    out.println(line);
    out.flush();
  }

  /** The live line, once a second. */
  void show(Sums sums, double seconds) {
    long now = System.nanoTime();
    double rate = lastStored < 0 ? 0 : (sums.stored() - lastStored) * 1e9 / (now - lastNanos);
    lastStored = sums.stored();
    lastNanos = now;
    String line =
        "%5.0f s  %,8.1f readings/s  produced %,d = stored %,d + waiting %,d + set aside %,d + dropped %,d + missing %,d"
            .formatted(
                seconds,
                rate,
                sums.produced(),
                sums.stored(),
                sums.waiting(),
                sums.quarantined(),
                sums.dropped(),
                sums.missing());
    if (terminal) {
      out.print("\r\u001b[K" + line);
      out.flush();
      lineOpen = true;
    } else if (ticks++ % LINES_PERIOD_SECONDS == 0) {
      out.println(line);
      out.flush();
    }
  }

  private void closeLine() {
    if (lineOpen) {
      out.println();
      lineOpen = false;
    }
  }
}
