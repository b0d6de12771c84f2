package io.tidemark.agent.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Holds a journal's folder for one process; given up by the system when the process dies, however
 * it dies.
 */
final class FolderLock implements AutoCloseable {
  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  static FolderLock acquire(Path dir) throws JournalException {
    Path file = dir.resolve("lock");
    FileChannel channel = null;
    try {
      Files.createDirectories(dir);
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock(channel) == null) {
        channel.close();
        throw new JournalException(
            "the journal in %s is in use by another agent. One journal belongs to one process: stop the other one, or give this one another journal.dir"
                .formatted(dir));
      }
      return new FolderLock(channel);
    } catch (IOException e) {
      throw new JournalException(
          "the journal's folder %s cannot be used: %s. It must exist or be creatable, and be writable by this user"
              .formatted(dir, e),
          e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held within this very process
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
