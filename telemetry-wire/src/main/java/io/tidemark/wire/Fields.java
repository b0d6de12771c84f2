package io.tidemark.wire;

import java.util.Arrays;

/** The fields of a message by their numbers; as proto3 does, 0 or empty if they are left out. */
final class Fields {
  private final long[] numbers;
  private final String[] texts;

  /** Of a message whose highest known number this is. */
  Fields(int highest) {
    numbers = new long[highest + 1];
    texts = new String[highest + 1];
    Arrays.fill(texts, "");
  }

  long number(int field) {
    return numbers[field];
  }

  String text(int field) {
    return texts[field];
  }

  void readText(ProtoReader in, int tag, int at, int maxBytes) throws WireFormatException {
    in.expect(tag, ProtoReader.BYTES, at);
    texts[tag >>> 3] = in.readText(maxBytes);
  }

  /** Reads a number, or skips what a later version has added. */
  void readNumber(ProtoReader in, int tag, int at) throws WireFormatException {
    if (tag >>> 3 >= numbers.length) {
      in.skip(tag);
      return;
    }
    in.expect(tag, ProtoReader.VARINT, at);
    numbers[tag >>> 3] = in.readVarint();
  }
}
