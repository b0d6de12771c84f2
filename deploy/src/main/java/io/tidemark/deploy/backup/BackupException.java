package io.tidemark.deploy.backup;

/** Why there is no backup, or nothing was put back, in words that say what to do. */
public final class BackupException extends Exception {
  private static final long serialVersionUID = 1L;

  BackupException(String message) {
    super(message);
  }
}
