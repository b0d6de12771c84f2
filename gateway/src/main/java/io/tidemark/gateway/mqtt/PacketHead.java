package io.tidemark.gateway.mqtt;

import io.netty.buffer.ByteBuf;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What the first bytes of a packet say, and what is wrong with it by them alone (MQTT 5, section
 * 2.1).
 *
 * @param type 1 to 14
 * @param bytes length with the fixed header
 */
record PacketHead(int type, int bytes) {
  static final int CONNECT = 1;
  static final int PUBLISH = 3;
  static final int SUBSCRIBE = 8;
  static final int UNSUBSCRIBE = 10;
  static final int DISCONNECT = 14;

  private static final int QOS = 0x06;
  private static final int RESERVED = 0;
  private static final int PINGREQ = 12;

  private static final int LENGTH_MAX_BYTES = 4;
  private static final int CONTINUES = 0x80;

  /**
   * Reads what is there, and leaves it there; null if that is not enough.
   *
   * @param first whether it is the connection's first packet
   * @param maxBytes what a packet may have after its fixed header
   * @throws ProtocolException if it may not come, or is too large
   */
  static @Nullable PacketHead of(ByteBuf in, boolean first, int maxBytes) {
    int start = in.readerIndex();
    if (!in.isReadable()) {
      return null;
    }
    int type = in.getUnsignedByte(start) >> 4;
    checkType(type, first);
    int length = 0;
    for (int i = 0; i < LENGTH_MAX_BYTES; i++) {
      if (in.readableBytes() < i + 2) {
        return null;
      }
      int digit = in.getUnsignedByte(start + 1 + i);
      length |= (digit & ~CONTINUES) << 7 * i;
      if ((digit & CONTINUES) == 0) {
        checkLength(type, length, maxBytes);
        return new PacketHead(type, i + 2 + length);
      }
    }
    throw ProtocolException.malformed("a remaining length may have 4 bytes");
  }

  private static void checkType(int type, boolean first) {
    if (first) {
      if (type != CONNECT) {
        throw new ProtocolException(
            CloseReason.PROTOCOL,
            MqttDisconnectReasonCode.PROTOCOL_ERROR,
            "the first packet has to be a CONNECT");
      }
      return;
    }
    switch (type) {
      case RESERVED -> throw ProtocolException.malformed("packet type 0 is reserved");
      case PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT -> {}
      default ->
          throw new ProtocolException(
              CloseReason.PROTOCOL,
              MqttDisconnectReasonCode.PROTOCOL_ERROR,
              "a packet of type %d cannot come from a client here".formatted(type));
    }
  }

  private static void checkLength(int type, int length, int maxBytes) {
    int max = type == CONNECT ? MqttSettings.CONNECT_MAX_BYTES : maxBytes;
    if (length > max) {
      throw new ProtocolException(
          CloseReason.TOO_LARGE,
          MqttDisconnectReasonCode.PACKET_TOO_LARGE,
          "a packet may have " + max + " bytes, as CONNACK says");
    }
    if (type == PINGREQ && length > 0) {
      throw ProtocolException.malformed("a PINGREQ has no contents");
    }
  }

  /** Whether a PUBLISH is to be acknowledged. */
  static boolean isAcknowledged(ByteBuf in) {
    return (in.getUnsignedByte(in.readerIndex()) & QOS) != 0;
  }

  /** The topic of a PUBLISH that is there whole; null if its length cannot be right. */
  @Nullable String topic(ByteBuf in) {
    int at = afterLength(in);
    int end = in.readerIndex() + bytes;
    if (at + 2 > end || at + 2 + in.getUnsignedShort(at) > end) {
      return null;
    }
    return in.toString(at + 2, in.getUnsignedShort(at), StandardCharsets.UTF_8);
  }

  /** Where the fixed header of a packet ends that is there whole. */
  private static int afterLength(ByteBuf in) {
    int at = in.readerIndex() + 1;
    while (in.getUnsignedByte(at) >= CONTINUES) {
      at++;
    }
    return at + 1;
  }

  /**
   * Checks the reason code of a DISCONNECT that is there whole. The decoder lets any code pass, on
   * which the MQTT server throws what nobody handles.
   */
  void checkDisconnect(ByteBuf in) {
    int end = in.readerIndex() + bytes;
    int at = afterLength(in);
    int code = at < end ? in.getUnsignedByte(at) : 0;
    switch (code) {
      case 0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99 -> {}
      default ->
          throw new ProtocolException(
              CloseReason.PROTOCOL,
              MqttDisconnectReasonCode.PROTOCOL_ERROR,
              "a client has no DISCONNECT with reason code 0x%02x".formatted(code));
    }
  }
}
