package io.tidemark.sim.link.coap;

import java.nio.charset.StandardCharsets;

/**
 * An option of a message (RFC 7252, section 3.1).
 *
 * @param number says which it is
 * @param value 0 to 65,804 bytes; owned by this option, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // messages are never compared but in tests, recursively
record CoapOption(int number, byte[] value) {
  static final int URI_HOST = 3;
  static final int URI_PATH = 11;
  static final int CONTENT_FORMAT = 12;
  static final int MAX_AGE = 14;
  static final int BLOCK2 = 23;
  static final int BLOCK1 = 27;
  static final int SIZE1 = 60;

  static CoapOption text(int number, String text) {
    return new CoapOption(number, text.getBytes(StandardCharsets.UTF_8));
  }

  /** A non-negative number, in as few bytes as it needs (section 3.2). */
  static CoapOption uint(int number, long value) {
    int bytes = (Long.SIZE - Long.numberOfLeadingZeros(value) + 7) / 8;
    byte[] encoded = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      encoded[i] = (byte) (value >>> (8 * (bytes - 1 - i)));
    }
    return new CoapOption(number, encoded);
  }

  /** The number it is, of up to four bytes; -1 if it has more. */
  long uint() {
    if (value.length > 4) {
      return -1;
    }
    long number = 0;
    for (byte one : value) {
      number = (number << 8) | (one & 0xFF);
    }
    return number;
  }

  /** Whether a message must not be used by who does not know this option (section 5.4.1). */
  boolean critical() {
    return (number & 1) != 0;
  }
}
