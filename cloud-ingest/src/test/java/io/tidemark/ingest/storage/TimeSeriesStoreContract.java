package io.tidemark.ingest.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every {@link TimeSeriesStore} has to do. A store's test extends this and says how to open
 * one.
 */
@Timeout(120)
abstract class TimeSeriesStoreContract {
  /** 2026-03-01T00:00:00Z. */
  static final long T0 = 1_772_323_200_000_000_000L;

  static final long SECOND = 1_000_000_000L;
  static final long DAY = 86_400 * SECOND;
  static final EpochKey KEY = new EpochKey("pi:1", (1L << 53) - 1);

  /** Opens a store; has a constructor without arguments, so that a child process can make one. */
  interface Factory {
    /** The store whose data is, or will be, in this folder (or named after it). */
    TimeSeriesStore open(Path folder);
  }

  Path folder;
  TimeSeriesStore store;

  abstract Factory factory();

  /** Options of the Java that runs the factory in a process of its own. */
  List<String> childOptions() {
    return List.of();
  }

  @BeforeEach
  void open(@TempDir Path temp) {
    folder = temp;
    store = factory().open(folder);
  }

  @AfterEach
  void close() {
    store.close();
  }

  static Row row(long sequence, long time, String sensor, String kind, Map<String, Value> values) {
    return new Row(KEY, sequence, new Reading(sensor, kind, time, values));
  }

  static Row row(long sequence, long time, double value) {
    return row(sequence, time, "main", "bme280", Map.of("temperature", Value.of(value)));
  }

  List<Row> all() throws Exception {
    return store.read(new ReadQuery(KEY.device(), null, 0, Long.MAX_VALUE, null, 10_000));
  }

