package io.tidemark.wire;

import org.jspecify.annotations.Nullable;

/** The header's fields of {@code Batch}, which stand before its body. */
final class HeaderCodec {
  private static final int DEVICE = 2;
  private static final int EPOCH = 3;
  private static final int FIRST_SEQUENCE = 4;
  private static final int COUNT = 5;
  private static final int NEXT_SEQUENCE = 6;
  private static final int OLDEST_KEPT = 7;
  private static final int DROP_REASON = 8;
  private static final int FOREIGN = 11;
  private static final int LAST_HEADER_FIELD = 11;

  private static final int NAME_MAX_BYTES = 128;

  private HeaderCodec() {}

  static void write(BatchHeader header, ProtoWriter out) {
    out.number(BatchCodec.VERSION_FIELD, BatchCodec.VERSION);
    out.text(DEVICE, header.device());
    out.number(EPOCH, header.epoch());
    out.number(FIRST_SEQUENCE, header.firstSequence());
    out.number(COUNT, header.count());
    out.number(NEXT_SEQUENCE, header.nextSequence());
    out.number(OLDEST_KEPT, header.oldestKept());
    if (header.dropReason() != null) {
      out.text(DROP_REASON, header.dropReason());
    }
    out.number(FOREIGN, header.foreign() ? 1 : 0);
  }

  /** Reads the header and leaves {@code in} at the first field after it. */
  static BatchHeader read(ProtoReader in) throws WireFormatException {
    int start = in.position();
    String device = "";
    long[] numbers = new long[FOREIGN + 1];
    @Nullable String dropReason = null;
    int lastField = 0;
    while (in.hasMore()) {
      int at = in.position();
      ProtoReader ahead = in.copy();
      int tag = ahead.readTag();
      int field = tag >>> 3;
      if (field > LAST_HEADER_FIELD) {
        break;
      }
      in.readTag();
      if (field <= lastField) {
        throw new WireFormatException(
            "field %d stands after field %d".formatted(field, lastField), at);
      }
      lastField = field;
      switch (field) {
        case BatchCodec.VERSION_FIELD,
            EPOCH,
            FIRST_SEQUENCE,
            COUNT,
            NEXT_SEQUENCE,
            OLDEST_KEPT,
            FOREIGN -> {
          in.expect(tag, ProtoReader.VARINT, at);
          numbers[field] = in.readVarint();
        }
        case DEVICE -> {
          in.expect(tag, ProtoReader.BYTES, at);
          device = in.readText(NAME_MAX_BYTES);
        }
        case DROP_REASON -> {
          in.expect(tag, ProtoReader.BYTES, at);
          dropReason = in.readText(NAME_MAX_BYTES);
        }
        default -> in.skip(tag);
      }
    }
    if (numbers[BatchCodec.VERSION_FIELD] != BatchCodec.VERSION) {
      throw new WireFormatException(
          "version is %s, but this reader knows %d"
              .formatted(
                  Long.toUnsignedString(numbers[BatchCodec.VERSION_FIELD]), BatchCodec.VERSION),
          start);
    }
    try {
      return new BatchHeader(
          device,
          numbers[EPOCH],
          numbers[FIRST_SEQUENCE],
          numbers[COUNT],
          numbers[NEXT_SEQUENCE],
          numbers[OLDEST_KEPT],
          dropReason,
          numbers[FOREIGN] != 0);
    } catch (IllegalArgumentException e) {
      throw new WireFormatException(String.valueOf(e.getMessage()), start);
    }
  }
}
