package io.tidemark.wire;

/** Notices a field that is given twice. Fields over 63 are none of ours, and not watched. */
final class SeenFields {
  private long seen;

  void add(int field, int at) throws WireFormatException {
    if (field > 63) {
      return;
    }
    long bit = 1L << field;
    if ((seen & bit) != 0) {
      throw new WireFormatException("field %d is given twice".formatted(field), at);
    }
    seen |= bit;
  }
}
