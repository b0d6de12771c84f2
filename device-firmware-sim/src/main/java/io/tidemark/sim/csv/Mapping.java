package io.tidemark.sim.csv;

import io.tidemark.wire.Limits;
import io.tidemark.wire.Names;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the columns of a file mean.
 *
 * @param times the columns whose cells, with a blank between, are a row's time
 * @param device the column that says of which device a row is, -1 if none does
 * @param columns those that are values
 */
record Mapping(List<Integer> times, TimeFormat format, int device, List<Column> columns) {

  /** What replayed sensors are if nothing is told. */
  static final String KIND = "replay";

  /**
   * A column of values.
   *
   * @param told its type, null if its first value says it
   */
  record Column(
      int index,
      String name,
      String metric,
      Cells.@Nullable Type told,
      String sensor,
      String kind) {}

  private static final Set<String> TIME_NAMES =
      Set.of("timestamp", "time", "datetime", "date", "ts");
  private static final List<String> PLAIN_SERIES = List.of("timestamp", "value");
  private static final Set<String> RESERVED = Set.of("seq", "device", "sensor", "epoch", "time");
  private static final int NAME_MAX_LENGTH = 64;

  /** METRIC[:TYPE][@SENSOR[/KIND]] */
  private static final Pattern MEANING =
      Pattern.compile("=([^:@/]+)(?::(number|flag|text))?(?:@([^:@/]+)(?:/([^:@/]+))?)?");

  /**
   * Works out what a file's columns mean.
   *
   * @throws IllegalArgumentException if that is not what was told, or cannot be known
   */
  static Mapping of(Path file, Header header, CsvOptions options) {
    List<Integer> times = new ArrayList<>();
    TimeFormat format = times(file, header, options, times);
    int device =
        options.deviceColumn() == null
            ? -1
            : header.find("--device-column", options.deviceColumn(), "").column();
    List<Column> columns =
        options.columns().isEmpty()
            ? all(file, header, options, times, device)
            : told(header, options);
    requireApart(file, columns);
    return new Mapping(List.copyOf(times), format, device, columns);
  }

  private static TimeFormat times(
      Path file, Header header, CsvOptions options, List<Integer> times) {
    if (options.time() == null) {
      for (int i = 0; i < header.names().size(); i++) {
        if (TIME_NAMES.contains(header.names().get(i).toLowerCase(Locale.ROOT))) {
          times.add(i);
          return TimeFormat.of(TimeFormat.ISO, options.zone());
        }
      }
      throw new IllegalArgumentException(
          "%s has no column called timestamp, time, datetime, date or ts; tell it by --time COLUMN. Its columns are %s"
              .formatted(file, header.shown()));
    }
    Header.Told told = header.find("--time", options.time(), "+:");
    times.add(told.column());
    while (told.rest().startsWith("+")) {
      told = header.find("--time", told.rest().substring(1), "+:");
      times.add(told.column());
    }
    String name = told.rest().isEmpty() ? TimeFormat.ISO : told.rest().substring(1);
    return TimeFormat.of(name, options.zone());
  }

  private static List<Column> all(
      Path file, Header header, CsvOptions options, List<Integer> times, int device) {
    // Nobody means texts by these, so the very first value may not be one by mistake.
    Cells.Type type = header.names().equals(PLAIN_SERIES) ? Cells.Type.NUMBER : null;
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < header.names().size(); i++) {
      if (!times.contains(i) && i != device) {
        String name = header.names().get(i);
        columns.add(new Column(i, name, fit(name, i), type, options.sensor(), KIND));
      }
    }
    if (columns.isEmpty()) {
      throw new IllegalArgumentException(
          "%s has no column besides %s; if that is not so, tell what is between cells by --separator"
              .formatted(file, header.shown()));
    }
    return columns;
  }

  private static List<Column> told(Header header, CsvOptions options) {
    List<Column> columns = new ArrayList<>();
    for (String text : options.columns()) {
      Header.Told told = header.find("--column", text, "=");
      String name = header.names().get(told.column());
      if (told.rest().isEmpty()) {
        columns.add(
            new Column(
                told.column(), name, fit(name, told.column()), null, options.sensor(), KIND));
        continue;
      }
      Matcher meaning = MEANING.matcher(told.rest());
      if (!meaning.matches()) {
        throw new IllegalArgumentException(
            "--column is NAME, or NAME=METRIC[:number|flag|text][@SENSOR[/KIND]], but is " + text);
      }
      String type = meaning.group(2);
      columns.add(
          new Column(
              told.column(),
              name,
              name("metric", meaning.group(1)),
              type == null ? null : Cells.Type.valueOf(type.toUpperCase(Locale.ROOT)),
              meaning.group(3) == null ? options.sensor() : name("sensor", meaning.group(3)),
              meaning.group(4) == null ? KIND : name("kind", meaning.group(4))));
    }
    return columns;
  }

  /** No two columns may be one metric of one sensor, and none what the store keeps to itself. */
  private static void requireApart(Path file, List<Column> columns) {
    Set<String> metrics = new HashSet<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Column column : columns) {
      String sensor = column.kind() + "/" + column.sensor();
      if (!metrics.add(sensor + "/" + column.metric())) {
        throw new IllegalArgumentException(
            "%s: column %s would be metric %s of sensor %s, as another one is; name it by --column NAME=METRIC"
                .formatted(file, Cells.quoted(column.name()), column.metric(), column.sensor()));
      }
      String metric = column.metric();
      if (RESERVED.contains(metric) || metric.endsWith("_text") || metric.endsWith("_bool")) {
        throw new IllegalArgumentException(
            "%s: column %s would be metric %s, but the store keeps that name to itself; name it otherwise by --column NAME=METRIC, or leave it out by naming only the others (of a column with devices: --device-column)"
                .formatted(file, Cells.quoted(column.name()), metric));
      }
      if (counts.merge(sensor, 1, Integer::sum) > Limits.READING_MAX_METRICS) {
        throw new IllegalArgumentException(
            "%s: a sensor has at most %d metrics; spread the columns over more with --column NAME=METRIC@SENSOR"
                .formatted(file, Limits.READING_MAX_METRICS));
      }
    }
  }

  /** A column's name as the name of a metric: what may not be in one becomes an underscore. */
  private static String fit(String name, int index) {
    String fit = name.replaceAll("[^A-Za-z0-9._-]+", "_").replaceAll("^_+|_+$", "");
    return fit.isEmpty()
        ? "column_" + (index + 1)
        : fit.substring(0, Math.min(fit.length(), NAME_MAX_LENGTH));
  }

  private static String name(String what, String name) {
    if (!Names.isName(name)) {
      throw new IllegalArgumentException(
          "--column: a %s must be 1 to 64 of A-Z a-z 0-9 _ . -, but is %s"
              .formatted(what, Cells.quoted(name)));
    }
    return name;
  }
}
