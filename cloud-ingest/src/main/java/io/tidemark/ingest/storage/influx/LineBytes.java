package io.tidemark.ingest.storage.influx;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Text that is put together as UTF-8 bytes: most of it is digits and names, and a character a time
 * through a {@link StringBuilder} takes several times as long. Used by one thread.
 */
final class LineBytes {
  private static final byte[] PAIRS = pairs();
  private static final int LONG_MAX_CHARS = 20;

  private byte[] bytes;
  private int size;

  LineBytes(int expectedBytes) {
    bytes = new byte[expectedBytes];
  }

  void put(byte character) {
    room(1);
    bytes[size++] = character;
  }

  void put(byte[] some) {
    room(some.length);
    System.arraycopy(some, 0, bytes, size, some.length);
    size += some.length;
  }

  void put(String text) {
    put(text, 0, text.length());
  }

  /** A part of a text; it may not begin or end between two halves of a character. */
  void put(String text, int from, int to) {
    room(to - from);
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        put(text.substring(i, to).getBytes(StandardCharsets.UTF_8));
        return;
      }
      bytes[size++] = (byte) c;
    }
  }

  /** A whole number in decimal digits. */
  void put(long number) {
    if (number == Long.MIN_VALUE) {
      put(Long.toString(number));
      return;
    }
    room(LONG_MAX_CHARS);
    if (number < 0) {
      bytes[size++] = '-';
    }
    long left = Math.abs(number);
    int end = size + digits(left);
    int at = end;
    while (left >= 10) {
      int pair = (int) (left % 100) * 2;
      left /= 100;
      bytes[--at] = PAIRS[pair + 1];
      bytes[--at] = PAIRS[pair];
    }
    if (at > size) {
      bytes[--at] = (byte) ('0' + left);
    }
    size = end;
  }

  private static int digits(long number) {
    int digits = 1;
    for (long bound = 10; number >= bound; bound *= 10) {
      digits++;
      if (digits == LONG_MAX_CHARS - 1) {
        break; // ten times as much would be beyond a long
      }
    }
    return digits;
  }

  private static byte[] pairs() {
    byte[] pairs = new byte[200];
    for (int i = 0; i < 100; i++) {
      pairs[2 * i] = (byte) ('0' + i / 10);
      pairs[2 * i + 1] = (byte) ('0' + i % 10);
    }
    return pairs;
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(size + more, 2 * bytes.length));
    }
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  @Override
  public String toString() {
    return new String(bytes, 0, size, StandardCharsets.UTF_8);
  }
}
