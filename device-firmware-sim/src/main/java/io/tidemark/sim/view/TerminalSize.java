package io.tidemark.sim.view;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * How large the terminal is, in characters. {@code stty} is asked, as Java itself cannot tell.
 *
 * @param columns at least 20
 * @param rows at least 3
 */
record TerminalSize(int columns, int rows) {
  static final TerminalSize USUAL = new TerminalSize(80, 24);

  private static final long ANSWER_MAX_MILLIS = 500;

  /** Asks; the usual size if nobody answers. */
  static TerminalSize ask() throws InterruptedException {
    Process stty;
    try {
      stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return USUAL; // no stty here, or no terminal: not a reason to stop
    }
    try {
      if (!stty.waitFor(ANSWER_MAX_MILLIS, TimeUnit.MILLISECONDS)) {
        return USUAL;
      }
      return parse(
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip());
    } catch (IOException e) {
      return USUAL;
    } finally {
      stty.destroy();
    }
  }

  /** {@code ROWS COLUMNS}; 0 0 where a terminal does not know. */
  static TerminalSize parse(String answer) {
    if (!answer.matches("[1-9]\\d{0,4} [1-9]\\d{0,4}")) {
      return USUAL;
    }
    String[] parts = answer.split(" ", -1);
    return new TerminalSize(
        Math.max(20, Integer.parseInt(parts[1])), Math.max(3, Integer.parseInt(parts[0])));
  }
}
