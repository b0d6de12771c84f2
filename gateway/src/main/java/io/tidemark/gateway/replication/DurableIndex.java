package io.tidemark.gateway.replication;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * An index up to which a group's log is on this disk for certain, kept beside the log. After a
 * power cut it tells an entry that was just being written, which nobody counted on, from one that
 * was fsynced and has been damaged since.
 *
 * <p>It is written behind the log and never fsynced: whatever of it comes to the disk says less
 * than there is, never more. Thread-safe.
 */
final class DurableIndex implements Closeable {
  /** Nothing is known. */
  static final long UNKNOWN = -1;

  private static final String NAME = "durable";
  private static final int BYTES = Long.BYTES + Integer.BYTES;

  private final FileChannel file;
  private volatile long noted;

  private DurableIndex(FileChannel file, long noted) {
    this.file = file;
    this.noted = noted;
  }

  /**
   * Opens a group's, making it where there is none.
   *
   * @param folder the group's folder; exists
   */
  static DurableIndex of(Path folder) throws IOException {
    long noted = read(folder);
    return new DurableIndex(
        FileChannel.open(folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE),
        noted);
  }

  /** What was noted last; {@link #UNKNOWN} if nothing was, or it cannot be read. */
  static long read(Path folder) throws IOException {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return UNKNOWN;
    }
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length != BYTES) {
      return UNKNOWN;
    }
    ByteBuffer all = ByteBuffer.wrap(bytes);
    long index = all.getLong();
    return all.getInt() == checksum(bytes) ? index : UNKNOWN;
  }

  /** The latest. */
  long noted() {
    return noted;
  }

  /**
   * Notes an index that is committed here, and so fsynced here and never taken back; once closed,
   * it notes nothing. Blocks as long as the disk does.
   */
  synchronized void note(long index) throws IOException {
    if (index <= noted || !file.isOpen()) {
      return;
    }
    ByteBuffer all = ByteBuffer.allocate(BYTES).putLong(index);
    all.putInt(checksum(all.array())).flip();
    if (file.write(all, 0) != BYTES) {
      throw new IOException("the index up to which the log is durable was written in part");
    }
    noted = index;
  }

  /** Of the index. */
  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, Long.BYTES);
    return (int) crc.getValue();
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}
