package io.tidemark.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes Protocol Buffers' encoding to a growing array. As proto3 does, numbers that are 0 are left
 * out. Not thread-safe.
 */
final class ProtoWriter {
  private static final int START_BYTES = 256;

  private byte[] bytes;
  private int size;

  ProtoWriter() {
    this(START_BYTES);
  }

  /** One that takes so many bytes before it has to grow. */
  ProtoWriter(int bytes) {
    this.bytes = new byte[bytes];
  }

  int size() {
    return size;
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  /** Empty again, in the same array. */
  void clear() {
    size = 0;
  }

  /** The array written to, of which {@link #size()} bytes are used. Valid until the next write. */
  byte[] buffer() {
    return bytes;
  }

  void number(int field, long value) {
    if (value != 0) {
      tag(field, ProtoReader.VARINT);
      varint(value);
    }
  }

  void fixed64(int field, long value) {
    if (value != 0) {
      tag(field, ProtoReader.FIXED64);
      littleEndian(value, 8);
    }
  }

  /** Written even when 0, since it closes the message. */
  void fixed32(int field, int value) {
    tag(field, ProtoReader.FIXED32);
    littleEndian(value, 4);
  }

  void text(int field, String value) {
    part(field, value.getBytes(StandardCharsets.UTF_8));
  }

  void part(int field, byte[] value) {
    tag(field, ProtoReader.BYTES);
    varint(value.length);
    reserve(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  void part(int field, ProtoWriter value) {
    tag(field, ProtoReader.BYTES);
    varint(value.size);
    reserve(value.size);
    System.arraycopy(value.bytes, 0, bytes, size, value.size);
    size += value.size;
  }

  void varint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  void zigZag(long value) {
    varint((value << 1) ^ (value >> 63));
  }

  void littleEndian(long value, int width) {
    reserve(width);
    for (int i = 0; i < width; i++) {
      bytes[size++] = (byte) (value >>> (8 * i));
    }
  }

  private void tag(int field, int wireType) {
    varint((long) field << 3 | wireType);
  }

  private void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
