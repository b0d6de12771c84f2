package io.tidemark.ingest.backup;

import org.jspecify.annotations.Nullable;

/**
 * How the newest copy stands.
 *
 * @param stage none, copying, ready or failed
 * @param copiedBytes so far
 * @param totalBytes as they were when it was begun; it may become more
 * @param pausedMillis for how long nothing could be written
 * @param sql whether the SQL database is in it; false where that is a server's
 * @param rows whether the rows are in it; false where they are a server's
 * @param why it has failed; null if it has not
 */
public record BackupState(
    Stage stage,
    long copiedBytes,
    long totalBytes,
    long pausedMillis,
    boolean sql,
    boolean rows,
    @Nullable String why) {
  /** What became of it. */
  public enum Stage {
    NONE,
    COPYING,
    READY,
    FAILED
  }

  static final BackupState NOTHING = new BackupState(Stage.NONE, 0, 0, 0, false, false, null);
}
