package io.tidemark.ingest;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A place that is ours alone while we run, the data folder or the SQL database: two processes
 * writing one would break it. The lock goes with the process, however it ends.
 */
final class DataFolder implements AutoCloseable {
  private static final String SQLITE_PREFIX = "jdbc:sqlite:";

  private final FileChannel channel;

  private DataFolder(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Makes the folder and locks it.
   *
   * @throws IOException that says what to do, if the folder cannot be made or another process has
   *     it
   */
  static DataFolder open(Path folder) throws IOException {
    return lock(
        folder.resolve("lock"),
        "data folder " + folder.toAbsolutePath(),
        "set tidemark.data.dir to another");
  }

  /**
   * Locks the database that a JDBC URL names. This version runs one ingest on a database.
   *
   * @return null for a database that is no file
   * @throws IOException as {@link #open} does
   */
  static @Nullable DataFolder openDatabase(String url) throws IOException {
    if (!url.startsWith(SQLITE_PREFIX)) {
      return null;
    }
    Path file = Path.of(url.substring(SQLITE_PREFIX.length())).toAbsolutePath();
    return lock(
        file.resolveSibling(file.getFileName() + ".lock"),
        "database " + file + " (one ingest runs on a database in this version)",
        "set tidemark.sql.url to another");
  }

  private static DataFolder lock(Path lockFile, String what, String instead) throws IOException {
    FileChannel channel;
    try {
      Path folder = lockFile.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new IOException(
          "the %s cannot be written (%s); make it writable or %s".formatted(what, e, instead), e);
    }
    if (lock(channel) == null) {
      channel.close();
      throw new IOException(
          "another ingest is using the %s; stop it, or %s".formatted(what, instead));
    }
    return new DataFolder(channel);
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by this very process
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
