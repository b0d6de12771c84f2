package io.tidemark.sim.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.sim.csv.CsvOptions;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void aDeviceColumnMakesManyDevicesOfAFile() throws Exception {
    Path fleet = folder.resolve("fleet.csv");
    Files.writeString(
        fleet,
        """
        time,id,t
        2020-01-01 00:00:00,a,1
        2020-01-01 00:00:00,b,2
        2020-01-01 00:00:01,a,3
        2020-01-01 00:00:01,c,4
        2020-01-01 00:00:02,b,5
        """);
    CsvOptions options =
        new CsvOptions(null, null, ZoneOffset.UTC, List.of(), "id", Set.of(), false, "main");
    ReplayPlan plan =
        ReplayPlan.of(
            List.of(fleet), (file, named) -> "yard-" + named, options, MAX, 100, 1_000_000_000L);
    assertThat(plan.devices()).containsExactly("yard-a", "yard-b", "yard-c");
    assertThat(values(plan, new long[3]))
        .isEqualTo(Map.of(0, List.of(1.0, 3.0), 1, List.of(2.0, 5.0), 2, List.of(4.0)));
    // Of b both, of a one, of c none was produced before.
    assertThat(values(plan, new long[] {1, 2, 0}))
        .isEqualTo(Map.of(0, List.of(3.0), 2, List.of(4.0)));
    assertThatThrownBy(() -> values(plan, new long[] {1, 3, 0}))
        .hasMessageContaining("only 2 readings of yard-b now, but 3 were produced");
  }

  @Test
  void aBatchIsNeverLargerThanOneMayBe() throws Exception {
    Path texts = folder.resolve("texts.csv");
    StringBuilder lines = new StringBuilder("time,a,b\n");
    for (int i = 0; i < 200; i++) {
      lines.append("2020-01-01 00:00:00,").append(("\u20ac" + i).repeat(600)).append(",b\n");
    }
    Files.writeString(texts, lines);
    List<Reading> sent = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    new Replay(plan(List.of(texts), MAX, 200, 1_000_000_000L), new long[1])
        .produce(
            (device, readings) -> {
              BatchCodec.encode(Batch.ofReadings("d", 1, 0, readings, readings.size(), 0));
              sizes.add(readings.size());
              sent.addAll(readings);
            },
            nanos -> true);
    assertThat(sent).hasSize(200);
    assertThat(sizes).hasSizeGreaterThan(1);
  }

  @Test
  void manyOpenBatchesAreBounded() throws Exception {
    Path wide = folder.resolve("wide.csv");
    StringBuilder lines = new StringBuilder("time,id,text\n");
    for (int i = 0; i < 10_000; i++) {
      lines.append("2020-01-01 00:00:00,").append(i).append(",").append("x".repeat(4_000));
      lines.append("\n");
    }
    Files.writeString(wide, lines);
    CsvOptions options =
        new CsvOptions(null, null, ZoneOffset.UTC, List.of(), "id", Set.of(), false, "main");
    ReplayPlan plan =
        ReplayPlan.of(List.of(wide), (file, named) -> named, options, MAX, 200, 1_000_000_000L);
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger closedBeforeTheEnd = new AtomicInteger();
    new Replay(plan, new long[10_000])
        .produce(
            (device, readings) -> {
              if (asked.get() < 10_000) {
                closedBeforeTheEnd.incrementAndGet();
              }
            },
            nanos -> asked.incrementAndGet() > 0);
    assertThat(closedBeforeTheEnd.get()).isBetween(5_000, 7_000); // 16 MiB are some 4,100 of them
  }

  private static Map<Integer, List<Double>> values(ReplayPlan plan, long[] producedBefore)
      throws Exception {
    Map<Integer, List<Double>> values = new TreeMap<>();
    new Replay(plan, producedBefore)
        .produce(
            (device, readings) ->
                readings.forEach(
                    r ->
                        values
                            .computeIfAbsent(device, d -> new ArrayList<>())
                            .add(((Value.Num) r.values().get("t")).value())),
            nanos -> true);
    return values;
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
    return ReplayPlan.of(
        files,
        (file, named) -> "d" + files.indexOf(file),
        CsvOptions.recognised("gauge"),
        speed,
        batch,
        intervalNanos);
  }

  private static Path river() throws URISyntaxException {
    return Path.of(ReplayTest.class.getResource("/io/tidemark/sim/river.csv").toURI());
  }

  private static long nanos(String time) {
    Instant at = Instant.parse(time);
    return at.getEpochSecond() * 1_000_000_000L + at.getNano();
  }
}
