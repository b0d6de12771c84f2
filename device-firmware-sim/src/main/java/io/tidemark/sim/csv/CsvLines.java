package io.tidemark.sim.csv;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.FilterReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Objects;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * A file's rows as cells, as RFC 4180 has them: quotes, line breaks and doubled quotes within
 * quotes; lines end with LF or CRLF. UTF-8, with or without a mark in front. Empty lines are
 * skipped. Holds a row at a time. Not thread-safe.
 */
final class CsvLines implements Closeable {
  /** Most characters a row may have. */
  static final int ROW_MAX_CHARS = 65_536;

  /** Most characters that are read before the row they belong to is asked for. */
  private static final int READ_AHEAD_CHARS = 1 << 14;

  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final char[] SEPARATORS = {',', ';', '\t', '|'};

  private final Path file;
  private final CRC32C crc = new CRC32C();
  private final BoundedReader reader;
  private final CSVParser parser;
  private final Iterator<CSVRecord> rows;
  private long lineNumber = 1;

  /**
   * Opens a file.
   *
   * @param separator between cells; if null, that one of {@code , ; tab |} that the first line has
   *     most of
   */
  CsvLines(Path file, @Nullable Character separator) throws IOException {
    this.file = file;
    requireFile(file);
    CSVFormat format =
        CSVFormat.RFC4180
            .builder()
            .setDelimiter(separator == null ? recognise(file) : separator)
            .get();
    InputStream in =
        new BufferedInputStream(new CheckedInputStream(Files.newInputStream(file), crc), 1 << 16);
    try {
      in.mark(MARK.length);
      if (!Arrays.equals(in.readNBytes(MARK.length), MARK)) {
        in.reset();
      }
      this.reader =
          new BoundedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
      this.parser = CSVParser.parse(reader, format);
      this.rows = parser.iterator();
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  /**
   * The next row's cells, null at the end.
   *
   * @throws MalformedFileException if it is no row, or has too many characters
   */
  String @Nullable [] next() throws IOException {
    try {
      while (true) {
        lineNumber = parser.getCurrentLineNumber() + 1;
        reader.consumed = 0;
        if (!rows.hasNext()) {
          return null;
        }
        String[] cells = rows.next().values();
        if (cells.length != 1 || !cells[0].isEmpty()) {
          requireLength(cells);
          return cells;
        }
      }
    } catch (UncheckedIOException e) {
      throw inWords(Objects.requireNonNull(e.getCause()));
    }
  }

  /** Where the row that {@link #next} gave begins, from 1. */
  long lineNumber() {
    return lineNumber;
  }

  /** Over all bytes, once the end is reached. */
  long crc32c() {
    return crc.getValue();
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }

  private void requireLength(String[] cells) throws MalformedFileException {
    long length = 0;
    for (String cell : cells) {
      length += cell.length();
    }
    if (length > ROW_MAX_CHARS) {
      throw tooLong();
    }
  }

  private IOException inWords(IOException failure) throws IOException {
    if (failure instanceof RowTooLongException) {
      return tooLong();
    }
    if (failure instanceof CharacterCodingException) {
      return new MalformedFileException(
          file,
          lineThatIsNotUtf8(),
          "the file must be UTF-8; convert it, as in iconv -f WINDOWS-1252 -t UTF-8");
    }
    if (failure instanceof CSVException) {
      return new MalformedFileException(
          file,
          lineNumber,
          String.valueOf(failure.getMessage()).contains("EOF")
              ? "a quote is opened in this row and never closed; close it, or double it if it is"
                  + " part of a text"
              : "a quote is closed in this row and something other than the separator follows; a"
                  + " quote within quotes is doubled");
    }
    return failure;
  }

  private MalformedFileException tooLong() {
    return new MalformedFileException(
        file,
        lineNumber,
        "a row has at most %d characters; look for a quote that is not closed"
            .formatted(ROW_MAX_CHARS));
  }

  /** Looked for once it is known that there is one: what is decoded runs ahead of the rows. */
  private long lineThatIsNotUtf8() throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      long number = 1;
      for (int next = in.read(); next >= 0; next = in.read()) {
        line.write(next);
        if (next == '\n') {
          if (!isUtf8(line.toByteArray())) {
            return number;
          }
          number++;
          line.reset();
        }
      }
      return number;
    }
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static void requireFile(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          file + " is no file; what is replayed is read twice, so write it to a file first");
    }
  }

  /** The separator that the first line has most of, outside quotes; a comma if it has none. */
  private static char recognise(Path file) throws IOException {
    byte[] begin;
    try (InputStream in = Files.newInputStream(file)) {
      begin = in.readNBytes(ROW_MAX_CHARS);
    }
    int[] counts = new int[SEPARATORS.length];
    boolean quoted = false;
    for (byte next : begin) {
      if (next == '"') {
        quoted = !quoted;
      } else if (!quoted && next == '\n') {
        break;
      }
      for (int i = 0; i < SEPARATORS.length && !quoted; i++) {
        counts[i] += next == SEPARATORS[i] ? 1 : 0;
      }
    }
    int most = 0;
    for (int i = 1; i < counts.length; i++) {
      most = counts[i] > counts[most] ? i : most;
    }
    return SEPARATORS[most];
  }

  private static final class RowTooLongException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Ends a row that would not end by itself: the parser has no bound. */
  private static final class BoundedReader extends FilterReader {
    /** Characters read since the row before was complete. */
    long consumed;

    BoundedReader(Reader in) {
      super(in);
    }

    @Override
    public int read(char[] buffer, int offset, int length) throws IOException {
      if (consumed > ROW_MAX_CHARS + READ_AHEAD_CHARS) {
        throw new RowTooLongException();
      }
      int count = super.read(buffer, offset, length);
      consumed += Math.max(0, count);
      return count;
    }

    @Override
    public int read() throws IOException {
      char[] one = new char[1];
      return read(one, 0, 1) < 0 ? -1 : one[0];
    }
  }
}
