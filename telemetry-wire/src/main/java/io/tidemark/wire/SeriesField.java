package io.tidemark.wire;

/** Field numbers of {@code Series} and {@code Column}, shared by the encoder and the decoder. */
final class SeriesField {
  /** Of {@code Batch}. */
  static final int SERIES = 12;

  static final int SENSOR = 1;
  static final int KIND = 2;
  static final int GAPS = 3;
  static final int FIRST_TIME = 4;
  static final int TIME_STEPS = 5;
  static final int COLUMNS = 6;

  static final int METRIC = 1;
  static final int PRESENT = 3;
  static final int DIVISOR = 4;
  static final int SCALED = 5;
  static final int FLOATS = 6;
  static final int DOUBLES = 7;
  static final int FLAGS = 8;
  static final int TEXTS = 9;

  /**
   * Largest divisor, and largest magnitude of a scaled number: 2^53, up to which a double holds
   * every whole number.
   */
  static final long SCALED_MAX = 1L << 53;

  private SeriesField() {}
}
