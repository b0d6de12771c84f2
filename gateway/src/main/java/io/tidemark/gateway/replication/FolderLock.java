package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a data folder to one process: taken before anything in it is looked at, and gone with the
 * process, however that ends.
 */
final class FolderLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);
  private static final String FILE = "lock";

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the folder, which is made if it is not there.
   *
   * @throws LogStartException if another process has it, or this one already
   */
  static FolderLock of(Path dir) throws IOException, LogStartException {
    Files.createDirectories(dir);
    FileChannel channel =
        FileChannel.open(dir.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      taken = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      LOG.debug("{} is taken by this process", dir);
    } finally {
      if (!taken) {
        channel.close();
      }
    }
    if (!taken) {
      throw new LogStartException(
          dir + " is in use by another gateway's process: give each its own tidemark.data.dir",
          null);
    }
    return new FolderLock(channel);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.warn("The lock of the data folder did not close well", e);
    }
  }
}
