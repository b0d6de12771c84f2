package io.tidemark.sim.csv;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A number of seconds, or of smaller units, since 1970 in UTC.
 *
 * @param shift how far its point goes to the right until it counts milliseconds
 */
record EpochTime(String name, int shift) implements TimeFormat {
  private static final Pattern COUNT = Pattern.compile("[+-]?\\d{1,19}(?:\\.\\d{0,9})?");

  /** The format of a name, null if there is none. */
  static @Nullable EpochTime named(String name) {
    return switch (name) {
      case "epoch-s" -> new EpochTime(name, 3);
      case "epoch-ms" -> new EpochTime(name, 0);
      case "epoch-us" -> new EpochTime(name, -3);
      case "epoch-ns" -> new EpochTime(name, -6);
      default -> null;
    };
  }

  @Override
  public long millis(String text) throws MalformedCellException {
    if (!COUNT.matcher(text).matches()) {
      throw new MalformedCellException(
          "a time of %s is a number like 1372896000, but is %s"
              .formatted(name, Cells.quoted(text)));
    }
    BigInteger millis =
        new BigDecimal(text).movePointRight(shift).setScale(0, RoundingMode.FLOOR).toBigInteger();
    // What does not fit is in no year that is allowed.
    boolean fits = millis.bitLength() < Long.SIZE;
    return TimeFormat.inRange(fits ? Instant.ofEpochMilli(millis.longValue()) : Instant.MAX, text);
  }
}
