package io.tidemark.ingest.sql;

import java.sql.SQLException;

/**
 * The SQL database can be reached but not be used; that does not end by itself. Says what to do.
 */
public final class SqlRefusedException extends SQLException {
  private static final long serialVersionUID = 1L;

  /** With what to do. */
  public SqlRefusedException(String message) {
    super(message);
  }

  SqlRefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
