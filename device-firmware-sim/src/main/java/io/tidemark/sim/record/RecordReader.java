package io.tidemark.sim.record;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Reads a record file entry by entry, in order. Holds one entry at a time, whatever the file's
 * size. May read a file that is being written to: it ends where the file ended. Not thread-safe.
 */
public final class RecordReader implements AutoCloseable {
  /** Name of the record file in its folder. */
  public static final String FILE_NAME = "readings.record";

  private static final int BUFFER_BYTES = 1 << 20;

  private final Path file;
  private final DataInputStream in;

  /** The file's size when it was opened; what is written later is not looked at. */
  private final long limit;

  private long position;
  private boolean ended;

  /**
   * Opens the record in {@code folder}.
   *
   * @throws IOException if there is none, or it is not a record
   */
  public RecordReader(Path folder) throws IOException {
    this.file = folder.resolve(FILE_NAME);
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          "no record in "
              + folder
              + ": there is no "
              + FILE_NAME
              + " (give the folder of `--record`)");
    }
    this.limit = Files.size(file);
    this.in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES));
    try {
      if (in.readLong() != RecordFormat.MAGIC) {
        throw new RecordCorruptException("not a record: the first 8 bytes must be TDMKREC2", 0);
      }
    } catch (EOFException e) {
      in.close();
      throw new RecordCorruptException("not a record: shorter than its 8 first bytes", 0);
    } catch (RecordCorruptException e) {
      in.close();
      throw e;
    }
    this.position = RecordFormat.MAGIC_BYTES;
  }

  /**
   * The next entry, or null at the end of what is whole. A torn tail is the end.
   *
   * @throws RecordCorruptException if what does not check had been fsynced once
   */
  public @Nullable Entry next() throws IOException {
    while (!ended) {
      long start = position;
      ByteBuffer body = nextBody();
      if (body == null) {
        ended = true;
        refuseDamage(start);
        return null;
      }
      Entry entry = RecordFormat.decode(body, start);
      if (entry != null) {
        return entry;
      }
    }
    return null;
  }

  /**
   * Offset behind the last whole entry read: after {@link #next} has returned null, where the
   * file's good part ends.
   */
  public long position() {
    return position;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private @Nullable ByteBuffer nextBody() throws IOException {
    try {
      int length = in.readInt();
      int crc = in.readInt();
      if (length < 1
          || length > RecordFormat.ENTRY_MAX_BYTES
          || position + RecordFormat.ENTRY_HEADER_BYTES + length > limit) {
        return null;
      }
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length || RecordFormat.crc(length, bytes, 0) != crc) {
        return null;
      }
      position += RecordFormat.ENTRY_HEADER_BYTES + length;
      return ByteBuffer.wrap(bytes);
    } catch (EOFException e) {
      return null; // inside length or checksum: the end of the file, or a torn tail
    }
  }

  /** Looks behind {@code offset} for a mark which says that the file had been fsynced beyond it. */
  private void refuseDamage(long offset) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer window = ByteBuffer.allocate(BUFFER_BYTES);
      long at = offset;
      while (true) {
        window.clear().limit((int) Math.min(BUFFER_BYTES, Math.max(0, limit - at)));
        while (window.hasRemaining() && channel.read(window, at + window.position()) >= 0) {
          // read on until the window is full or the file ends
        }
        window.flip();
        if (window.remaining() < RecordFormat.MARK_BYTES) {
          return;
        }
        int last = window.limit() - RecordFormat.MARK_BYTES;
        for (int i = 0; i <= last; i++) {
          if (isMarkBeyond(window, i, offset)) {
            throw new RecordCorruptException(
                "an entry does not check although it had been written safely: the file is damaged. "
                    + "Restore it from a copy, or start a new record",
                offset);
          }
        }
        at += last + 1L;
      }
    }
  }

  private static boolean isMarkBeyond(ByteBuffer window, int i, long offset) {
    int body = i + RecordFormat.ENTRY_HEADER_BYTES;
    int length = RecordFormat.MARK_BYTES - RecordFormat.ENTRY_HEADER_BYTES;
    return window.getLong(body + 1) == RecordFormat.MARK_MAGIC
        && window.getInt(i) == length
        && window.get(body) == RecordFormat.MARK
        && window.getInt(i + 4) == RecordFormat.crc(length, window.array(), body)
        && window.getLong(body + 9) > offset;
  }
}
