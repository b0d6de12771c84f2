package io.tidemark.sim.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked
class CsvSeriesTest {
  private static final CsvOptions RECOGNISED = CsvOptions.recognised("main");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "                                                    | , line 1: the file is empty, but its"
            + " first line must name the columns",
        "value,other                                         |  has no column called timestamp,"
            + " time, datetime, date or ts; tell it by --time COLUMN. Its columns are \"value\","
            + " \"other\"",
        "timestamp                                           |  has no column besides"
            + " \"timestamp\"; if that is not so, tell what is between cells by --separator",
        "timestamp,value/2020-01-01 00:00:00                 | , line 2: a row has 2 cells as the"
            + " first line has, but this has 1; quote cells with a separator in them, or tell the"
            + " separator by --separator",
        "timestamp,value/2020-01-01 00:00:00,1,2             | , line 2: a row has 2 cells as the"
            + " first line has, but this has 3; quote cells",
        "timestamp,value/2020-01-01 00:00:00,1/2020-01-01,2  | , line 3, column \"timestamp\": a"
            + " time is like 2013-07-04 00:00:00 or 2013-07-04T00:00:00Z, but is \"2020-01-01\";"
            + " another form is told by --time COLUMN:PATTERN",
        "timestamp,value/1372896000,1                        | , line 2, column \"timestamp\": a"
            + " time is like 2013-07-04 00:00:00 or 2013-07-04T00:00:00Z, but is \"1372896000\"; a"
            + " number since 1970 is told by --time COLUMN:epoch-s, or epoch-ms",
        "timestamp,value/2021-02-29 00:00:00,1               | , line 2, column \"timestamp\":"
            + " there is no such time: \"2021-02-29 00:00:00\"",
        "timestamp,value/2020-01-01 25:00:00,1               | , line 2, column \"timestamp\":"
            + " there is no such time",
        "timestamp,value/2020-01-01 00:00:00+19:00,1         | , line 2, column \"timestamp\":"
            + " there is no such time",
        "timestamp,value/1677-12-31 23:59:59,1               | , line 2, column \"timestamp\": a"
            + " time must be in the years 1678 to 2261, but is \"1677-12-31 23:59:59\"",
        "timestamp,value/2262-01-01 00:00:00,1               | , line 2, column \"timestamp\": a"
            + " time must be in the years 1678 to 2261",
        "timestamp,value/,1                                  | , line 2, column \"timestamp\": a"
            + " time is like",
        "timestamp,value/2020-01-01 00:00:00,0x1p3           | , line 2, column \"value\": a value"
            + " is a decimal number like 69.88, but is \"0x1p3\"; a column of texts is told by"
            + " --column NAME=METRIC:text",
        "timestamp,value/2020-01-01 00:00:00,1f              | , line 2, column \"value\": a value"
            + " is a decimal number",
        "timestamp,value/2020-01-01 00:00:00,Infinity        | , line 2, column \"value\": a value"
            + " is a decimal number",
        "timestamp,value/2020-01-01 00:00:00,\"1,5\"         | , line 2, column \"value\": a value"
            + " is a decimal number",
        "timestamp,value/2020-01-01 00:00:00,1e999           | , line 2, column \"value\": a value"
            + " must fit a double, but is \"1e999\"",
        "time,a/2020-01-01 00:00:00,true/2020-01-01 00:00:00,yes | , line 3, column \"a\": a flag"
            + " is true, false, 1 or 0, but is \"yes\"; a column of texts",
        "time,a,b/2020-01-01 00:00:00,\"x/y\",2/2020-01-01 00:00:00,z,w | , line 4, column \"b\": a"
            + " value is a decimal number",
        "time,a/2020-01-01 00:00:00,\"x/2020-01-01 00:00:00,1/    | , line 2: a quote is opened in"
            + " this row and never closed; close it, or double it if it is part of a text",
        "time,a//2020-01-01 00:00:00,\"x\"y/2020-01-01 00:00:00,1 | , line 3: a quote is closed in"
            + " this row and something other than the separator follows; a quote within quotes is"
            + " doubled",
        "time,a b,a_b/                                       | : column \"a_b\" would be metric a_b"
            + " of sensor main, as another one is; name it by --column NAME=METRIC",
        "time,seq/                                           | : column \"seq\" would be metric"
            + " seq, but the store keeps that name to itself; name it otherwise by --column"
            + " NAME=METRIC",
        "time,a_text/                                        | : column \"a_text\" would be metric"
            + " a_text, but the store keeps",
      })
  void whatIsWrongIsNamedByFileLineColumnAndRule(String contents, String expected)
      throws Exception {
    Path file = write((contents == null ? "" : contents.strip()).replace('/', '\n'));
    assertThatThrownBy(() -> CsvSeries.summarize(file, RECOGNISED))
        .hasMessageStartingWith(file + expected.replaceFirst("^(?=has no)", " "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "when            |         | --time when: FILE has no such column; it has \"t:x\", \"a\","
            + " \"b\", \"b\"",
        "t:x:epoch-h     |         | --time: a format is iso, epoch-s, epoch-ms, epoch-us, epoch-ns"
            + " or a pattern like yyyy-MM-dd HH:mm:ss, but \"epoch-h\" is none: ",
        "t:x:HH:mm       |         | --time: a format is iso, epoch-s, epoch-ms, epoch-us, epoch-ns"
            + " or a pattern like yyyy-MM-dd HH:mm:ss, but \"HH:mm\" is none: it does not say the"
            + " day",
        "t:x:yyyy-MM-dd hh:mm |    | --time: a format is iso, epoch-s, epoch-ms, epoch-us, epoch-ns"
            + " or a pattern like yyyy-MM-dd HH:mm:ss, but \"yyyy-MM-dd hh:mm\" is none: it does"
            + " not say the hour",
        "t:x             | c       | --column c: FILE has no such column",
        "t:x             | b       | --column b: FILE has more than one column of that name; rename"
            + " one in the file",
        "t:x             | a=m:int | --column is NAME, or"
            + " NAME=METRIC[:number|flag|text][@SENSOR[/KIND]], but is a=m:int",
        "t:x             | a=      | --column is NAME, or",
        "t:x             | a=m n   | --column: a metric must be 1 to 64 of A-Z a-z 0-9 _ . -, but"
            + " is \"m n\"",
        "t:x             | a=m@s t | --column: a sensor must be 1 to 64",
        "t:x             | a=m@s/ü | --column: a kind must be 1 to 64",
      })
  void whatIsToldAndNotThereIsNamed(String time, String column, String expected) throws Exception {
    Path file = write("t:x,a,b,b\n2020-01-01 00:00:00,1,2,3\n");
    assertThatThrownBy(
            () ->
                CsvSeries.summarize(
                    file, options(time, column == null ? List.of() : List.of(column), null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(expected.replace("FILE", file.toString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        "iso | UTC | 2020-02-29 12:00:00 | 2020-02-29T12:00:00Z",
        "iso | UTC | 2020-02-29T12:00:00.123456789Z | 2020-02-29T12:00:00.123Z",
        "iso | Europe/Berlin | 2020-02-29T12:00Z | 2020-02-29T12:00:00Z",
        "iso | UTC | 2020-02-29T12:00:00+01:00 | 2020-02-29T11:00:00Z",
        "iso | UTC | 2020-02-29 12:00:00 -0330 | 2020-02-29T15:30:00Z",
        "iso | UTC | 2020-02-29 12:00:00+02 | 2020-02-29T10:00:00Z",
        "iso | Europe/Berlin | 2020-07-01 12:00:00 | 2020-07-01T10:00:00Z",
        "iso | +05:30 | 2020-07-01 12:00:00 | 2020-07-01T06:30:00Z",
        // Shown twice: the first time, in summer time still.
        "iso | Europe/Berlin | 2020-10-25 02:30:00 | 2020-10-25T00:30:00Z",
        "iso | Europe/Berlin | 2020-10-25 03:00:00 | 2020-10-25T02:00:00Z",
        "iso | Europe/Berlin | 2020-03-29 01:59:59 | 2020-03-29T00:59:59Z",
        "iso | Europe/Berlin | 2020-03-29 02:30:00 | -",
        "iso | Europe/Berlin | 2020-03-29 03:00:00 | 2020-03-29T01:00:00Z",
        "epoch-s | Europe/Berlin | 1372896000 | 2013-07-04T00:00:00Z",
        "epoch-s | UTC | 1372896000.1239 | 2013-07-04T00:00:00.123Z",
        "epoch-s | UTC | -0.5 | 1969-12-31T23:59:59.500Z",
        "epoch-ms | UTC | 1372896000123 | 2013-07-04T00:00:00.123Z",
        "epoch-us | UTC | -1 | 1969-12-31T23:59:59.999Z",
        "epoch-ns | UTC | 1372896000123456789 | 2013-07-04T00:00:00.123Z",
        "epoch-s | UTC | 9999999999999999999 | -",
        "epoch-s | UTC | 1e9 | -",
        "d/M/yyyy H:mm | UTC | 4/7/2013 9:05 | 2013-07-04T09:05:00Z",
        "d/M/yyyy H:mm | UTC | 30/2/2013 9:05 | -",
        "d/M/yyyy H:mm | Europe/Berlin | 29/3/2020 2:05 | -",
        "yyyy-MM-dd | Europe/Berlin | 2020-07-01 | 2020-06-30T22:00:00Z",
        "dd-MMM-yy hh:mm a | UTC | 04-JUL-13 09:05 pm | 2013-07-04T21:05:00Z",
        "MM/dd/yyyy HH:mm:ss XXX | UTC | 07/04/2013 09:05:00 +02:00 | 2013-07-04T07:05:00Z",
        "yyyy-MM-dd HH:mm VV | UTC | 2013-07-04 09:05 Europe/Berlin | 2013-07-04T07:05:00Z",
        "'year' yyyy D | UTC | year 2013 185 | 2013-07-04T00:00:00Z",
      })
  void timesAreReadAsTold(String format, String zone, String text, String expected)
      throws Exception {
    TimeFormat times = TimeFormat.of(format, ZoneId.of(zone));
    if (expected == null) {
      assertThatThrownBy(() -> times.millis(text)).isInstanceOf(MalformedCellException.class);
    } else {
      assertThat(Instant.ofEpochMilli(times.millis(text))).isEqualTo(Instant.parse(expected));
    }
  }

  @Test
  void aTimeThatClocksNeverShowedIsNamedWithWhatToDo() throws Exception {
    Path file = write("time,a\n2020-03-29 01:30:00,1\n2020-03-29 02:30:00,1\n");
    CsvOptions berlin =
        new CsvOptions(
            null, null, ZoneId.of("Europe/Berlin"), List.of(), null, Set.of(), false, "main");
    assertThatThrownBy(() -> CsvSeries.summarize(file, berlin))
        .hasMessage(
            file
                + ", line 3, column \"time\": clocks in Europe/Berlin were put forward and never"
                + " showed \"2020-03-29 02:30:00\"; if the file's were not, tell their offset, as"
                + " in --zone +01:00");
  }

  @Test
  void absentValuesAreLeftOutAndRowsOfThemCounted() throws Exception {
    Path file =
        write(
            """
            time,a,b,c
            2020-01-01 00:00:00,1,,
            2020-01-01 00:00:01,NA,nan, N/A
            ,,,
            2020-01-01 00:00:03,null,true,?
            2020-01-01 00:00:04,NaN,-200,"NULL"
            """);
    CsvOptions options =
        new CsvOptions(
            null, null, ZoneOffset.UTC, List.of(), null, Set.of("?", "-200"), false, "main");
    List<CsvSeries.Row> rows = rows(file, options);
    assertThat(rows)
        .extracting(row -> row.samples().get(0).values())
        .containsExactly(Map.of("a", Value.of(1)), Map.of("b", Value.of(true)));
    CsvSummary summary = CsvSeries.summarize(file, options);
    assertThat(summary.readings()).isEqualTo(2);
    assertThat(summary.skippedRows()).isEqualTo(3);
    assertThat(summary.columns()).containsExactly("a number", "b flag", "c (no value)");
  }

  @Test
  void columnsAreNamedAndGivenToSensors() throws Exception {
    Path file = write("date,t (C),,=x,t\n2020-01-01 00:00:00,1,2,3,4\n");
    assertThat(rows(file, RECOGNISED).get(0).samples())
        .containsExactly(
            new CsvSeries.Sample(
                "main",
                "replay",
                Map.of(
                    "t_C",
                    Value.of(1),
                    "column_3",
                    Value.of(2),
                    "x",
                    Value.of(3),
                    "t",
                    Value.of(4))));
    assertThat(
            rows(file, options(null, List.of("t (C)=t:text@roof/bme280", "=x=u@roof", "t"), null))
                .get(0)
                .samples())
        .containsExactly(
            new CsvSeries.Sample("roof", "bme280", Map.of("t", Value.of("1"))),
            new CsvSeries.Sample("roof", "replay", Map.of("u", Value.of(3))),
            new CsvSeries.Sample("main", "replay", Map.of("t", Value.of(4))));
  }

  @Test
  void aLongerNameIsMeantWhereAShorterOneFitsToo() throws Exception {
    Path file = write("t:x,t,a=b,a\n2020-01-01 00:00:00,no time,1,2\n");
    assertThat(rows(file, options("t:x:iso", List.of("a=b=m", "a=n"), null)).get(0).samples())
        .containsExactly(
            new CsvSeries.Sample("main", "replay", Map.of("m", Value.of(1), "n", Value.of(2))));
  }

  @Test
  void aDeviceColumnNamesDevices() throws Exception {
    Path file = write("time,id,a\n2020-01-01 00:00:00,no 1,1\n2020-01-01 00:00:00,x:2,2\n");
    assertThat(rows(file, options(null, List.of(), "id")))
        .extracting(CsvSeries.Row::device)
        .containsExactly("no_1", "x:2");
    assertThat(CsvSeries.summarize(file, options(null, List.of(), "id")).devices())
        .containsExactly("no_1", "x:2");
    Path same = write("time,id,a\n2020-01-01 00:00:00,no 1,1\n2020-01-01 00:00:00,no_1,2\n");
    assertThatThrownBy(() -> CsvSeries.summarize(same, options(null, List.of(), "id")))
        .hasMessageEndingWith(
            ", line 3, column \"id\": \"no_1\" would be device no_1, as another name in this column"
                + " is; rename it in the file");
    Path none = write("time,id,a\n2020-01-01 00:00:00,,1\n");
    assertThatThrownBy(() -> CsvSeries.summarize(none, options(null, List.of(), "id")))
        .hasMessageEndingWith(
            ", line 2, column \"id\": a device's name has 1 to 128 characters, but is \"\"; every"
                + " row with a value needs one");
  }

  @Test
  void rowsHaveALimitAndQuotesThatAreNotClosedDoNotFillTheMemory() throws Exception {
    Path wide = write("time,a\n2020-01-01 00:00:00," + "1".repeat(70_000) + "\n");
    assertThatThrownBy(() -> CsvSeries.summarize(wide, RECOGNISED))
        .hasMessage(
            wide
                + ", line 2: a row has at most 65536 characters; look for a quote that is not"
                + " closed");
    Path open =
        write("time,a\n\n2020-01-01 00:00:00,\"1\n" + "2020-01-01 00:00:00,1\n".repeat(1_000_000));
    assertThatThrownBy(() -> CsvSeries.summarize(open, RECOGNISED))
        .hasMessage(
            open
                + ", line 3: a row has at most 65536 characters; look for a quote that is not"
                + " closed");
    Path text = write("time,a\n2020-01-01 00:00:00," + "\u20ac".repeat(1_366) + "\n");
    assertThatThrownBy(() -> CsvSeries.summarize(text, RECOGNISED))
        .hasMessage(
            text
                + ", line 2, column \"a\": a text has at most 4096 bytes, but this has 4098; leave"
                + " its column out by naming the others with --column");
  }

  @Test
  void whatIsNotUtf8IsNamedByItsLine() throws Exception {
    Path file = folder.resolve("latin.csv");
    Files.write(
        file,
        ("time,a\n" + "2020-01-01 00:00:00,x\n".repeat(2_000) + "2020-01-01 00:00:00,\u00e4\n")
            .getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> CsvSeries.summarize(file, RECOGNISED))
        .hasMessage(
            file
                + ", line 2002: the file must be UTF-8; convert it, as in iconv -f WINDOWS-1252 -t"
                + " UTF-8");
  }

  @Test
  void aFolderIsNoFile() {
    assertThatThrownBy(() -> CsvSeries.summarize(folder, RECOGNISED))
        .hasMessage(
            folder + " is no file; what is replayed is read twice, so write it to a file first");
  }

  @Test
  void aMarkCarriageReturnsAndEmptyLinesAreFine() throws Exception {
    Path file = write("\uFEFF\"timestamp\",value\r\n\r\n2020-01-01 00:00:00,1\r\n\r\n\n");
    CsvSummary summary = CsvSeries.summarize(file, RECOGNISED);
    assertThat(summary.readings()).isEqualTo(1);
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(Files.readAllBytes(file));
    assertThat(summary.crc32c()).isEqualTo(crc.getValue());
  }

  private Path write(String contents) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "f", ".csv"), contents);
  }

  private static CsvOptions options(String time, List<String> columns, String deviceColumn) {
    return new CsvOptions(
        null, time, ZoneOffset.UTC, columns, deviceColumn, Set.of(), false, "main");
  }

  static List<CsvSeries.Row> rows(Path file, CsvOptions options) throws IOException {
    List<CsvSeries.Row> rows = new ArrayList<>();
    try (CsvSeries series = new CsvSeries(file, options)) {
      for (CsvSeries.Row row = series.next(); row != null; row = series.next()) {
        rows.add(row);
      }
    }
    return rows;
  }
}
