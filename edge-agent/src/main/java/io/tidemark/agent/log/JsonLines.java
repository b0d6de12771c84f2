package io.tidemark.agent.log;

import io.tidemark.wire.log.LogLine;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/** A JSON object a line, as all programs have it. Thread-safe. */
final class JsonLines extends Formatter {
  private final LogLine line;

  /**
   * Formats for one device.
   *
   * @param device null while it is not known
   */
  JsonLines(@Nullable String device) {
    line = new LogLine("tidemark-agent", device);
  }

  /** Called by the thread that logs: so it is known by its name. */
  @Override
  public String format(LogRecord logged) {
    return line.of(
            logged.getInstant(),
            level(logged),
            String.valueOf(logged.getLoggerName()),
            Thread.currentThread().getName(),
            formatMessage(logged),
            exception(logged))
        + "\n";
  }

  /** By the name that everybody else has for it. */
  static String level(LogRecord logged) {
    int level = logged.getLevel().intValue();
    if (level >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (level >= Level.WARNING.intValue()) {
      return "WARN";
    }
    return level >= Level.INFO.intValue() ? "INFO" : "DEBUG";
  }

  static @Nullable String exception(LogRecord logged) {
    Throwable thrown = logged.getThrown();
    if (thrown == null) {
      return null;
    }
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}
