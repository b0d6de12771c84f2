package io.tidemark.sim.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.wire.Value;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.NullUnmarked;

/** Whatever is written as CSV, in whatever way, is read as what it was. */
@NullUnmarked
class CsvProperties {
  private static final long FIRST = Instant.parse("1678-01-02T00:00:00Z").toEpochMilli();
  private static final long LAST = Instant.parse("2261-12-30T00:00:00Z").toEpochMilli();

  /** A way to write it. */
  record Dialect(
      char separator,
      boolean decimalComma,
      boolean quoteAll,
      String lineEnd,
      boolean mark,
      boolean lastLineEnds,
      boolean blanks,
      String time) {}

  /** A row: its time and a number, a flag and a text, each of which may be absent. */
  record Row(long millis, Double number, Boolean flag, String text) {
    boolean isAbsent() {
      return number == null && flag == null && text == null;
    }
  }

  @Property(tries = 300)
  void whatIsWrittenIsRead(@ForAll("dialects") Dialect dialect, @ForAll("rows") List<Row> rows)
      throws IOException {
    Path file = Files.createTempFile("csv-properties-", ".csv");
    try {
      Files.writeString(file, written(dialect, rows));
      // The first line need not have most of what is between cells, and a text may look like
      // another type: so both are told.
      CsvOptions options =
          new CsvOptions(
              dialect.separator(),
              "when:" + dialect.time(),
              ZoneOffset.UTC,
              List.of("n\u00f6, \"1\"=n:number", "flag=f:flag", "t;\tx=t:text"),
              null,
              Set.of("-"),
              dialect.decimalComma(),
              "main");
      List<CsvSeries.Row> read = CsvSeriesTest.rows(file, options);
      List<Row> expected = rows.stream().filter(row -> !row.isAbsent()).toList();
      assertThat(read).hasSameSizeAs(expected);
      for (int i = 0; i < read.size(); i++) {
        assertThat(read.get(i).epochMillis()).isEqualTo(expected.get(i).millis());
        assertThat(read.get(i).samples())
            .containsExactly(new CsvSeries.Sample("main", "replay", values(expected.get(i))));
      }
      CsvSummary summary = CsvSeries.summarize(file, options);
      assertThat(summary.readings()).isEqualTo(expected.size());
      assertThat(summary.skippedRows()).isEqualTo(rows.size() - expected.size());
    } finally {
      Files.delete(file);
    }
  }

  @Provide
  Arbitrary<Dialect> dialects() {
    return Combinators.combine(
            Arbitraries.of(',', ';', '\t', '|', ' '),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.of("\n", "\r\n"),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.of("iso", "epoch-ms", "epoch-s", "d.M.yyyy; HH:mm:ss,SSS"))
        .as(Dialect::new);
  }

  @Provide
  Arbitrary<List<Row>> rows() {
    Arbitrary<Double> numbers =
        Arbitraries.oneOf(
            Arbitraries.doubles(), Arbitraries.of(0.0, -0.0, 1e300, Double.MIN_VALUE));
    Arbitrary<String> texts =
        Arbitraries.strings()
            .withChars("ab\u20ac\"\n\r,;\t| .0")
            .ofMinLength(1)
            .ofMaxLength(12)
            // Blanks alone are absent.
            .filter(text -> !text.isBlank());
    return Combinators.combine(
            Arbitraries.longs().between(FIRST, LAST),
            numbers.injectNull(0.3),
            Arbitraries.of(true, false).injectNull(0.3),
            texts.injectNull(0.3))
        .as(Row::new)
        .list()
        .ofMaxSize(12);
  }

  private static Map<String, Value> values(Row row) {
    Map<String, Value> values = new LinkedHashMap<>();
    if (row.number() != null) {
      values.put("n", Value.of((double) row.number()));
    }
    if (row.flag() != null) {
      values.put("f", Value.of((boolean) row.flag()));
    }
    if (row.text() != null) {
      values.put("t", Value.of(row.text()));
    }
    return values;
  }

  private static String written(Dialect dialect, List<Row> rows) {
    List<List<String>> table = new ArrayList<>();
    table.add(List.of("flag", "n\u00f6, \"1\"", "unused", "t;\tx", "when"));
    for (Row row : rows) {
      String number = row.number() == null ? "-" : Double.toString(row.number());
      table.add(
          List.of(
              row.flag() == null ? "NA" : row.flag().toString().toUpperCase(Locale.ROOT),
              dialect.decimalComma() ? number.replace('.', ',') : number,
              "unused",
              row.text() == null ? "" : row.text(),
              time(dialect.time(), row.millis())));
    }
    String lines =
        table.stream()
            .map(
                cells ->
                    cells.stream()
                        .map(cell -> cell(dialect, cell))
                        .collect(Collectors.joining(String.valueOf(dialect.separator()))))
            .collect(Collectors.joining(dialect.lineEnd()));
    return (dialect.mark() ? "\uFEFF" : "")
        + lines
        + (dialect.lastLineEnds() ? dialect.lineEnd() : "");
  }

  private static String cell(Dialect dialect, String cell) {
    boolean needed =
        cell.indexOf(dialect.separator()) >= 0
            || cell.indexOf('"') >= 0
            || cell.indexOf('\n') >= 0
            || cell.indexOf('\r') >= 0;
    return needed || dialect.quoteAll() ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }

  private static String time(String format, long millis) {
    Instant at = Instant.ofEpochMilli(millis);
    return switch (format) {
      case "iso" -> at.toString();
      case "epoch-ms" -> Long.toString(millis);
      case "epoch-s" -> BigDecimal.valueOf(millis, 3).toPlainString();
      default -> DateTimeFormatter.ofPattern(format, Locale.US).format(at.atZone(ZoneOffset.UTC));
    };
  }
}
