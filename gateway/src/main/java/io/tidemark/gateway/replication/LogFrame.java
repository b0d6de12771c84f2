package io.tidemark.gateway.replication;

import java.nio.ByteBuffer;

/**
 * How entries lie in the log: a byte that says their kind, and then
 *
 * <pre>
 * data:  01 | readings, 4 bytes | the entry's bytes
 * mark:  02 | index, 8 bytes    | readings, 8 bytes
 * close: 03
 * </pre>
 *
 * with numbers big-endian.
 */
final class LogFrame {
  static final byte DATA = 1;
  static final byte MARK = 2;
  static final byte CLOSE = 3;
  static final int DATA_HEADER_BYTES = 5;
  private static final int MARK_BYTES = 17;

  private LogFrame() {}

  static byte[] data(byte[] entry, int readings) {
    return ByteBuffer.allocate(DATA_HEADER_BYTES + entry.length)
        .put(DATA)
        .putInt(readings)
        .put(entry)
        .array();
  }

  static byte[] mark(Mark mark) {
    return ByteBuffer.allocate(MARK_BYTES)
        .put(MARK)
        .putLong(mark.index())
        .putLong(mark.readings())
        .array();
  }

  /** After which no data counts. */
  static byte[] close() {
    return new byte[] {CLOSE};
  }

  /** Whether it is one of these frames. */
  static boolean isValid(ByteBuffer frame) {
    if (!frame.hasRemaining()) {
      return false;
    }
    return switch (frame.get(frame.position())) {
      case DATA -> frame.remaining() >= DATA_HEADER_BYTES && readings(frame) >= 0;
      case MARK -> frame.remaining() == MARK_BYTES;
      case CLOSE -> frame.remaining() == 1;
      default -> false;
    };
  }

  /** Readings in a data frame. */
  static int readings(ByteBuffer frame) {
    return frame.getInt(frame.position() + 1);
  }

  /** A data frame's entry. */
  static byte[] entry(ByteBuffer frame) {
    byte[] bytes = new byte[frame.remaining() - DATA_HEADER_BYTES];
    frame.slice().position(DATA_HEADER_BYTES).get(bytes);
    return bytes;
  }

  /** What a mark frame says. */
  static Mark markOf(ByteBuffer frame) {
    int at = frame.position() + 1;
    return new Mark(frame.getLong(at), frame.getLong(at + 8));
  }
}
