package io.tidemark.gateway.replication;

import org.jspecify.annotations.Nullable;

/** A log that cannot be opened. Its folder is left as it was found. */
public final class LogStartException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With what is wrong, where, and what to do. */
  public LogStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
