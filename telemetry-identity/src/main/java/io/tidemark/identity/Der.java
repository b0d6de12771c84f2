package io.tidemark.identity;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The few things of DER (ITU-T X.690) that a request for a certificate is made of. */
final class Der {
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int CONTEXT = 0x80;
  private static final int CONSTRUCTED = 0x20;
  private static final int SHORT_LENGTH_MAX = 0x7F;

  private Der() {}

  static byte[] sequence(byte[]... parts) {
    return value(SEQUENCE, joined(List.of(parts)));
  }

  static byte[] sequence(List<byte[]> parts) {
    return value(SEQUENCE, joined(parts));
  }

  /** A set of one. */
  static byte[] set(byte[] part) {
    return value(SET, part);
  }

  static byte[] zero() {
    return value(INTEGER, new byte[1]);
  }

  static byte[] octets(byte[] content) {
    return value(OCTET_STRING, content);
  }

  /** Of whole bytes. */
  static byte[] bits(byte[] content) {
    return value(BIT_STRING, joined(List.of(new byte[1], content)));
  }

  /** {@code [number] IMPLICIT}, of ASCII or of bytes. */
  static byte[] tagged(int number, byte[] content) {
    return value(CONTEXT | number, content);
  }

  static byte[] tagged(int number, String content) {
    return tagged(number, content.getBytes(StandardCharsets.US_ASCII));
  }

  /** {@code [number]} of what is itself DER. */
  static byte[] taggedParts(int number, byte[] content) {
    return value(CONTEXT | CONSTRUCTED | number, content);
  }

  /** Its numbers, separated by dots. */
  static byte[] oid(String dotted) {
    String[] numbers = dotted.split("\\.", -1);
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.write(40 * Integer.parseInt(numbers[0]) + Integer.parseInt(numbers[1]));
    for (int i = 2; i < numbers.length; i++) {
      content.writeBytes(base128(Integer.parseInt(numbers[i])));
    }
    return value(OBJECT_IDENTIFIER, content.toByteArray());
  }

  /** Seven bits a byte, the highest first; all but the last have their eighth bit set. */
  private static byte[] base128(int number) {
    List<Integer> groups = new ArrayList<>();
    groups.add(number & SHORT_LENGTH_MAX);
    for (int rest = number >>> 7; rest != 0; rest >>>= 7) {
      groups.add((rest & SHORT_LENGTH_MAX) | CONTEXT);
    }
    Collections.reverse(groups);
    byte[] bytes = new byte[groups.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = groups.get(i).byteValue();
    }
    return bytes;
  }

  private static byte[] value(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 6);
    out.write(tag);
    if (content.length <= SHORT_LENGTH_MAX) {
      out.write(content.length);
    } else {
      int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(content.length) + 7) / 8;
      out.write(CONTEXT | bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        out.write(content.length >>> (8 * i));
      }
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] joined(List<byte[]> parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    parts.forEach(out::writeBytes);
    return out.toByteArray();
  }
}
