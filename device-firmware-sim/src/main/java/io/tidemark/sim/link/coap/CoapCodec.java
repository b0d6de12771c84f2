package io.tidemark.sim.link.coap;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of a message (RFC 7252, section 3).
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---+---+-------+---------------+-------------------------------+
 * |Ver| T |  TKL  |     Code      |          Message ID           |
 * +---+---+-------+---------------+-------------------------------+
 * | Token, TKL bytes | Options ... | 0xFF | Payload ...           |
 * +------------------+-------------+------+-----------------------+
 *
 * option: | delta 4 bits | length 4 bits | delta, 0 to 2 more bytes | length, 0 to 2 | value |
 *         13: one more byte, less 13;  14: two more bytes, less 269;  15: reserved
 * </pre>
 */
final class CoapCodec {
  /** By their numbers. */
  private static final List<CoapMessage.Type> TYPES =
      List.of(
          CoapMessage.Type.CON, CoapMessage.Type.NON, CoapMessage.Type.ACK, CoapMessage.Type.RST);

  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 4;
  private static final int TOKEN_MAX_BYTES = 8;
  private static final int PAYLOAD_MARKER = 0xFF;
  private static final int ONE_MORE = 13;
  private static final int TWO_MORE = 14;
  private static final int RESERVED = 15;
  private static final int TWO_MORE_FROM = 269;

  /** Nibbles, and two bytes each of delta and length. */
  private static final int OPTION_OVERHEAD_BYTES = 5;

  private CoapCodec() {}

  /** The message's bytes; its options must be in the order of their numbers. */
  static byte[] encode(CoapMessage message) {
    int most = HEADER_BYTES + message.token().length + 1 + message.payload().length;
    for (CoapOption option : message.options()) {
      most += OPTION_OVERHEAD_BYTES + option.value().length;
    }
    ByteBuffer out = ByteBuffer.allocate(most);
    out.put(
        (byte) ((VERSION << 6) | (TYPES.indexOf(message.type()) << 4) | message.token().length));
    out.put((byte) message.code()).putShort((short) message.id()).put(message.token());
    int number = 0;
    for (CoapOption option : message.options()) {
      int delta = option.number() - number;
      if (delta < 0) {
        throw new IllegalArgumentException("option %d after %d".formatted(option.number(), number));
      }
      number = option.number();
      out.put((byte) ((nibble(delta) << 4) | nibble(option.value().length)));
      putRest(out, delta);
      putRest(out, option.value().length);
      out.put(option.value());
    }
    if (message.payload().length > 0) {
      out.put((byte) PAYLOAD_MARKER).put(message.payload());
    }
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  /**
   * Reads a datagram.
   *
   * @throws CoapFormatException if it is no message, whatever its bytes are
   */
  static CoapMessage decode(byte[] datagram) throws CoapFormatException {
    if (datagram.length < HEADER_BYTES || (datagram[0] & 0xFF) >> 6 != VERSION) {
      throw new CoapFormatException("shorter than a header, or of another version", -1);
    }
    ByteBuffer in = ByteBuffer.wrap(datagram);
    int first = in.get();
    CoapMessage.Type type = TYPES.get((first >> 4) & 3);
    int tokenBytes = first & 15;
    int code = in.get() & 0xFF;
    int id = in.getShort() & 0xFFFF;
    int rejectId = type == CoapMessage.Type.CON ? id : -1;
    if (code == CoapMessage.EMPTY && datagram.length > HEADER_BYTES) {
      throw new CoapFormatException("an empty message with something in it (4.1)", rejectId);
    }
    if (tokenBytes > TOKEN_MAX_BYTES || tokenBytes > in.remaining()) {
      throw new CoapFormatException("a token that is too long", rejectId);
    }
    byte[] token = new byte[tokenBytes];
    in.get(token);
    try {
      List<CoapOption> options = options(in);
      byte[] payload = new byte[in.remaining()];
      in.get(payload);
      return new CoapMessage(type, code, id, token, options, payload);
    } catch (BufferUnderflowException e) {
      throw new CoapFormatException("an option that is malformed or not whole (3.1)", rejectId);
    }
  }

  /** Up to the payload, its marker included. Whatever is wrong is an underflow. */
  private static List<CoapOption> options(ByteBuffer in) {
    List<CoapOption> options = new ArrayList<>();
    int number = 0;
    while (in.hasRemaining()) {
      int head = in.get() & 0xFF;
      if (head == PAYLOAD_MARKER) {
        if (!in.hasRemaining()) {
          throw new BufferUnderflowException(); // a marker, and no payload
        }
        break;
      }
      number += number(in, head >> 4);
      int length = number(in, head & 15);
      if (length > in.remaining()) {
        throw new BufferUnderflowException();
      }
      byte[] value = new byte[length];
      in.get(value);
      options.add(new CoapOption(number, value));
    }
    return options;
  }

  private static int number(ByteBuffer in, int nibble) {
    return switch (nibble) {
      case ONE_MORE -> ONE_MORE + (in.get() & 0xFF);
      case TWO_MORE -> TWO_MORE_FROM + (in.getShort() & 0xFFFF);
      case RESERVED -> throw new BufferUnderflowException();
      default -> nibble;
    };
  }

  private static int nibble(int number) {
    return number < ONE_MORE ? number : number < TWO_MORE_FROM ? ONE_MORE : TWO_MORE;
  }

  private static void putRest(ByteBuffer out, int number) {
    if (number >= TWO_MORE_FROM) {
      out.putShort((short) (number - TWO_MORE_FROM));
    } else if (number >= ONE_MORE) {
      out.put((byte) (number - ONE_MORE));
    }
  }
}
