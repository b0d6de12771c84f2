package io.tidemark.sim.view;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Redraws a few lines in place. Each frame is one write, no line is blanked before it is written,
 * and the terminal does not wrap meanwhile, so nothing flickers and nothing is torn when the window
 * shrinks. ECMA-48 sequences; of the private ones only 7 (wrapping) and 25 (the cursor).
 */
final class TerminalScreen implements Display {
  private static final String BEGIN = "\u001b[?25l\u001b[?7l";
  private static final String END = "\u001b[?7h\u001b[?25h";
  private static final String CLEAR_REST_OF_LINE = "\u001b[K";
  private static final String CLEAR_BELOW = "\u001b[J";

  /** Between two looks at the size. */
  private static final int FRAMES_PER_LOOK = 5;

  private final PrintStream out;
  private final Callable<TerminalSize> size;
  private TerminalSize current = TerminalSize.USUAL;
  private int frames;
  private int drawn;

  TerminalScreen(PrintStream out, Callable<TerminalSize> size) {
    this.out = out;
    this.size = size;
  }

  @Override
  public void show(Frame frame) {
    if (frames++ % FRAMES_PER_LOOK == 0) {
      current = look();
    }
    List<String> lines = Panel.lines(frame, current.columns(), current.rows() - 1);
    StringBuilder text = new StringBuilder(1_024);
    text.append(BEGIN);
    if (drawn > 0) {
      text.append("\u001b[").append(drawn).append('A');
    }
    text.append('\r');
    for (String line : lines) {
      text.append(line).append(CLEAR_REST_OF_LINE).append('\n');
    }
    text.append(CLEAR_BELOW).append(END);
    drawn = lines.size();
    write(text);
  }

  /** The last frame stays; the cursor comes back below it. */
  @Override
  public void close() {
    if (frames > 0) {
      write(END);
    }
  }

  private TerminalSize look() {
    try {
      return size.call();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return current;
    } catch (Exception e) {
      return current; // the size it had will do
    }
  }

  private void write(CharSequence text) {
    out.print(text);
    out.flush();
  }
}
