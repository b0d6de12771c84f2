package io.tidemark.sim.view;

import io.tidemark.wire.log.LogFormat;
import io.tidemark.wire.log.LogLine;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Makes of each line that is written for people a line of a log in JSON, as all programs have it.
 * Used behind a {@link PrintStream} or a {@link PrintWriter}, which keep threads apart.
 */
public final class LogStream extends OutputStream {
  private static final LogLine LINE = new LogLine("tidemark-sim", null);

  private final PrintStream out;
  private final String level;
  private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();

  private LogStream(PrintStream out, String level) {
    this.out = out;
    this.level = level;
  }

  /** What is written to the stream that is returned goes to {@code out}. */
  public static PrintStream information(PrintStream out) {
    return new PrintStream(new LogStream(out, "INFO"), true, StandardCharsets.UTF_8);
  }

  /** The same for what has gone wrong. */
  public static PrintWriter errors(PrintStream out) {
    return new PrintWriter(new LogStream(out, "ERROR"), true, StandardCharsets.UTF_8);
  }

  /** Whether the environment of this process asks for it. */
  public static boolean isAskedFor() {
    String format = System.getenv().getOrDefault(LogFormat.VARIABLE, "");
    return LogFormat.of(LogFormat.VARIABLE, format) == LogFormat.JSON;
  }

  @Override
  public void write(int b) {
    if (b != '\n') {
      unfinished.write(b);
      return;
    }
    String said = unfinished.toString(StandardCharsets.UTF_8).strip();
    unfinished.reset();
    if (!said.isEmpty()) {
      String thread = Thread.currentThread().getName();
      out.println(LINE.of(Instant.now(), level, "io.tidemark.sim", thread, said, null));
    }
  }

  @Override
  public void flush() {
    out.flush();
  }
}
