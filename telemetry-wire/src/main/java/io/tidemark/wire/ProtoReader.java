package io.tidemark.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * Reads Protocol Buffers' encoding from a range of an array. Never allocates more than it has been
 * given bytes for, and says at which byte something is wrong. Not thread-safe.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers: Encoding</a>
 */
final class ProtoReader {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private final byte[] bytes;
  private final int end;
  private int position;

  ProtoReader(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** A reader at the same place, which moves on its own. */
  ProtoReader copy() {
    return new ProtoReader(bytes, position, end);
  }

  int position() {
    return position;
  }

  int remaining() {
    return end - position;
  }

  boolean hasMore() {
    return position < end;
  }

  /** Reads a field's tag: its number shifted left by three, and its wire type. */
  int readTag() throws WireFormatException {
    int at = position;
    long tag = readVarint();
    if (tag < 8 || tag > 0xFFFF_FFFFL) {
      throw new WireFormatException("not a field tag: " + Long.toUnsignedString(tag), at);
    }
    return (int) tag;
  }

  long readVarint() throws WireFormatException {
    int at = position;
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (position == end) {
        throw new WireFormatException("ends within a varint", position);
      }
      byte b = bytes[position++];
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        if (shift == 63 && b > 1) {
          throw new WireFormatException("varint over 64 bits", at);
        }
        return value;
      }
    }
    throw new WireFormatException("varint over 10 bytes", at);
  }

  long readZigZag() throws WireFormatException {
    long n = readVarint();
    return (n >>> 1) ^ -(n & 1);
  }

  long readFixed64() throws WireFormatException {
    return readLittleEndian(8);
  }

  int readFixed32() throws WireFormatException {
    return (int) readLittleEndian(4);
  }

  private long readLittleEndian(int width) throws WireFormatException {
    if (remaining() < width) {
      throw new WireFormatException("ends within a fixed number of " + width + " bytes", end);
    }
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= (bytes[position + i] & 0xFFL) << (8 * i);
    }
    position += width;
    return value;
  }

  /** Reads a length and returns a reader over as many bytes, which this one skips. */
  ProtoReader readPart() throws WireFormatException {
    int at = position;
    long length = readVarint();
    if (length < 0 || length > remaining()) {
      throw new WireFormatException(
          "length %s where %d bytes are left".formatted(Long.toUnsignedString(length), remaining()),
          at);
    }
    ProtoReader part = new ProtoReader(bytes, position, position + (int) length);
    position += (int) length;
    return part;
  }

  /** The rest as bits, the least significant of each byte first. */
  BitSet readRemainingBits() {
    BitSet bits = BitSet.valueOf(ByteBuffer.wrap(bytes, position, remaining()));
    position = end;
    return bits;
  }

  byte[] readBytes() throws WireFormatException {
    ProtoReader part = readPart();
    byte[] copy = new byte[part.remaining()];
    System.arraycopy(bytes, part.position, copy, 0, copy.length);
    return copy;
  }

  /** Reads a text of at most {@code maxBytes} bytes, which must be UTF-8. */
  String readText(int maxBytes) throws WireFormatException {
    int at = position;
    ProtoReader part = readPart();
    if (part.remaining() > maxBytes) {
      throw new WireFormatException(
          "text of %d bytes where at most %d are allowed".formatted(part.remaining(), maxBytes),
          at);
    }
    if (part.isAscii()) {
      // Nearly every text, and several times as quick.
      return new String(bytes, part.position, part.remaining(), StandardCharsets.ISO_8859_1);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, part.position, part.remaining()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new WireFormatException("text is not UTF-8", part.position);
    }
  }

  private boolean isAscii() {
    for (int i = position; i < end; i++) {
      if (bytes[i] < 0) {
        return false;
      }
    }
    return true;
  }

  /** Counts the varints of this part without moving: the number of bytes that end one. */
  int countVarints() {
    int count = 0;
    for (int i = position; i < end; i++) {
      if (bytes[i] >= 0) {
        count++;
      }
    }
    return count;
  }

  /** Fails unless {@code tag}, read at {@code at}, has this wire type. */
  void expect(int tag, int wireType, int at) throws WireFormatException {
    if ((tag & 7) != wireType) {
      throw new WireFormatException(
          "field %d has wire type %d, but should have %d".formatted(tag >>> 3, tag & 7, wireType),
          at);
    }
  }

  /** Skips a field of an unknown number. */
  void skip(int tag) throws WireFormatException {
    int at = position;
    switch (tag & 7) {
      case VARINT -> readVarint();
      case FIXED64 -> readFixed64();
      case BYTES -> readPart();
      case FIXED32 -> readFixed32();
      default -> throw new WireFormatException("unknown wire type " + (tag & 7), at);
    }
  }
}
