package io.tidemark.wire;

/** The bounds every implementation of the wire format keeps. */
public final class Limits {
  /** Most bytes an encoded batch may have: 256 KiB. */
  public static final int BATCH_MAX_BYTES = 256 << 10;

  /** Most readings in one batch. */
  public static final int BATCH_MAX_READINGS = 16_384;

  /** Most metrics in one reading. */
  public static final int READING_MAX_METRICS = 256;

  /** Most bytes a text value may have in UTF-8. */
  public static final int TEXT_MAX_BYTES = 4_096;

  /** Most bytes an encoded log entry may have: 4 MiB. */
  public static final int ENTRY_MAX_BYTES = 4 << 20;

  /** Most bytes a forward request may have before compression: 16 MiB. */
  public static final int FORWARD_MAX_BYTES = 16 << 20;

  /** Most bytes a gateway's report may have: 64 KiB. */
  public static final int REPORT_MAX_BYTES = 64 << 10;

  /** Most bytes the access list may have: 16 MiB. */
  public static final int ACCESS_LIST_MAX_BYTES = 16 << 20;

  /** The largest epoch and the largest sequence: 2^53 - 1, exact in a double and in JSON. */
  public static final long NUMBER_MAX = (1L << 53) - 1;

  private Limits() {}
}
