package io.tidemark.ingest.sql;

import org.jspecify.annotations.Nullable;

/**
 * The SQL database could not do it now; nothing of the transaction has happened, or it is unknown
 * whether it has.
 */
public final class SqlUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With what was tried and what came of it. */
  public SqlUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
