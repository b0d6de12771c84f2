package io.tidemark.ingest.storage.influx;

/**
 * Doubles as decimal text that reads back bit for bit. What sensors say has few decimals, and is
 * written from a whole number, several times as fast as {@link Double#toString} and without
 * garbage.
 */
final class Decimals {
  /** Beyond this a double times a power of ten may not be a whole number exactly. */
  private static final double WHOLE_MAX = 1L << 53;

  private static final long[] POWERS = {1, 10, 100, 1_000, 10_000};

  private Decimals() {}

  /** Appends a finite number. */
  static void append(LineBytes out, double value) {
    // A decimal fraction reads as the double nearest to it, and so does the division of two whole
    // numbers below 2^53 give the double nearest to their quotient (IEEE 754, section 5.4.1): if
    // that is the value, the fraction is a text of it.
    for (int decimals = 0; decimals < POWERS.length; decimals++) {
      double scaled = Math.rint(value * POWERS[decimals]);
      if (Math.abs(scaled) < WHOLE_MAX
          && scaled != 0 // a zero has a sign
          && scaled / POWERS[decimals] == value) {
        append(out, (long) scaled, decimals);
        return;
      }
    }
    out.put(Double.toString(value));
  }

  private static void append(LineBytes out, long scaled, int decimals) {
    long magnitude = Math.abs(scaled);
    if (scaled < 0) {
      out.put((byte) '-');
    }
    out.put(magnitude / POWERS[decimals]);
    if (decimals > 0) {
      out.put((byte) '.');
      long fraction = magnitude % POWERS[decimals];
      for (int digit = decimals - 1; digit >= 0; digit--) {
        out.put((byte) ('0' + fraction / POWERS[digit] % 10));
      }
    }
  }
}
