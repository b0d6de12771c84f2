package io.tidemark.sim.source;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a series from a file, a row at a time.
 *
 * <pre>
 * timestamp,value
 * 2013-07-04 00:00:00,69.88083514
 * </pre>
 *
 * <p>Times are UTC, with a blank or a T in the middle, up to nine digits behind the second's point
 * and an optional Z; in any order, and as often as one likes. Values are finite decimal numbers.
 * Lines end with LF or CRLF, the last one need not; empty lines are allowed at the end only. Not
 * thread-safe.
 */
final class CsvSeries implements Closeable {
  /**
   * One row.
   *
   * @param epochMillis its time, cut to the millisecond
   */
  record Row(long epochMillis, double value) {}

  /**
   * What a whole file is.
   *
   * @param crc32c over its bytes
   */
  record Summary(long rows, long crc32c) {}

  private static final int LINE_MAX_BYTES = 4_096;
  private static final String HEADER = "timestamp,value";
  private static final Pattern TIME =
      Pattern.compile("(\\d{4}-\\d\\d-\\d\\d)[ T](\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?)Z?");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d{1,4})?");
  private static final int FIRST_YEAR = 1678;
  private static final int LAST_YEAR = 2261;

  private final Path file;
  private final CRC32C crc = new CRC32C();
  private final InputStream in;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(128);
  private long lineNumber;

  /**
   * Opens a file and reads its header.
   *
   * @throws MalformedFileException if it has another
   */
  CsvSeries(Path file) throws IOException {
    this.file = file;
    this.in =
        new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16), crc);
    try {
      String header = nextLine();
      if (header == null || !withoutMark(header).equals(HEADER)) {
        throw malformed("the first line must be \"" + HEADER + "\"");
      }
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  /** Reads a whole file. */
  static Summary summarize(Path file) throws IOException {
    try (CsvSeries series = new CsvSeries(file)) {
      long rows = 0;
      while (series.next() != null) {
        rows++;
      }
      return new Summary(rows, series.crc.getValue());
    }
  }

  /**
   * The next row, null at the end.
   *
   * @throws MalformedFileException if the line is not a row
   */
  @Nullable Row next() throws IOException {
    String text = nextLine();
    if (text == null) {
      return null;
    }
    if (text.isEmpty()) {
      long emptyAt = lineNumber;
      for (String rest = nextLine(); rest != null; rest = nextLine()) {
        if (!rest.isEmpty()) {
          lineNumber = emptyAt;
          throw malformed("an empty line is allowed at the end only");
        }
      }
      return null;
    }
    int comma = text.indexOf(',');
    if (comma < 0 || text.indexOf(',', comma + 1) >= 0) {
      throw malformed("a row is a time and a value with one comma between, but is " + quoted(text));
    }
    return new Row(millis(text.substring(0, comma)), number(text.substring(comma + 1)));
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private long millis(String text) throws MalformedFileException {
    Matcher time = TIME.matcher(text);
    if (!time.matches()) {
      throw malformed("a time is like 2013-07-04 00:00:00 (UTC), but is " + quoted(text));
    }
    try {
      LocalDateTime at = LocalDateTime.parse(time.group(1) + "T" + time.group(2));
      if (at.getYear() < FIRST_YEAR || at.getYear() > LAST_YEAR) {
        throw malformed(
            "a time must be in the years %d to %d, but is %s"
                .formatted(FIRST_YEAR, LAST_YEAR, quoted(text)));
      }
      return at.toInstant(ZoneOffset.UTC).toEpochMilli();
    } catch (DateTimeException e) {
      throw malformed("there is no such time: " + quoted(text));
    }
  }

  private double number(String text) throws MalformedFileException {
    if (!NUMBER.matcher(text).matches()) {
      throw malformed("a value is a decimal number like 69.88, but is " + quoted(text));
    }
    double value = Double.parseDouble(text);
    if (Double.isInfinite(value)) {
      throw malformed("a value must fit a double, but is " + quoted(text));
    }
    return value;
  }

  private @Nullable String nextLine() throws IOException {
    line.reset();
    int next = in.read();
    if (next < 0) {
      return null;
    }
    lineNumber++;
    for (; next >= 0 && next != '\n'; next = in.read()) {
      if (line.size() >= LINE_MAX_BYTES) {
        throw malformed("a line has at most " + LINE_MAX_BYTES + " bytes");
      }
      line.write(next);
    }
    String text = line.toString(StandardCharsets.UTF_8);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  private MalformedFileException malformed(String rule) {
    return new MalformedFileException(file, Math.max(1, lineNumber), rule);
  }

  private static String withoutMark(String header) {
    return header.startsWith("\uFEFF") ? header.substring(1) : header;
  }

  private static String quoted(String text) {
    String shown = text.length() <= 60 ? text : text.substring(0, 60) + "...";
    return '"' + shown.replaceAll("\\p{Cntrl}", "?") + '"';
  }
}
