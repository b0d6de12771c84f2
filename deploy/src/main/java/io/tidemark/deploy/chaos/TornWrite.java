package io.tidemark.deploy.chaos;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Leaves a gateway's logs as a power cut leaves them that comes in the middle of a write: with half
 * an entry behind the last whole one. The gateway has ended. What it had fsynced is not touched.
 *
 * <p>An open segment is eight bytes of header, then entries (their length as a varint, the bytes, a
 * checksum of four), then zeros.
 */
final class TornWrite {
  private static final int HEADER_BYTES = 8;
  private static final int CHECKSUM_BYTES = 4;

  /** Of the 5,000 bytes that it says it has, as a varint. */
  private static final byte[] LENGTH = {(byte) 0x88, 0x27};

  private static final int WRITTEN_BYTES = 1_200;

  private TornWrite() {}

  /** Tears the open segments of all groups of a gateway. */
  static void into(Path data) throws IOException {
    List<Path> open;
    try (Stream<Path> files = Files.walk(data.resolve("log").resolve("raft"))) {
      open =
          files
              .filter(file -> String.valueOf(file.getFileName()).startsWith("log_inprogress_"))
              .toList();
    }
    for (Path segment : open) {
      byte[] torn = new byte[WRITTEN_BYTES];
      Arrays.fill(torn, (byte) 0x5a);
      System.arraycopy(LENGTH, 0, torn, 0, LENGTH.length);
      try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap(torn), endOfEntries(Files.readAllBytes(segment)));
      }
    }
  }

  private static int endOfEntries(byte[] segment) {
    int at = HEADER_BYTES;
    while (at < segment.length && segment[at] != 0) {
      int length = 0;
      int shift = 0;
      while (segment[at] < 0) {
        length |= (segment[at++] & 0x7f) << shift;
        shift += 7;
      }
      length |= segment[at++] << shift;
      at += length + CHECKSUM_BYTES;
    }
    return at;
  }
}
