package io.tidemark.sim.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked
class ReplayTest {
  private static final double MAX = Double.POSITIVE_INFINITY;

  @TempDir Path folder;

  @Test
  void everyRowIsAReadingInTheFilesOrder() throws Exception {
    List<Reading> readings = replay(river(), MAX, 3, new long[1], nanos -> true);
    assertThat(readings)
        .extracting(r -> ((Value.Num) r.values().get("value")).value())
        .containsExactly(1.25, 1.25, 1.5, -0.0, 0.002, 17.0, 73.0);
    long second = nanos("2020-02-29T23:59:58Z");
    assertThat(readings)
        .extracting(Reading::timeNanos)
        .containsExactly(
            second,
            second + 1,
            second + 2,
            nanos("2020-02-29T23:59:50Z") + 3,
            nanos("2020-03-01T00:00:00.123Z") + 4, // cut to the millisecond
            nanos("2020-03-01T00:00:00Z") + 5,
            nanos("2020-03-01T00:00:01Z") + 6);
    assertThat(readings).allMatch(r -> r.kind().equals("replay") && r.sensor().equals("gauge"));
  }

  @Test
  void itGoesOnWithTheRowAfterThoseProduced() throws Exception {
    List<Reading> all = replay(river(), MAX, 3, new long[1], nanos -> true);
    List<Reading> rest = replay(river(), MAX, 3, new long[] {5}, nanos -> true);
    assertThat(rest).isEqualTo(all.subList(5, 7));
  }

  @Test
  void speedDividesTheTimesBetweenRows() throws Exception {
    List<Long> asked = new ArrayList<>();
    replay(river(), 2, 100, new long[1], nanos -> asked.add(nanos));
    // 0, 0, 0, back in time: at once; then 2.123 s, 2 s (before it: at once) and 3 s, halved
    assertThat(asked)
        .containsExactly(0L, 0L, 0L, 0L, 1_061_500_000L, 1_061_500_000L, 1_500_000_000L);
  }

  @Test
  void batchesThatGetOldAreClosed() throws Exception {
    List<Integer> sizes = new ArrayList<>();
    ReplayPlan plan = plan(List.of(river()), 1, 100, 1_000_000_000L);
    new Replay(plan, new long[1])
        .produce((device, readings) -> sizes.add(readings.size()), nanos -> true);
    assertThat(sizes).containsExactly(4, 3);
  }

  @Test
  void severalFilesAreInterleavedByTheirTimes() throws Exception {
    Path slow = folder.resolve("slow.csv");
    Files.writeString(slow, "timestamp,value\n2001-01-01 00:00:00,1\n2001-01-01 00:00:30,2\n");
    List<Integer> devices = new ArrayList<>();
    ReplayPlan plan = plan(List.of(slow, river()), 1, 1, 1_000_000_000L);
    new Replay(plan, new long[2]).produce((device, readings) -> devices.add(device), nanos -> true);
    assertThat(devices).containsExactly(0, 1, 1, 1, 1, 1, 1, 1, 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "time,value                                          | line 1: the first line must be",
        "timestamp,value/2020-01-01 00:00:00                 | line 2: a row is a time and a value",
        "timestamp,value/2020-01-01 00:00:00,1,2             | line 2: a row is a time and a value",
        "timestamp,value/2020-01-01 00:00:00,1/2020-01-01,2  | line 3: a time is like",
        "timestamp,value/2021-02-29 00:00:00,1               | line 2: there is no such time",
        "timestamp,value/2020-01-01 25:00:00,1               | line 2: there is no such time",
        "timestamp,value/1600-01-01 00:00:00,1               | line 2: a time must be in the years",
        "timestamp,value/2020-01-01 00:00:00,NaN             | line 2: a value is a decimal number",
        "timestamp,value/2020-01-01 00:00:00,0x1p3           | line 2: a value is a decimal number",
        "timestamp,value/2020-01-01 00:00:00,1f              | line 2: a value is a decimal number",
        "timestamp,value/2020-01-01 00:00:00,                | line 2: a value is a decimal number",
        "timestamp,value/2020-01-01 00:00:00,1e999           | line 2: a value must fit a double",
        "timestamp,value//2020-01-01 00:00:00,1              | line 2: an empty line is allowed at",
      })
  void malformedRowsAreNamedByFileLineAndRule(String contents, String expected) throws Exception {
    Path file = folder.resolve("bad.csv");
    Files.writeString(file, contents.strip().replace('/', '\n'));
    assertThatThrownBy(() -> CsvSeries.summarize(file))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("bad.csv, " + expected);
  }

  @Test
  void aLineHasALimit() throws Exception {
    Path file = folder.resolve("long.csv");
    Files.writeString(file, "timestamp,value\n" + "1".repeat(5_000));
    assertThatThrownBy(() -> CsvSeries.summarize(file)).hasMessageContaining("4096 bytes");
  }

  @Test
  void carriageReturnsAMarkAndEmptyLinesAtTheEndAreFine() throws Exception {
    Path file = folder.resolve("windows.csv");
    Files.writeString(file, "\uFEFFtimestamp,value\r\n2020-01-01 00:00:00,1\r\n\r\n\n");
    assertThat(CsvSeries.summarize(file).rows()).isEqualTo(1);
  }

  private static List<Reading> replay(Path file, double speed, int batch, long[] from, Pace pace)
      throws Exception {
    List<Reading> readings = new ArrayList<>();
    new Replay(plan(List.of(file), speed, batch, 1_000_000_000_000L), from)
        .produce((device, batched) -> readings.addAll(batched), pace);
    return readings;
  }

  private static ReplayPlan plan(List<Path> files, double speed, int batch, long intervalNanos)
      throws Exception {
    List<String> devices = files.stream().map(f -> "d" + files.indexOf(f)).toList();
    return ReplayPlan.of(files, devices, "gauge", speed, batch, intervalNanos);
  }

  private static Path river() throws URISyntaxException {
    return Path.of(ReplayTest.class.getResource("/io/tidemark/sim/river.csv").toURI());
  }

  private static long nanos(String time) {
    Instant at = Instant.parse(time);
    return at.getEpochSecond() * 1_000_000_000L + at.getNano();
  }
}
