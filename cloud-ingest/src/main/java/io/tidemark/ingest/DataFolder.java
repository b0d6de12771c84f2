package io.tidemark.ingest;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The data folder, ours alone while we run: two processes writing one store would break it. */
final class DataFolder implements AutoCloseable {
  private final FileChannel channel;

  private DataFolder(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Makes the folder and locks it. The lock goes with the process, however it ends.
   *
   * @throws IOException that says what to do, if the folder cannot be made or another process has
   *     it
   */
  static DataFolder open(Path folder) throws IOException {
    Path lockFile = folder.resolve("lock");
    FileChannel channel;
    try {
      Files.createDirectories(folder);
      channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new IOException(
          "the data folder %s cannot be written (%s); make it writable or set tidemark.data.dir to another"
              .formatted(folder.toAbsolutePath(), e),
          e);
    }
    if (lock(channel) == null) {
      channel.close();
      throw new IOException(
          "another ingest is using the data folder %s; stop it, or set tidemark.data.dir to another"
              .formatted(folder.toAbsolutePath()));
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
