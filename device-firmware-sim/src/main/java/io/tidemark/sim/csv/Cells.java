package io.tidemark.sim.csv;

import io.tidemark.wire.Limits;
import io.tidemark.wire.Names;
import io.tidemark.wire.Value;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What a cell says: nothing, or a value of a type. */
final class Cells {
  /** What a column holds. */
  enum Type {
    NUMBER,
    FLAG,
    TEXT;

    /** As it is written in {@code --column}. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Stand for no value in any file, whatever their case. */
  private static final Set<String> ABSENT = Set.of("", "na", "n/a", "nan", "null");

  private static final int ABSENT_MAX_LENGTH = 4;
  private static final int QUOTED_MAX_LENGTH = 60;
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d{1,4})?");

  private final Set<String> absent;
  private final boolean decimalComma;

  /**
   * @param absent more cells that stand for no value
   */
  Cells(Set<String> absent, boolean decimalComma) {
    this.absent = absent;
    this.decimalComma = decimalComma;
  }

  /** True if a cell, without the blanks around it, stands for no value. */
  boolean isAbsent(String stripped) {
    return stripped.isEmpty()
        || (stripped.length() <= ABSENT_MAX_LENGTH
            && ABSENT.contains(stripped.toLowerCase(Locale.ROOT)))
        || absent.contains(stripped);
  }

  /** What a column holds whose first value this is. */
  Type recognise(String stripped) {
    if (isNumber(withPoint(stripped))) {
      return Type.NUMBER;
    }
    return stripped.equalsIgnoreCase("true") || stripped.equalsIgnoreCase("false")
        ? Type.FLAG
        : Type.TEXT;
  }

  /** The value of a cell that is not absent. */
  Value value(Type type, String cell) throws MalformedCellException {
    return switch (type) {
      case NUMBER -> Value.of(number(cell.strip()));
      case FLAG -> Value.of(flag(cell.strip()));
      case TEXT -> text(cell);
    };
  }

  private double number(String cell) throws MalformedCellException {
    String text = withPoint(cell);
    if (!isNumber(text)) {
      throw new MalformedCellException(
          "a value is a decimal number like %s, but is %s; a column of texts is told by --column NAME=METRIC:text"
              .formatted(decimalComma ? "69,88" : "69.88", quoted(cell)));
    }
    double value = Double.parseDouble(text);
    if (Double.isInfinite(value)) {
      throw new MalformedCellException("a value must fit a double, but is " + quoted(cell));
    }
    return value;
  }

  private static boolean flag(String cell) throws MalformedCellException {
    if (cell.equalsIgnoreCase("true") || cell.equals("1")) {
      return true;
    }
    if (cell.equalsIgnoreCase("false") || cell.equals("0")) {
      return false;
    }
    throw new MalformedCellException(
        "a flag is true, false, 1 or 0, but is %s; a column of texts is told by --column NAME=METRIC:text"
            .formatted(quoted(cell)));
  }

  private static Value text(String cell) throws MalformedCellException {
    int bytes = cell.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > Limits.TEXT_MAX_BYTES) {
      throw new MalformedCellException(
          "a text has at most %d bytes, but this has %d; leave its column out by naming the others with --column"
              .formatted(Limits.TEXT_MAX_BYTES, bytes));
    }
    return Value.of(cell);
  }

  /** The number with a point; a point where a comma belongs makes it none. */
  private String withPoint(String cell) {
    return !decimalComma ? cell : cell.indexOf('.') >= 0 ? "" : cell.replace(',', '.');
  }

  private static boolean isNumber(String text) {
    return NUMBER.matcher(text).matches();
  }

  /** For a message. */
  static String quoted(String text) {
    return '"' + Names.shown(text, QUOTED_MAX_LENGTH) + '"';
  }
}
