package io.tidemark.ingest.backup;

/** Why there is no copy, in words that say what to do. */
public final class BackupException extends Exception {
  private static final long serialVersionUID = 1L;

  BackupException(String message) {
    super(message);
  }
}
