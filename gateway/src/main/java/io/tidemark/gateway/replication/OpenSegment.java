package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Readies the open segment of a log before Ratis reads it.
 *
 * <p>What a power cut or a SIGKILL has left half written at its end is taken away. Ratis 3.3.0 does
 * so only where the file ends with it; but it fills its files with zeros in advance, and there it
 * takes a torn entry for a damaged one and opens nothing. After a power cut at a site that could be
 * every gateway of a cluster. What was half written was not fsynced, so this replica has not
 * answered for it. What is damaged further down was: there the log does not open, as it must not be
 * taken for whole.
 *
 * <p>What is whole is written once more and fsynced: Ratis counts on all that it reads, but after a
 * SIGKILL, or an fsync that failed, the kernel may be the only one that has it.
 *
 * <p>A segment (SegmentedRaftLogFormat) is a header and then entries: their length as a varint, the
 * bytes, and the CRC-32C of both; zeros follow.
 */
final class OpenSegment {
  private static final Logger LOG = LoggerFactory.getLogger(OpenSegment.class);
  private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII);
  private static final String OPEN_SEGMENT = "log_inprogress_";
  private static final int VARINT_MAX_BYTES = 5;

  private OpenSegment() {}

  /**
   * Readies it, if there is one. Only the open one needs it: Ratis fsyncs a segment before it gives
   * it the name of a closed one.
   *
   * @param folder the group's
   * @throws LogStartException if what is damaged was on the disk for certain
   */
  static void ready(Path folder) throws IOException, LogStartException {
    Path current = folder.resolve("current");
    if (!Files.isDirectory(current)) {
      return;
    }
    try (DirectoryStream<Path> open = Files.newDirectoryStream(current, OPEN_SEGMENT + "*")) {
      for (Path segment : open) {
        ready(segment, DurableIndex.read(folder));
      }
    }
  }

  private static void ready(Path segment, long durable) throws IOException, LogStartException {
    long index = Long.parseLong(segment.getFileName().toString().substring(OPEN_SEGMENT.length()));
    byte[] bytes = Files.readAllBytes(segment);
    int headerBytes = Math.min(HEADER.length, bytes.length);
    if (!Arrays.equals(bytes, 0, headerBytes, HEADER, 0, headerBytes)) {
      return; // not even begun, or not a segment: Ratis tells them apart
    }
    int at = headerBytes;
    for (int end = entryEnd(bytes, at); end > 0; end = entryEnd(bytes, at)) {
      at = end;
      index++;
    }
    boolean torn = !isZero(bytes, at);
    if (torn && index <= durable) {
      throw new LogStartException(
          "%s is damaged at byte %d: entry %d was on the disk before: %s"
              .formatted(segment, at, index, LogStartException.PUT_BACK),
          null);
    }
    try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      ByteBuffer whole = ByteBuffer.wrap(bytes, 0, at);
      while (whole.hasRemaining()) {
        file.write(whole);
      }
      if (torn) {
        file.truncate(at);
      }
      file.force(true);
    }
    if (torn) {
      LOG.warn(
          "{} ended with an entry that was half written when this gateway ended; nobody was told that it is safe, and it is taken away: entries up to {} are there",
          segment,
          index - 1);
    }
  }

  /** Where the entry that begins here ends; 0 if none does that is whole. */
  private static int entryEnd(byte[] bytes, int from) {
    int at = from;
    long length = 0;
    for (int shift = 0; ; shift += 7) {
      if (at == bytes.length || at - from == VARINT_MAX_BYTES) {
        return 0;
      }
      byte next = bytes[at++];
      length |= (next & 0x7fL) << shift;
      if (next >= 0) {
        break;
      }
    }
    if (length == 0 || length > bytes.length - at - Integer.BYTES) {
      return 0;
    }
    at += (int) length;
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, at - from);
    return ByteBuffer.wrap(bytes).getInt(at) == (int) crc.getValue() ? at + Integer.BYTES : 0;
  }

  private static boolean isZero(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