  @Test
  void doublesComeBackBitForBit() throws Exception {
    double[] doubles = {
      0.0,
      -0.0,
      Double.MIN_VALUE,
      -Double.MIN_VALUE,
      Double.MIN_NORMAL,
      Double.MAX_VALUE,
      -Double.MAX_VALUE,
      0.1,
      1.0 / 3,
      Math.PI,
      9007199254740992.0,
      1e-300,
      Math.nextUp(1.0),
      21.53
    };
    Random random = new Random(7);
    List<Row> rows = new ArrayList<>();
    for (double value : doubles) {
      rows.add(row(rows.size(), T0 + rows.size(), value));
    }
    while (rows.size() < 2_000) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        rows.add(row(rows.size(), T0 + rows.size(), value));
      }
    }

    assertThat(store.write(rows)).isEmpty();

    assertThat(all()).isEqualTo(rows);
  }

  @Test
  void metricsAreThoseOfTheRowsThatAreAskedFor() throws Exception {
    Value one = Value.of(1);
    store.write(
        List.of(
            row(0, T0, "roof", "bme280", Map.of("temperature", one, "pm2.5", one)),
            row(1, T0 + 1, "roof", "bme280", Map.of("Seq-2", one)),
            row(2, T0 + 2, "door", "switch", Map.of("open", Value.of(true))),
            row(3, T0 + 3, "door", "switch", Map.of("state", Value.of(""), "temperature", one)),
            new Row(
                new EpochKey("other", 1),
                0,
                new Reading("roof", "bme280", T0, Map.of("co2", one)))));
    assertThat(metrics(null, 0, Long.MAX_VALUE))
        .containsExactly("Seq-2", "open", "pm2.5", "state", "temperature");
    assertThat(metrics("roof", 0, Long.MAX_VALUE)).containsExactly("Seq-2", "pm2.5", "temperature");
    assertThat(metrics(null, T0 + 1, T0 + 3)).containsExactly("Seq-2", "open");
    assertThat(metrics(null, T0 + 4, Long.MAX_VALUE)).isEmpty();
    assertThat(metrics(null, T0 + 3, T0 + 3)).isEmpty();
    ReadQuery behind =
        new ReadQuery(KEY.device(), null, 0, Long.MAX_VALUE, all().get(2).position(), 1);
    assertThat(store.metrics(behind)).containsExactly("open", "state", "temperature");
  }

  private SortedSet<String> metrics(@Nullable String sensor, long from, long to) throws Exception {
    return store.metrics(new ReadQuery(KEY.device(), sensor, from, to, null, 1));
  }

  @Test
  void aRowWrittenThreeTimesIsOne() throws Exception {
    List<Row> rows = List.of(row(1, T0, 1.5), row(2, T0 + 1, 2.5));
    for (int i = 0; i < 3; i++) {
      store.write(rows);
    }
    store.write(List.of(rows.get(0), rows.get(0), rows.get(1), rows.get(0)));
    assertThat(all()).isEqualTo(rows);
    assertThat(scanned()).containsExactlyInAnyOrderEntriesOf(Map.of("pi:1/1", 1, "pi:1/2", 1));
  }

  @Test
  void readingsOfOneSensorAtOneInstantAreAllKept() throws Exception {
    List<Row> rows = List.of(row(5, T0, 1.5), row(6, T0, 1.5), row(7, T0, 2));
    store.write(rows);
    store.write(List.of(rows.get(1)));
    assertThat(all()).isEqualTo(rows);
  }

  @Test
  void twoWritesAtATimeKeepAllRowsEvenOfOneInstant() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int round = 0; round < 25; round++) {
      List<CompletableFuture<List<Refusal>>> writes = new ArrayList<>();
      for (int writer = 0; writer < 2; writer++) {
        List<Row> part = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          part.add(row(rows.size() + i, T0 + round * 10L + i, round + i / 100.0));
        }
        rows.addAll(part);
        writes.add(CompletableFuture.supplyAsync(() -> written(part)));
      }
      for (CompletableFuture<List<Refusal>> write : writes) {
        assertThat(write.get(60, TimeUnit.SECONDS)).isEmpty();
      }
    }
    assertThat(all()).containsExactlyInAnyOrderElementsOf(rows);
  }

  private List<Refusal> written(List<Row> rows) {
    try {
      return store.write(rows);
    } catch (StoreUnavailableException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aNumberUnderTwoTimesIsTwoRowsAndIsScannedTwice() throws Exception {
    store.write(List.of(row(5, T0, 1), row(5, T0 + 1, 1)));
    assertThat(scanned()).isEqualTo(Map.of("pi:1/5", 2));
  }

  @Test
  void lateAndUnorderedRowsAreReadInOrder() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      rows.add(row(i, T0 + i * (DAY / 100) + i, i));
    }
    List<Row> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, new Random(3));
    for (int i = 0; i < 500; i += 100) {
      store.write(shuffled.subList(i, i + 100));
    }
    assertThat(all()).isEqualTo(rows);
  }

  @Test
  void metricsMayComeLaterAndAbsentOnesStayAbsent() throws Exception {
    List<Row> rows =
        List.of(
            row(0, T0, "main", "k", Map.of("a", Value.of(1))),
            row(1, T0 + 1, "main", "k", Map.of("b", Value.of(true))),
            row(2, T0 + 2, "main", "k", Map.of("c", Value.of("text"))),
            row(3, T0 + 3, "main", "k", Map.of("b", Value.of(false), "c", Value.of(""))),
            row(4, T0 + 4, "main", "k", Map.of("a", Value.of("now a text"))),
            row(5, T0 + 5, "main", "k", Map.of("a", Value.of(false))),
            row(6, T0 - DAY, "main", "k", Map.of("d", Value.of(0))));
    for (Row row : rows) {
      store.write(List.of(row));
    }
    List<Row> expected = new ArrayList<>(rows);
    expected.add(0, expected.remove(6));
    assertThat(all()).isEqualTo(expected);
  }

  @Test
  void textsComeBackCharacterByCharacter() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (String text :
        List.of(
            "",
            " ",
            "'\"\\,=\n\r\t",
            "Grüße",
            "温度",
            "\uD83C\uDF21\uFE0F",
            "\u0000",
            "x".repeat(4_096),
            "null")) {
      rows.add(row(rows.size(), T0 + rows.size(), "main", "k", Map.of("note", Value.of(text))));
    }
    store.write(rows);
    assertThat(all()).isEqualTo(rows);
  }

  @Test
  void namesThatDifferOnlyInCaseOrLookAlikeStayApart() throws Exception {
    Map<String, Value> values = new LinkedHashMap<>();
    List<String> names =
        List.of(
            "pm2.5",
            "pm2-5",
            "pm2_5",
            "PM2.5",
            "Pm2.5",
            "temperature",
            "Temperature",
            "TEMPERATURE",
            "ts",
            "TS",
            "timestamp",
            "select",
            "A".repeat(64),
            "a".repeat(64),
            ".",
            "-",
            "_",
            "0",
            "a0",
            "A0",
            "text",
            "bool",
            "_TEXT");
    for (String name : names) {
      values.put(name, Value.of(values.size() + 0.5));
    }
    List<Row> rows = new ArrayList<>();
    for (String kind :
        List.of("bme280", "BME280", "Bme280", "b.m", "b-m", "telemetry", "A".repeat(64))) {
      rows.add(row(rows.size(), T0 + rows.size(), "main", kind, values));
    }
    for (String sensor : List.of("roof", "Roof", "ROOF", "r.o", "r-o")) {
      rows.add(row(rows.size(), T0 + rows.size(), sensor, "bme280", Map.of("t", Value.of("x"))));
    }
    store.write(rows);
    assertThat(all()).isEqualTo(rows);
  }

  @Test
  void aRangeIncludesItsStartAndExcludesItsEnd() throws Exception {
    store.write(List.of(row(0, T0 - 1, 0), row(1, T0, 1), row(2, T0 + 1, 2), row(3, T0 + 2, 3)));
    assertThat(store.read(new ReadQuery("pi:1", null, T0, T0 + 2, null, 10)))
        .extracting(Row::sequence)
        .containsExactly(1L, 2L);
    assertThat(store.read(new ReadQuery("pi:1", null, T0, T0, null, 10))).isEmpty();
    assertThat(store.read(new ReadQuery("pi:1", "other", T0, T0 + 2, null, 10))).isEmpty();
    assertThat(store.read(new ReadQuery("pi:2", null, T0, T0 + 2, null, 10))).isEmpty();
  }

  @Test
  void pagesGoOnWhereTheLastOneEnded() throws Exception {
    Random random = new Random(11);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      rows.add(
          row(
              i,
              T0 + random.nextInt(20),
              "s" + random.nextInt(3),
              "k" + random.nextInt(3),
              Map.of("v", Value.of(i))));
    }
    store.write(rows);
    for (int limit : List.of(1, 7, 50, 399, 400, 401)) {
      List<Row> paged = new ArrayList<>();
      ReadQuery query = new ReadQuery("pi:1", null, T0, T0 + DAY, null, limit);
      while (true) {
        List<Row> page = store.read(query);
        paged.addAll(page);
        if (page.size() < limit) {
          break;
        }
        query = query.from(page.get(page.size() - 1).position());
      }
      assertThat(paged).isSortedAccordingTo((a, b) -> a.position().compareTo(b.position()));
      assertThat(paged).containsExactlyInAnyOrderElementsOf(rows);
    }
  }

  @Test
  void latestIsTheNewestOfEachSensor() throws Exception {
    store.write(
        List.of(
            row(0, T0 + 9, "a", "k1", Map.of("v", Value.of(1))),
            row(1, T0 + 5, "a", "k1", Map.of("v", Value.of(2))),
            row(2, T0 + DAY, "b", "k1", Map.of("v", Value.of(3))),
            row(3, T0 + 1, "c", "k2", Map.of("v", Value.of(4))),
            new Row(
                new EpochKey("pi:2", 1),
                0,
                new Reading("a", "k1", T0 + 2 * DAY, Map.of("v", Value.of(5))))));
    assertThat(store.latest("pi:1")).extracting(Row::sequence).containsExactly(0L, 2L, 3L);
    assertThat(store.latest("nobody")).isEmpty();
  }

  @Test
  void numbersAreFoundWithinTheirTimes() throws Exception {
    store.write(List.of(row(3, T0, 0), row(4, T0 + 5, 1), row(5, T0 + 9, 2), row(6, T0 + 20, 3)));
    assertThat(store.numbers(new NumberQuery(KEY, 4, 6, T0, T0 + 9)))
        .extracting(Row::sequence)
        .containsExactlyInAnyOrder(4L, 5L);
    assertThat(store.numbers(new NumberQuery(new EpochKey("pi:1", 3), 0, 9, T0, T0 + 9))).isEmpty();
  }

  @Test
  void numbersLieInIntervalsOfTime() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      if (i < 20 || i >= 40) {
        rows.add(row(100 + i, T0 + i * SECOND, "s" + i % 2, "k" + i % 3, Map.of("m", Value.of(i))));
      }
    }
    EpochKey other = new EpochKey(KEY.device(), 7);
    rows.add(
        new Row(other, 3, new Reading("s0", "k0", T0 + 41 * SECOND, Map.of("m", Value.of(1.0)))));
    rows.add(
        new Row(
            new EpochKey("pi:2", 7),
            9,
            new Reading("s0", "k0", T0 + 41 * SECOND, Map.of("m", Value.of(1.0)))));
    store.write(rows);
    AggregateQuery all =
        new AggregateQuery("pi:1", null, T0 + SECOND, T0 + 59 * SECOND, T0, 10 * SECOND, 100);
    assertThat(store.spans(all))
        .containsExactly(
            new NumberSpan(7, 4, 3, 3),
            new NumberSpan(KEY.epoch(), 0, 101, 109),
            new NumberSpan(KEY.epoch(), 1, 110, 119),
            new NumberSpan(KEY.epoch(), 4, 140, 149),
            new NumberSpan(KEY.epoch(), 5, 150, 158));
    AggregateQuery few = new AggregateQuery("pi:1", null, T0, T0 + 60 * SECOND, T0, 10 * SECOND, 2);
    assertThat(store.spans(few)).hasSize(2);
  }

  @Test
  void numbersAreSummedUpByInterval() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      rows.add(
          row(
              i,
              T0 + i * SECOND,
              "main",
              "k",
              i % 2 == 0
                  ? Map.of("a.b", Value.of(i), "n", Value.of("x"))
                  : Map.of("B", Value.of(-i))));
    }
    store.write(rows);
    AggregateQuery query =
        new AggregateQuery("pi:1", null, T0, T0 + 50 * SECOND, T0, 20 * SECOND, 1_000);
    List<Bucket> buckets = store.aggregate(query);
    assertThat(store.aggregate(query, Duration.ofSeconds(60)))
        .isEqualTo(new SummedUp(buckets, T0)); // so short a time is summed up in that
    assertThat(buckets)
        .extracting(Bucket::metric)
        .containsExactly("B", "B", "B", "a.b", "a.b", "a.b");
    assertThat(buckets).extracting(Bucket::count).containsExactly(10L, 10L, 5L, 10L, 10L, 5L);
    Bucket second = buckets.get(4);
    assertThat(second.index()).isEqualTo(1);
    assertThat(second.min()).isEqualTo(20);
    assertThat(second.max()).isEqualTo(38);
    assertThat(second.mean()).isCloseTo(29, within(1e-9));
  }

  @Test
  void aSensorWhoseKindChangesWithinAnIntervalIsOneSeries() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String kind = i < 15 ? "k" : "k2";
      rows.add(row(i, T0 + i * SECOND, "s", kind, Map.of("m", Value.of(i), "n", Value.of(1))));
    }
    store.write(rows);
    assertThat(store.aggregate(twentySeconds(1_000)))
        .containsExactly(
            new Bucket("s", "m", 0, 9.5, 0, 19, 20),
            new Bucket("s", "m", 1, 29.5, 20, 39, 20),
            new Bucket("s", "n", 0, 1, 1, 1, 20),
            new Bucket("s", "n", 1, 1, 1, 1, 20));
    assertThat(store.aggregate(twentySeconds(4))).hasSize(4);
    assertThat(store.aggregate(twentySeconds(3))).hasSize(3);
  }

  private static AggregateQuery twentySeconds(int maxBuckets) {
    return new AggregateQuery("pi:1", null, T0, T0 + 40 * SECOND, T0, 20 * SECOND, maxBuckets);
  }

  @Test
  void severalMetricsOfSeveralDevicesAreSummedUpAtOnce() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      long time = T0 + i * SECOND;
      Map<String, Value> both =
          Map.of("a.B", Value.of(i), "other", Value.of(-i), "on", Value.of(true));
      rows.add(new Row(new EpochKey("d:1", 1), i, new Reading("s", "k", time, both)));
      rows.add(new Row(new EpochKey("d:1", 1), 100 + i, new Reading("t", "k", time, both)));
      rows.add(
          new Row(
              new EpochKey("d-2", 1 + i % 2), // series of their own, for some stores
              i,
              new Reading("s", i < 15 ? "k" : "k2", time, Map.of("a.B", Value.of(1_000 + i)))));
      rows.add(new Row(new EpochKey("d3", 1), i, new Reading("s", "k", time, both)));
    }
    store.write(rows);
    SeriesName first = new SeriesName("d:1", "s", "a.B");
    SeriesName second = new SeriesName("d-2", "s", "a.B");
    SeriesName third = new SeriesName("d:1", "t", "other");
    List<SeriesName> wanted =
        new ArrayList<>(List.of(first, second, third, new SeriesName("nobody", "s", "a.B"), first));
    for (String noNumber : List.of("absent", "on", "on_bool", "seq", "device", "epoch", "time")) {
      wanted.add(new SeriesName("d:1", "s", noNumber));
    }
    Map<SeriesName, List<Bucket>> found =
        store.aggregate(
            new SeriesQuery(wanted, T0 + SECOND, T0 + 35 * SECOND, T0 - 5 * SECOND, 10 * SECOND));
    assertThat(found).containsOnlyKeys(first, second, third);
    assertThat(found.get(first))
        .containsExactly(
            new Bucket("s", "a.B", 0, 2.5, 1, 4, 4),
            new Bucket("s", "a.B", 1, 9.5, 5, 14, 10),
            new Bucket("s", "a.B", 2, 19.5, 15, 24, 10),
            new Bucket("s", "a.B", 3, 29.5, 25, 34, 10));
    assertThat(found.get(third)).extracting(Bucket::min).containsExactly(-4.0, -14.0, -24.0, -34.0);
    // A sensor whose kind changes within an interval is still one series.
    Map<SeriesName, List<Bucket>> one =
        store.aggregate(new SeriesQuery(List.of(second), T0, T0 + 40 * SECOND, T0, 20 * SECOND));
    assertThat(one.get(second))
        .containsExactly(
            new Bucket("s", "a.B", 0, 1_009.5, 1_000, 1_019, 20),
            new Bucket("s", "a.B", 1, 1_029.5, 1_020, 1_039, 20));
    assertThat(store.aggregate(new SeriesQuery(List.of(first), T0, T0, T0, SECOND))).isEmpty();
  }

  @Test
  void everyMetricIsSummedUpAndNoNumber() throws Exception {
    List<String> names = List.of("a", "s", "se", "seq1", "seqs", "sex", "sq", "t.seq");
    Map<String, Value> values = new HashMap<>();
    names.forEach(name -> values.put(name, Value.of(1)));
    store.write(List.of(row(3, T0, "main", "k", values)));
    assertThat(
            store.aggregate(new AggregateQuery("pi:1", null, T0, T0 + SECOND, T0, SECOND, 1_000)))
        .extracting(Bucket::metric)
        .containsExactlyElementsOf(names);
  }

  @Test
  void samplesAreOneMetricOfManyDevicesWithinTheirTimes() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (String device : List.of("a", "b", "c")) {
      for (int i = 0; i < 4; i++) {
        rows.add(
            new Row(
                new EpochKey(device, 1 + i % 2), // a series of its own, for some stores
                i,
                new Reading(
                    "s",
                    i == 3 ? "other" : "k",
                    T0 + i,
                    Map.of("x.Y", Value.of(i), "other", Value.of(9)))));
      }
    }
    rows.add(
        new Row(
            new EpochKey("a", 1), 9, new Reading("s2", "k", T0, Map.of("x.Y", Value.of(false)))));
    store.write(rows);
    List<String> samples = new ArrayList<>();
    store.samples(
        new SampleQuery("x.Y", List.of("a", "c", "nobody"), T0 + 1, T0 + 3),
        (device, sensor, time, value) ->
            samples.add(device + " " + sensor + " " + (time - T0) + " " + value));
    assertThat(samples)
        .containsExactlyInAnyOrder(
            "a s 1 1.0", "a s 2 2.0", "a s 3 3.0", "c s 1 1.0", "c s 2 2.0", "c s 3 3.0");
    samples.clear();
    store.samples(
        new SampleQuery("absent", List.of("a"), 0, Long.MAX_VALUE),
        (device, sensor, time, value) -> samples.add(device));
    assertThat(samples).isEmpty();
  }

  @Test
  void rowsSurviveClosingAndOpening() throws Exception {
    List<Row> rows = List.of(row(0, T0, 1), row(1, T0 + 1, 2));
    store.write(rows);
    store.close();
    store = factory().open(folder);
    assertThat(all()).isEqualTo(rows);
    store.check();
  }

  @Test
  @Timeout(300)
  void whatWriteReturnedFromSurvivesKill9() throws Exception {
    store.close();
    Random random = new Random(42);
    long written = 0;
    for (int round = 0; round < 4; round++) {
      written = writeUntilKilled(written, 3 + random.nextInt(25));
      store = factory().open(folder);
      Map<Long, Row> rows = killedRows();
      for (long sequence = 0; sequence < written; sequence++) {
        assertThat(rows.get(sequence))
            .as("row %d of %d", sequence, written)
            .isEqualTo(StoreChild.row(sequence));
      }
      // A write after the kill works, and doubles nothing of what the killed one left behind.
      store.write(List.of(StoreChild.row(written), StoreChild.row(written + 1)));
      assertThat(scanned().values()).containsOnly(1);
      store.close();
    }
  }

  private Map<Long, Row> killedRows() throws Exception {
    Map<Long, Row> rows = new HashMap<>();
    ReadQuery query = new ReadQuery(StoreChild.KEY.device(), null, 0, Long.MAX_VALUE, null, 10_000);
    List<Row> page;
    do {
      page = store.read(query);
      page.forEach(row -> rows.put(row.sequence(), row));
      query = page.isEmpty() ? query : query.from(page.get(page.size() - 1).position());
    } while (page.size() == query.limit());
    return rows;
  }

  private long writeUntilKilled(long first, int writes) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
    command.addAll(childOptions());
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            StoreChild.class.getName(),
            factory().getClass().getName(),
            folder.toString(),
            Long.toString(first)));
    Process child =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    long written = first;
    try (var out =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      for (int i = 0; i < writes; i++) {
        written = Long.parseLong(out.readLine());
      }
    } finally {
      child.destroyForcibly();
      assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    return written;
  }

  /** How many rows each number has, by {@code device/sequence}. */
  Map<String, Integer> scanned() throws Exception {
    Map<String, Integer> counts = new TreeMap<>();
    store.scan((key, sequence) -> counts.merge(key.device() + "/" + sequence, 1, Integer::sum));
    return counts;
  }
}
