package io.tidemark.agent.log;

import io.tidemark.wire.log.LogLine;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/** Time, level, the last part of the logger's name, and what is said. Thread-safe. */
final class TextLines extends Formatter {
  @Override
  public String format(LogRecord logged) {
    String logger = String.valueOf(logged.getLoggerName());
    @Nullable String exception = JsonLines.exception(logged);
    return "%s %s %s - %s%n%s"
        .formatted(
            LogLine.time(logged.getInstant()),
            JsonLines.level(logged),
            logger.substring(logger.lastIndexOf('.') + 1),
            formatMessage(logged),
            exception == null ? "" : exception);
  }
}
