package io.tidemark.sim.csv;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A day and a time as in ISO 8601, with a blank or a T between, seconds with up to nine digits
 * behind the point or none, and Z or an offset if it is not one of the given zone.
 */
record IsoTime(ZoneId zone) implements TimeFormat {
  private static final Pattern TIME =
      Pattern.compile(
          "(\\d{4}-\\d\\d-\\d\\d)[ T](\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d{1,9})?)?)(?:"
              + " ?(Z|[+-]\\d\\d(?::?\\d\\d)?))?");
  private static final Pattern COUNT = Pattern.compile("\\d{9,}(?:\\.\\d*)?");

  @Override
  public long millis(String text) throws MalformedCellException {
    Matcher parts = TIME.matcher(text);
    if (!parts.matches()) {
      throw new MalformedCellException(
          "a time is like 2013-07-04 00:00:00 or 2013-07-04T00:00:00Z, but is %s; %s"
              .formatted(Cells.quoted(text), advice(text)));
    }
    try {
      LocalDateTime time = LocalDateTime.parse(parts.group(1) + "T" + parts.group(2));
      String offset = parts.group(3);
      return TimeFormat.shown(time, offset == null ? zone : ZoneOffset.of(offset), text);
    } catch (DateTimeException e) {
      throw new MalformedCellException("there is no such time: " + Cells.quoted(text));
    }
  }

  private static String advice(String text) {
    return COUNT.matcher(text).matches()
        ? "a number since 1970 is told by --time COLUMN:epoch-s, or epoch-ms, epoch-us, epoch-ns"
        : "another form is told by --time COLUMN:PATTERN, as in --time \"when:d/M/yyyy HH:mm\"";
  }
}
