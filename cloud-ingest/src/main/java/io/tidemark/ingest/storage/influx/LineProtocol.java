package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Value;
import java.util.List;
import java.util.Map;

/**
 * Rows in InfluxDB's line protocol, as its reference "Line protocol" has it: {@code
 * kind,device=..,sensor=..,epoch=.. metric=1.5,note_text="..",seq=7i 1772323200000000000}.
 */
final class LineProtocol {
  static final String DEVICE = "device";
  static final String SENSOR = "sensor";
  static final String EPOCH = "epoch";
  static final String TWIN = "twin";
  static final String SEQUENCE = "seq";
  static final String TEXT_SUFFIX = "_text";
  static final String FLAG_SUFFIX = "_bool";

  private static final boolean[] IN_MEASUREMENT = special(", ");
  private static final boolean[] IN_KEY = special(",= ");
  private static final boolean[] IN_TEXT = special("\"\\");

  /** Room for a line, to begin with. */
  private static final int LINE_CHARS = 128;

  private LineProtocol() {}

  /** Lines, each with its end. */
  static String of(List<Line> lines) {
    StringBuilder out = new StringBuilder(lines.size() * LINE_CHARS);
    SeriesKey series = null;
    String prefix = "";
    for (Line line : lines) {
      Row row = line.row();
      // Rows of one batch come together, and what their lines begin with is the same.
      if (series == null || !series.isOf(row)) {
        series = SeriesKey.of(row);
        prefix = prefix(row);
      }
      out.append(prefix);
      if (line.twin()) {
        out.append(',').append(TWIN).append('=').append(row.sequence());
      }
      out.append(' ');
      for (Map.Entry<String, Value> value : row.reading().values().entrySet()) {
        field(out, value.getKey(), value.getValue());
        out.append(',');
      }
      out.append(SEQUENCE).append('=').append(row.sequence()).append('i');
      out.append(' ').append(row.reading().timeNanos()).append('\n');
    }
    return out.toString();
  }

  private static String prefix(Row row) {
    StringBuilder out = new StringBuilder();
    measurement(out, row.reading().kind());
    tag(out, DEVICE, row.key().device());
    out.append(',').append(EPOCH).append('=').append(row.key().epoch());
    tag(out, SENSOR, row.reading().sensor());
    return out.toString();
  }

  static void measurement(StringBuilder out, String name) {
    escaped(out, name, IN_MEASUREMENT);
  }

  static void tag(StringBuilder out, String key, String value) {
    out.append(',');
    escaped(out, key, IN_KEY);
    out.append('=');
    escaped(out, value, IN_KEY);
  }

  static void field(StringBuilder out, String name, Value value) {
    fieldName(out, name, value);
    out.append('=');
    if (value instanceof Value.Num number) {
      Decimals.append(out, number.value());
    } else if (value instanceof Value.Text text) {
      out.append('"');
      escaped(out, text.value(), IN_TEXT);
      out.append('"');
    } else if (value instanceof Value.Flag flag) {
      out.append(flag.value());
    }
  }

  /** The field a metric is kept in, which tells its type. */
  static void fieldName(StringBuilder out, String name, Value value) {
    escaped(out, name, IN_KEY);
    if (value instanceof Value.Text) {
      out.append(TEXT_SUFFIX);
    } else if (value instanceof Value.Flag) {
      out.append(FLAG_SUFFIX);
    }
  }

  /** Most texts have nothing to escape, and go in as a whole. */
  private static void escaped(StringBuilder out, String text, boolean[] special) {
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < special.length && special[c]) {
        out.append(text, from, i).append('\\');
        from = i;
      }
    }
    if (from == 0) {
      out.append(text);
    } else {
      out.append(text, from, text.length());
    }
  }

  private static boolean[] special(String characters) {
    boolean[] special = new boolean['\\' + 1]; // nothing beyond is special anywhere
    for (char c : characters.toCharArray()) {
      special[c] = true;
    }
    return special;
  }
}
