package io.tidemark.sim.link.coap;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A CoAP message (RFC 7252, section 3).
 *
 * @param code class and detail in one byte: {@code 0x44} is 2.04
 * @param id message id, 0 to 65,535
 * @param token 0 to 8 bytes; not to be changed
 * @param options in the order of their numbers
 * @param payload not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // messages are never compared but in tests, recursively
record CoapMessage(
    Type type, int code, int id, byte[] token, List<CoapOption> options, byte[] payload) {
  static final int EMPTY = 0x00;
  static final int POST = 0x02;

  private static final byte[] NOTHING = {};

  /** Confirmable, not confirmable, acknowledgement, reset. */
  enum Type {
    CON,
    NON,
    ACK,
    RST
  }

  CoapMessage {
    options = List.copyOf(options);
  }

  /** An acknowledgement or a reset, that says nothing else. */
  static CoapMessage empty(Type type, int id) {
    return new CoapMessage(type, EMPTY, id, NOTHING, List.of(), NOTHING);
  }

  boolean isEmpty() {
    return code == EMPTY;
  }

  /** True for classes 2, 4 and 5. */
  boolean isResponse() {
    int codeClass = code >> 5;
    return codeClass == 2 || codeClass == 4 || codeClass == 5;
  }

  /** The first option with this number; null if there is none. */
  @Nullable CoapOption option(int number) {
    for (CoapOption option : options) {
      if (option.number() == number) {
        return option;
      }
    }
    return null;
  }

  /** The code as people write it: {@code 2.04}. */
  String codeInWords() {
    return String.format(Locale.ROOT, "%d.%02d", code >> 5, code & 0x1F);
  }

  /** The diagnostic payload (section 5.5.2). */
  String diagnostic() {
    return new String(payload, StandardCharsets.UTF_8);
  }
}
