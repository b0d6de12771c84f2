package io.tidemark.deploy.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** How many entries of a log, one after the other, the disk makes durable in a second. */
final class DiskLimit {
  private static final Duration TIME = Duration.ofSeconds(1);
  private static final int ENTRIES_MAX = 20_000;
  private static final int FILE_MAX_BYTES = 256 << 20;

  private final Path file;

  DiskLimit(Path folder) {
    file = folder.resolve("disk-limit");
  }

  /** Appends and fdatasyncs entries of that size for a second. */
  double entriesPerSecond(int entryBytes) throws IOException {
    ByteBuffer entry = ByteBuffer.allocateDirect(entryBytes);
    int entries = 0;
    long begun = System.nanoTime();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long until = begun + TIME.toNanos();
      while (entries < ENTRIES_MAX
          && (long) entries * entryBytes < FILE_MAX_BYTES
          && System.nanoTime() < until) {
        entry.clear();
        while (entry.hasRemaining()) {
          channel.write(entry);
        }
        channel.force(false);
        entries++;
      }
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    Files.delete(file);
    return entries / seconds;
  }
}
