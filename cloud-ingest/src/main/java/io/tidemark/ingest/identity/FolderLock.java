package io.tidemark.ingest.identity;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Lets one ingest at a time change what is in a folder that several have. The lock goes with the
 * process, however it ends. A folder that cannot be written needs none: nobody changes it.
 */
final class FolderLock implements AutoCloseable {
  private static final String FILE = "lock";
  private static final long PAUSE_MILLIS = 20;

  private final @Nullable FileChannel channel;

  private FolderLock(@Nullable FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Waits for whoever has it.
   *
   * @param longest how long
   * @throws IOException if it is not to be had
   */
  static FolderLock take(Path folder, Duration longest) throws IOException {
    FileChannel channel = open(folder);
    if (channel == null) {
      return new FolderLock(null);
    }
    boolean taken = false;
    try {
      long begun = System.nanoTime();
      while (tryLock(channel) == null) {
        if (System.nanoTime() - begun > longest.toNanos()) {
          throw new IOException(
              "another ingest has been changing %s for more than %d s: see what it does, or stop it"
                  .formatted(folder, longest.toSeconds()));
        }
        Thread.sleep(PAUSE_MILLIS);
      }
      taken = true;
      return new FolderLock(channel);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while another ingest was changing " + folder, e);
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  private static @Nullable FileChannel open(Path folder) throws IOException {
    try {
      return FileChannel.open(
          folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (AccessDeniedException e) {
      return null;
    } catch (FileSystemException e) {
      if (Files.isDirectory(folder) && !Files.isWritable(folder)) {
        return null; // a file system that is mounted to be read
      }
      throw e;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by another authority of this very process
    }
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
