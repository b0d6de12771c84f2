package io.tidemark.sim.rogue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes one CoAP message (RFC 7252, section 3), with nothing checked. Not thread-safe. */
final class CoapBytes {
  static final int GET = 1;
  static final int POST = 2;
  static final int PUT = 3;
  static final int DELETE = 4;
  static final int URI_PATH = 11;
  static final int BLOCK1 = 27;
  static final int PROXY_URI = 35;
  static final int SIZE1 = 60;

  /** The size exponent of blocks of 1,024 bytes (RFC 7959, section 2.2). */
  static final int SZX = 6;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int lastOption;

  /** Begins a confirmable message without a token. */
  CoapBytes(int code, int messageId) {
    out.write(0x40);
    out.write(code);
    out.write(messageId >> 8);
    out.write(messageId);
  }

  /** A confirmable POST to a path, whose segments are parted by slashes. */
  static CoapBytes post(String path, int messageId) {
    return new CoapBytes(POST, messageId).path(path);
  }

  CoapBytes path(String path) {
    for (String segment : path.split("/", -1)) {
      option(URI_PATH, segment.getBytes(StandardCharsets.UTF_8));
    }
    return this;
  }

  /** An option of a number not below the last one's. */
  CoapBytes option(int number, byte[] value) {
    int delta = number - lastOption;
    out.write(nibble(delta) << 4 | nibble(value.length));
    extended(delta);
    extended(value.length);
    out.writeBytes(value);
    lastOption = number;
    return this;
  }

  /** A number as an option, in as few bytes as it needs. */
  CoapBytes option(int number, int value) {
    int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(value) + 7) / 8;
    byte[] encoded = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      encoded[i] = (byte) (value >>> (8 * (bytes - 1 - i)));
    }
    return option(number, encoded);
  }

  /** The block option of one that is not the last (RFC 7959, section 2.2). */
  CoapBytes block(int number, int szx) {
    return option(BLOCK1, number << 4 | 8 | szx);
  }

  /** The message, with nothing more. */
  byte[] bytes() {
    return out.toByteArray();
  }

  /** The message with a payload. */
  byte[] payload(byte[] payload) {
    out.write(0xFF);
    out.writeBytes(payload);
    return bytes();
  }

  private static int nibble(int value) {
    return value < 13 ? value : value < 269 ? 13 : 14;
  }

  private void extended(int value) {
    if (value >= 269) {
      out.write((value - 269) >> 8);
      out.write(value - 269);
    } else if (value >= 13) {
      out.write(value - 13);
    }
  }
}
