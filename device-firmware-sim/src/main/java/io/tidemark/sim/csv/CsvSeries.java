package io.tidemark.sim.csv;

import io.tidemark.wire.Names;
import io.tidemark.wire.Value;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a series from a file, a row at a time, in the file's order.
 *
 * <pre>
 * timestamp,value
 * 2013-07-04 00:00:00,69.88083514
 * </pre>
 *
 * <p>A row is a time and what sensors said at it; times may repeat and come in any order. A cell
 * that is empty, NA, N/A, NaN or null stands for no value; a row of such cells only is skipped and
 * counted. A column holds what its first value is, unless its type is told: numbers, flags or
 * texts. Not thread-safe.
 */
public final class CsvSeries implements Closeable {
  /**
   * One row.
   *
   * @param epochMillis its time, cut to the millisecond
   * @param device the name in its device column, null if the file has none
   */
  public record Row(long epochMillis, @Nullable String device, List<Sample> samples) {}

  /** What a sensor said; never nothing. */
  public record Sample(String sensor, String kind, Map<String, Value> values) {}

  /** Most devices that a file may name. */
  static final int DEVICES_MAX = 100_000;

  private record Sensor(String name, String kind) {}

  private final Path file;
  private final CsvLines lines;
  private final Header header;
  private final Mapping mapping;
  private final Cells cells;
  private final Map<Sensor, List<Mapping.Column>> sensors = new LinkedHashMap<>();
  private final Cells.@Nullable Type[] types;
  private final Map<String, String> deviceNames = new HashMap<>();
  private final Set<String> devices = new LinkedHashSet<>();
  private long skippedRows;

  /**
   * Opens a file and reads its header.
   *
   * @throws MalformedFileException if it has none
   * @throws IllegalArgumentException if its columns are not what the options say
   */
  public CsvSeries(Path file, CsvOptions options) throws IOException {
    this.file = file;
    this.cells = new Cells(options.absent(), options.decimalComma());
    this.lines = new CsvLines(file, options.separator());
    try {
      String[] first = lines.next();
      if (first == null) {
        throw new MalformedFileException(
            file, 1, "the file is empty, but its first line must name the columns");
      }
      this.header = new Header(file, first);
      this.mapping = Mapping.of(file, header, options);
    } catch (IOException | RuntimeException e) {
      lines.close();
      throw e;
    }
    this.types = new Cells.Type[header.names().size()];
    for (Mapping.Column column : mapping.columns()) {
      types[column.index()] = column.told();
      sensors
          .computeIfAbsent(new Sensor(column.sensor(), column.kind()), s -> new ArrayList<>())
          .add(column);
    }
  }

  /**
   * Reads a whole file.
   *
   * @throws MalformedFileException if anything in it is wrong
   */
  public static CsvSummary summarize(Path file, CsvOptions options) throws IOException {
    try (CsvSeries series = new CsvSeries(file, options)) {
      long readings = 0;
      for (Row row = series.next(); row != null; row = series.next()) {
        readings += row.samples().size();
      }
      return new CsvSummary(
          readings,
          series.skippedRows,
          series.lines.crc32c(),
          List.copyOf(series.devices),
          series.inWords());
    }
  }

  /**
   * The next row with a value, null at the end.
   *
   * @throws MalformedFileException if the row is not as the header and the options say
   */
  public @Nullable Row next() throws IOException {
    for (String[] row = lines.next(); row != null; row = lines.next()) {
      if (row.length != header.names().size()) {
        throw new MalformedFileException(
            file,
            lines.lineNumber(),
            "a row has %d cells as the first line has, but this has %d; quote cells with a separator in them, or tell the separator by --separator"
                .formatted(header.names().size(), row.length));
      }
      List<Sample> samples = samples(row);
      if (!samples.isEmpty()) {
        return new Row(millis(row), device(row), samples);
      }
      skippedRows++;
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  private List<Sample> samples(String[] row) throws MalformedFileException {
    List<Sample> samples = new ArrayList<>(sensors.size());
    for (Map.Entry<Sensor, List<Mapping.Column>> sensor : sensors.entrySet()) {
      Map<String, Value> values = new LinkedHashMap<>();
      for (Mapping.Column column : sensor.getValue()) {
        Value value = value(row[column.index()], column.index());
        if (value != null) {
          values.put(column.metric(), value);
        }
      }
      if (!values.isEmpty()) {
        samples.add(new Sample(sensor.getKey().name(), sensor.getKey().kind(), values));
      }
    }
    return samples;
  }

  private @Nullable Value value(String cell, int index) throws MalformedFileException {
    String stripped = cell.strip();
    if (cells.isAbsent(stripped)) {
      return null;
    }
    Cells.Type type = types[index];
    if (type == null) {
      type = cells.recognise(stripped);
      types[index] = type;
    }
    try {
      return cells.value(type, cell);
    } catch (MalformedCellException e) {
      throw malformed(index, e.rule());
    }
  }

  private long millis(String[] row) throws MalformedFileException {
    int first = mapping.times().get(0);
    String text = row[first].strip();
    for (int i = 1; i < mapping.times().size(); i++) {
      text += " " + row[mapping.times().get(i)].strip();
    }
    try {
      return mapping.format().millis(text);
    } catch (MalformedCellException e) {
      throw malformed(first, e.rule());
    }
  }

  private @Nullable String device(String[] row) throws MalformedFileException {
    if (mapping.device() < 0) {
      return null;
    }
    String cell = row[mapping.device()].strip();
    String known = deviceNames.get(cell);
    if (known != null) {
      return known;
    }
    String name = cell.replaceAll("[^A-Za-z0-9._:-]+", "_");
    if (cells.isAbsent(cell) || !Names.isDevice(name)) {
      throw malformed(
          mapping.device(),
          "a device's name has 1 to 128 characters, but is "
              + Cells.quoted(cell)
              + "; every row with a value needs one");
    }
    if (!devices.add(name)) {
      throw malformed(
          mapping.device(),
          "%s would be device %s, as another name in this column is; rename it in the file"
              .formatted(Cells.quoted(cell), name));
    }
    if (devices.size() > DEVICES_MAX) {
      throw malformed(
          mapping.device(),
          "a file has at most %d devices; split it, or name another column by --device-column"
              .formatted(DEVICES_MAX));
    }
    deviceNames.put(cell, name);
    return name;
  }

  private List<String> inWords() {
    return mapping.columns().stream()
        .map(
            column -> {
              Cells.Type type = types[column.index()];
              return column.metric() + " " + (type == null ? "(no value)" : type.word());
            })
        .toList();
  }

  private MalformedFileException malformed(int column, String rule) {
    return new MalformedFileException(file, lines.lineNumber(), header.names().get(column), rule);
  }
}
