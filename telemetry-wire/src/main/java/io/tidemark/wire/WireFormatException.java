package io.tidemark.wire;

/** Bytes that are not what the wire format says, with what is wrong and where. */
public final class WireFormatException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int offset;

  WireFormatException(String problem, int offset) {
    super(problem + " (at byte " + offset + ")");
    this.offset = offset;
  }

  /**
   * Offset of the first byte that is wrong, counted from 0; the length of the input where it ended
   * too early.
   */
  public int offset() {
    return offset;
  }
}
