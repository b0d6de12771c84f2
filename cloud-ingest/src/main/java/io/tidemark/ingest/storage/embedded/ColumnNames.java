package io.tidemark.ingest.storage.embedded;

import java.util.Locale;

/**
 * Tidemark's names in QuestDB and back. QuestDB takes neither {@code .} nor {@code -} in a column's
 * name and does not tell upper from lower case, so: lower-case letters, digits and {@code _} stand
 * for themselves, {@code @a} for {@code A}, {@code @0} for {@code .}, {@code @1} for {@code -}; and
 * {@code @2} before a name keeps it apart from a column of our own.
 */
final class ColumnNames {
  static final String TIME = "ts";
  static final String DEVICE = "device";
  static final String SENSOR = "sensor";
  static final String EPOCH = "epoch";
  static final String SEQUENCE = "seq";

  static final String TEXT_SUFFIX = "_text";
  static final String FLAG_SUFFIX = "_bool";

  private static final String TABLE_PREFIX = "kind_";
  private static final String OWN_NAME_MARK = "@2";

  private ColumnNames() {}

  /** The table of a kind. */
  static String tableOf(String kind) {
    return TABLE_PREFIX + escape(kind);
  }

  static boolean isKindTable(String table) {
    return table.startsWith(TABLE_PREFIX);
  }

  static String kindOf(String table) {
    return unescape(table.substring(TABLE_PREFIX.length()));
  }

  /** The column of a metric; {@code suffix} tells its type. */
  static String columnOf(String metric, String suffix) {
    String column = escape(metric) + suffix;
    return isOwn(column) ? OWN_NAME_MARK + column : column;
  }

  /** The metric of a column, whose {@code suffix} is taken off. */
  static String metricOf(String column, String suffix) {
    String escaped = column.substring(0, column.length() - suffix.length());
    return unescape(escaped.startsWith(OWN_NAME_MARK) ? escaped.substring(2) : escaped);
  }

  static boolean isOwn(String column) {
    return switch (column) {
      case TIME, DEVICE, SENSOR, EPOCH, SEQUENCE -> true;
      default -> false;
    };
  }

  private static String escape(String name) {
    StringBuilder out = new StringBuilder(name.length() + 8);
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        out.append('@').append((char) (c - 'A' + 'a'));
      } else if (c == '.') {
        out.append("@0");
      } else if (c == '-') {
        out.append("@1");
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static String unescape(String escaped) {
    StringBuilder out = new StringBuilder(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c != '@' || i + 1 == escaped.length()) {
        out.append(c);
        continue;
      }
      char next = escaped.charAt(++i);
      switch (next) {
        case '0' -> out.append('.');
        case '1' -> out.append('-');
        default -> out.append(String.valueOf(next).toUpperCase(Locale.ROOT));
      }
    }
    return out.toString();
  }
}
