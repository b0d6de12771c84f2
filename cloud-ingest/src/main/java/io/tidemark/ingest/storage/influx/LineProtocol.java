package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
  private static final int LINE_BYTES = 192;

  private static final byte COMMA = ',';
  private static final byte EQUALS = '=';
  private static final byte SPACE = ' ';
  private static final byte QUOTE = '"';
  private static final byte LINE_END = '\n';
  private static final byte[] SEQUENCE_FIELD = ascii(SEQUENCE + "=");
  private static final byte[] WHOLE_NUMBER_END = ascii("i ");

  private LineProtocol() {}

  /** Lines, each with its end. */
  static String of(List<Line> lines) {
    LineBytes out = new LineBytes(lines.size() * LINE_BYTES);
    NumberFields numberFields = new NumberFields();
    SeriesKey series = null;
    byte[] prefix = {};
    for (Line line : lines) {
      Row row = line.row();
      // Rows of one batch come together, and what their lines begin with is the same.
      if (series == null || !series.isOf(row)) {
        series = SeriesKey.of(row);
        prefix = prefix(row);
      }
      out.put(prefix);
      if (line.twin()) {
        out.put(COMMA);
        out.put(TWIN);
        out.put(EQUALS);
        out.put(row.sequence());
      }
      out.put(SPACE);
      int at = 0;
      for (Map.Entry<String, Value> value : row.reading().values().entrySet()) {
        if (value.getValue() instanceof Value.Num number) {
          out.put(numberFields.begin(at, value.getKey()));
          Decimals.append(out, number.value());
        } else {
          field(out, value.getKey(), value.getValue());
        }
        out.put(COMMA);
        at++;
      }
      out.put(SEQUENCE_FIELD);
      out.put(row.sequence());
      out.put(WHOLE_NUMBER_END);
      out.put(row.reading().timeNanos());
      out.put(LINE_END);
    }
    return out.toString();
  }

  /** What a number's field begins with; most rows have the names of the row before. */
  private static final class NumberFields {
    private final List<String> names = new ArrayList<>();
    private final List<byte[]> begins = new ArrayList<>();

    byte[] begin(int at, String name) {
      while (names.size() <= at) {
        names.add("");
        begins.add(new byte[0]);
      }
      if (!names.get(at).equals(name)) {
        LineBytes out = new LineBytes(name.length() + 1);
        escaped(out, name, IN_KEY);
        out.put(EQUALS);
        names.set(at, name);
        begins.set(at, out.toBytes());
      }
      return begins.get(at);
    }
  }

  private static byte[] prefix(Row row) {
    LineBytes out = new LineBytes(LINE_BYTES);
    measurement(out, row.reading().kind());
    tag(out, DEVICE, row.key().device());
    tag(out, EPOCH, Long.toString(row.key().epoch()));
    tag(out, SENSOR, row.reading().sensor());
    return out.toBytes();
  }

  static void measurement(LineBytes out, String name) {
    escaped(out, name, IN_MEASUREMENT);
  }

  static void tag(LineBytes out, String key, String value) {
    out.put(COMMA);
    escaped(out, key, IN_KEY);
    out.put(EQUALS);
    escaped(out, value, IN_KEY);
  }

  static void field(LineBytes out, String name, Value value) {
    fieldName(out, name, value);
    out.put(EQUALS);
    if (value instanceof Value.Num number) {
      Decimals.append(out, number.value());
    } else if (value instanceof Value.Text text) {
      out.put(QUOTE);
      escaped(out, text.value(), IN_TEXT);
      out.put(QUOTE);
    } else if (value instanceof Value.Flag flag) {
      out.put(Boolean.toString(flag.value()));
    }
  }

  /** The field a metric is kept in, which tells its type. */
  static void fieldName(LineBytes out, String name, Value value) {
    escaped(out, name, IN_KEY);
    if (value instanceof Value.Text) {
      out.put(TEXT_SUFFIX);
    } else if (value instanceof Value.Flag) {
      out.put(FLAG_SUFFIX);
    }
  }

  /** Most texts have nothing to escape, and go in as a whole. */
  private static void escaped(LineBytes out, String text, boolean[] special) {
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < special.length && special[c]) {
        out.put(text, from, i);
        out.put((byte) '\\');
        from = i;
      }
    }
    out.put(text, from, text.length());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static boolean[] special(String characters) {
    boolean[] special = new boolean['\\' + 1]; // nothing beyond is special anywhere
    for (char c : characters.toCharArray()) {
      special[c] = true;
    }
    return special;
  }
}
