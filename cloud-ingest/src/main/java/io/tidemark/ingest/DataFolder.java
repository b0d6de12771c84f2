package io.tidemark.ingest;

import io.tidemark.identity.SecretFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place that is ours alone while we run, the data folder or the SQL database: two processes
 * writing one would break it. The lock goes with the process, however it ends.
 */
final class DataFolder implements AutoCloseable {
  private static final String SQLITE_PREFIX = "jdbc:sqlite:";

  /** There as long as a restore is under way; ./tidemark restore makes and removes it. */
  private static final String RESTORING = "restoring";

  private static final String INGEST_ID = "ingest-id";
  private static final Pattern ID = Pattern.compile("[0-9a-f-]{36}");

  private final FileChannel channel;
  private final String ingestId;

  private DataFolder(FileChannel channel, String ingestId) {
    this.channel = channel;
    this.ingestId = ingestId;
  }

  /**
   * Makes the folder and locks it.
   *
   * @throws IOException that says what to do, if the folder cannot be made or another process has
   *     it
   */
  static DataFolder open(Path folder) throws IOException {
    if (Files.exists(folder.resolve(RESTORING))) {
      throw new IOException(
          "a restore into the data folder %s did not end, so not all is in it: remove the folder and restore again"
              .formatted(folder.toAbsolutePath()));
    }
    FileChannel lock =
        lock(
            folder.resolve("lock"),
            "data folder " + folder.toAbsolutePath(),
            "set tidemark.data.dir to another");
    boolean sound = false;
    try {
      DataFolder open = new DataFolder(lock, readOrMakeId(folder));
      sound = true;
      return open;
    } finally {
      if (!sound) {
        lock.close();
      }
    }
  }

  /** Whether a JDBC URL names a file, which one ingest uses at a time. */
  static boolean isFile(String url) {
    return url.startsWith(SQLITE_PREFIX);
  }

  /**
   * Locks the database that a JDBC URL names, if it is a file.
   *
   * @return null for a database that is no file
   * @throws IOException as {@link #open} does
   */
  static @Nullable DataFolder openDatabase(String url) throws IOException {
    if (!isFile(url)) {
      return null;
    }
    Path file = Path.of(url.substring(SQLITE_PREFIX.length())).toAbsolutePath();
    return new DataFolder(
        lock(
            file.resolveSibling(file.getFileName() + ".lock"),
            "database " + file + " (one ingest runs on a file; several need PostgreSQL)",
            "set tidemark.sql.url to another"),
        "");
  }

  /**
   * The name of the ingest whose data folder it is, the same after each start, so that it knows as
   * its own what it has left behind.
   */
  String ingestId() {
    return ingestId;
  }

  /** Makes one if there is none that is whole; the folder is locked, so nobody else does. */
  private static String readOrMakeId(Path folder) throws IOException {
    Path file = folder.resolve(INGEST_ID);
    try {
      if (Files.exists(file)) {
        String kept = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        if (ID.matcher(kept).matches()) {
          return kept;
        }
      }
      String made = UUID.randomUUID().toString();
      SecretFile.write(folder, INGEST_ID, made); // whole after a power cut
      return made;
    } catch (IOException e) {
      throw new IOException(
          "the ingest's name in %s cannot be read or made (%s); make the file readable and the folder writable"
              .formatted(file.toAbsolutePath(), e),
          e);
    }
  }

  private static FileChannel lock(Path lockFile, String what, String instead) throws IOException {
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
    return channel;
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
