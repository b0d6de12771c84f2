package io.tidemark.agent.log;

import java.io.Writer;
import org.slf4j.Logger;

/** Logs, as an error, what is written until it is flushed. Used by one thread at a time. */
final class LoggedWords extends Writer {
  private final Logger log;
  private final StringBuilder words = new StringBuilder();

  LoggedWords(Logger log) {
    this.log = log;
  }

  @Override
  public void write(char[] characters, int offset, int length) {
    words.append(characters, offset, length);
  }

  @Override
  public void flush() {
    String said = words.toString().strip();
    words.setLength(0);
    if (!said.isEmpty()) {
      log.error("{}", said);
    }
  }

  @Override
  public void close() {
    flush();
  }
}
