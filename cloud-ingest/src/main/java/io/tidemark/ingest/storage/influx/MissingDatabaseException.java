package io.tidemark.ingest.storage.influx;

import java.io.IOException;

/** An answer says within its body that there is no such database. */
final class MissingDatabaseException extends IOException {
  private static final long serialVersionUID = 1L;

  MissingDatabaseException(String message) {
    super(message);
  }
}
