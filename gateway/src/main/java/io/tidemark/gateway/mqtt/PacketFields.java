package io.tidemark.gateway.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.CharsetUtil;

/**
 * The fields of a packet that came whole, one after the other. Each is taken by one of these
 * methods, which throw {@link ProtocolException} where it is malformed.
 *
 * @param bytes what is left of the packet; its reader index moves
 */
record PacketFields(ByteBuf bytes) {
  boolean remain() {
    return bytes.isReadable();
  }

  int position() {
    return bytes.readerIndex();
  }

  void set(int position, int value) {
    bytes.setByte(position, value);
  }

  PacketFields part(int length) {
    require(length);
    return new PacketFields(bytes.readSlice(length));
  }

  /** Of four bytes the sign is lost, and nobody asks for it. */
  int number(int length) {
    require(length);
    int value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | bytes.readUnsignedByte();
    }
    return value;
  }

  int variableInteger() {
    int value = 0;
    int digit;
    int shift = 0;
    do {
      if (shift > 21) {
        throw ProtocolException.malformed("a variable byte integer may have 4 bytes");
      }
      digit = number(1);
      value |= (digit & 0x7F) << shift;
      shift += 7;
    } while (digit >= 0x80);
    return value;
  }

  /** Skips them; how many there are. */
  int binary() {
    int length = number(2);
    require(length);
    bytes.skipBytes(length);
    return length;
  }

  /** Skips a text; how many bytes it has. */
  int skipText() {
    int length = number(2);
    require(length);
    int start = bytes.readerIndex();
    if (!ByteBufUtil.isText(bytes, start, length, CharsetUtil.UTF_8)
        || bytes.indexOf(start, start + length, (byte) 0) >= 0) {
      throw ProtocolException.malformed("a text has to be UTF-8, without U+0000");
    }
    bytes.skipBytes(length);
    return length;
  }

  String text() {
    int length = skipText();
    return bytes.toString(bytes.readerIndex() - length, length, CharsetUtil.UTF_8);
  }

  private void require(int length) {
    if (bytes.readableBytes() < length) {
      throw ProtocolException.malformed("a packet's parts and its length do not agree");
    }
  }
}
