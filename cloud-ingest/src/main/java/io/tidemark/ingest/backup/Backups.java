package io.tidemark.ingest.backup;

import io.tidemark.ingest.backup.BackupState.Stage;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.SqliteCopy;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Copies what this ingest keeps itself, SQLite and the embedded store, into a folder {@value
 * #READY} of its data folder, for somebody with access to that folder to take away; never to
 * anywhere else, and never over the network, as devices' keys are in it.
 *
 * <p>Rows are not written while they are copied. Before the first of them the SQL database is
 * copied: so the copy is what a kill at that moment would leave, with which ingest starts as after
 * any kill. Thread-safe; one copy at a time, on a thread of its own.
 */
public final class Backups {
  /** Where a copy is, below the data folder. */
  public static final String READY = "backup/ready";

  private static final String UNFINISHED = "backup/unfinished";

  /** What has to stay free beside the copy. */
  private static final long SPARE_BYTES = 256L << 20;

  private static final String DATABASE = "tidemark.db";
  private static final String STORE = "store";

  private final Path data;
  private final Sql sql;
  private final TimeSeriesStore store;
  private final AtomicLong copied = new AtomicLong();
  private volatile BackupState state = BackupState.NOTHING;

  /**
   * Makes none yet.
   *
   * @param data the data folder
   */
  public Backups(Path data, Sql sql, TimeSeriesStore store) {
    this.data = data;
    this.sql = sql;
    this.store = store;
  }

  /** What is done once it is certain that a copy can begin, and without which it does not. */
  @FunctionalInterface
  public interface Announcement {
    /** Does it. */
    void make() throws SqlUnavailableException;
  }

  /** How the newest copy stands. */
  public BackupState state() {
    BackupState now = state;
    return now.stage() == Stage.COPYING
        ? new BackupState(
            now.stage(),
            copied.get(),
            now.totalBytes(),
            now.pausedMillis(),
            now.sql(),
            now.rows(),
            now.why())
        : now;
  }

  /**
   * Begins one, in the place of the one before. Where SQL and rows are both a server's it has
   * nothing in it, and says so: who takes it away takes the authority's files, too.
   *
   * @param announcement made before anything is copied
   * @throws BackupException if one is under way, or there is no room
   * @throws SqlUnavailableException if the announcement could not be made; nothing is copied then
   */
  public synchronized void begin(Announcement announcement)
      throws BackupException, IOException, SqlUnavailableException {
    if (state.stage() == Stage.COPYING) {
      throw new BackupException("a copy is being made already: wait until it is ready");
    }
    remove();
    Path database = SqliteCopy.file(sql);
    long bytes = size(data.resolve(STORE)) + (database == null ? 0 : size(database));
    long free = Files.getFileStore(data).getUsableSpace();
    if (free < bytes + SPARE_BYTES) {
      throw new BackupException(
          "a copy needs %,d bytes on the disk of %s, and %,d to spare, but %,d are free: make room"
              .formatted(bytes, data, SPARE_BYTES, free));
    }
    announcement.make();
    copied.set(0);
    state = new BackupState(Stage.COPYING, 0, bytes, 0, false, false, null);
    Thread thread = new Thread(this::copy, "backup");
    thread.setDaemon(true);
    try {
      thread.start();
    } catch (Error e) { // there is none to be had
      fail(e);
      throw e;
    }
  }

  private void copy() {
    try {
      Path unfinished = data.resolve(UNFINISHED);
      Files.createDirectories(unfinished);
      long[] begun = {System.nanoTime()};
      boolean rows =
          store.copyTo(
              unfinished.resolve(STORE),
              () -> {
                begun[0] = System.nanoTime();
                copySql(unfinished);
              },
              copied::addAndGet);
      long paused = rows ? System.nanoTime() - begun[0] : 0;
      if (!rows) {
        copySql(unfinished);
      }
      Files.move(unfinished, data.resolve(READY), StandardCopyOption.ATOMIC_MOVE);
      state =
          new BackupState(
              Stage.READY,
              copied.get(),
              copied.get(),
              TimeUnit.NANOSECONDS.toMillis(paused),
              SqliteCopy.file(sql) != null,
              rows,
              null);
    } catch (IOException | StoreUnavailableException | RuntimeException | Error e) {
      fail(e);
    }
  }

  private void fail(Throwable e) {
    String why = e.getMessage();
    state =
        new BackupState(
            Stage.FAILED,
            copied.get(),
            state.totalBytes(),
            0,
            false,
            false,
            e instanceof Error || why == null ? e.toString() : why);
  }

  private void copySql(Path folder) throws IOException {
    if (SqliteCopy.file(sql) == null) {
      return;
    }
    Path copy = folder.resolve(DATABASE);
    try {
      SqliteCopy.make(sql, copy);
    } catch (SqlUnavailableException e) {
      throw new IOException(e.getMessage(), e);
    }
    copied.addAndGet(Files.size(copy));
  }

  /**
   * Removes the copy that is there, and what is left of one that did not end.
   *
   * @throws BackupException if one is being made
   */
  public synchronized void remove() throws IOException, BackupException {
    if (state.stage() == Stage.COPYING) {
      throw new BackupException("a copy is being made: wait until it is ready");
    }
    for (String folder : List.of(READY, UNFINISHED)) {
      delete(data.resolve(folder));
    }
    state = BackupState.NOTHING;
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static long size(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return 0;
    }
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        // One that is gone meanwhile takes no room.
        bytes += Files.isRegularFile(file) ? file.toFile().length() : 0;
      }
    }
    return bytes;
  }
}
