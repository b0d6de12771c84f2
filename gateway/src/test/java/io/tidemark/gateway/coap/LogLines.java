package io.tidemark.gateway.coap;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.jboss.logmanager.LogContext;
import org.jboss.logmanager.Logger;

/** What is logged of a library, until this is closed. */
final class LogLines extends Handler implements AutoCloseable {
  private final Logger logger;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  /** Of this category and those below it. */
  LogLines(String category) {
    logger = LogContext.getLogContext().getLogger(category);
    logger.addHandler(this);
  }

  /** Those at the levels that application.properties shows. */
  List<String> shown() {
    return List.copyOf(lines);
  }

  void clear() {
    lines.clear();
  }

  @Override
  public void publish(LogRecord line) {
    lines.add(line.getLoggerName() + ": " + line.getMessage() + " " + line.getThrown());
  }

  @Override
  public void flush() {
    // Nothing is kept back.
  }

  @Override
  public void close() {
    logger.removeHandler(this);
  }
}
