package io.tidemark.ingest.storage.embedded;

import io.questdb.DefaultTelemetryConfiguration;
import io.questdb.TelemetryConfiguration;
import io.questdb.cairo.CommitMode;
import io.questdb.cairo.DefaultCairoConfiguration;
import io.questdb.std.FilesFacade;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How QuestDB is run in this process. */
final class QuestConfiguration extends DefaultCairoConfiguration {
  private static final int FILE_NAME_MAX_CHARS = 200;
  private static final long IDLE_READER_MAX_MILLIS = 60_000;
  private static final long IDLE_WRITER_MAX_MILLIS = 600_000;
  private static final int O3_COLUMN_BYTES = 256 << 10;

  private final @Nullable FilesFacade files;

  QuestConfiguration(Path root, @Nullable FilesFacade files) {
    super(root.toString());
    this.files = files;
  }

  /** A commit is fsynced before it returns: what ingest acknowledges rests on it. */
  @Override
  public int getCommitMode() {
    return CommitMode.SYNC;
  }

  @Override
  public FilesFacade getFilesFacade() {
    return files == null ? super.getFilesFacade() : files;
  }

  /** An escaped metric has up to 2 x 64 characters and a suffix; file systems take 255. */
  @Override
  public int getMaxFileNameLength() {
    return FILE_NAME_MAX_CHARS;
  }

  @Override
  public long getInactiveReaderTTL() {
    return IDLE_READER_MAX_MILLIS;
  }

  @Override
  public long getInactiveWriterTTL() {
    return IDLE_WRITER_MAX_MILLIS;
  }

  /** The server's own default; the library's is 8 MiB for every column. */
  @Override
  public int getO3ColumnMemorySize() {
    return O3_COLUMN_BYTES;
  }

  @Override
  public TelemetryConfiguration getTelemetryConfiguration() {
    return new DefaultTelemetryConfiguration() {
      @Override
      public boolean getDisableCompletely() {
        return true;
      }

      @Override
      public boolean getEnabled() {
        return false;
      }
    };
  }
}
