package io.tidemark.ingest.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tidemark.ingest.storage.SliceSummaries.DeviceSlice;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SummarizingStoreTest {
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();
  private static final long DAY = Duration.ofDays(1).toNanos();

  /** A midnight. */
  private static final long T0 = 20_500 * DAY;

  private static final long MILLI = Duration.ofMillis(1).toNanos();
  private static final long SLICE_TAKES_NANOS = 65 * MILLI;
  private static final DeviceSlice SLICE_ONE = new DeviceSlice("d", 4 * 20_500);
  private static final Map<String, Value> THREE =
      Map.of("x", Value.of(1), "y", Value.of(2), "z", Value.of(3));

  private final FakeStore rows = new FakeStore();
  private final AtomicLong now = new AtomicLong();
  private final SliceSummaries summaries = new SliceSummaries(now::get);
  private final SummarizingStore store = summarizing(200_000);
  private long next;

  private SummarizingStore summarizing(int bucketsMax) {
    return new SummarizingStore(rows, bucketsMax, now::get, summaries);
  }

  @Test
  void whatIsSummedUpBySlicesIsWhatTheRowsAre() throws Exception {
    Random random = new Random(7);
    store.write(some(random, 400));
    takesTime();
    for (int round = 0; round < 200; round++) {
      if (round % 4 == 3) {
        store.write(some(random, 3)); // late, or of the future: slices that are known are void
      }
      AggregateQuery query = query(random);
      assertPartSummedUp(query, store.aggregate(query, Duration.ofMillis(1 + random.nextInt(300))));
      assertSummedUp(query, store.aggregate(query));
    }
  }

  private void assertPartSummedUp(AggregateQuery query, SummedUp part) throws Exception {
    assertThat(part.fromNanos()).isBetween(query.fromNanos(), query.toNanos());
    if (query.maxBuckets() > 100_000) {
      assertSummedUp(since(query, part.fromNanos()), part.buckets());
    }
  }

  private static AggregateQuery since(AggregateQuery query, long fromNanos) {
    return new AggregateQuery(
        query.device(),
        query.sensor(),
        fromNanos,
        query.toNanos(),
        query.originNanos(),
        query.intervalNanos(),
        query.maxBuckets());
  }

  /** As slow as InfluxDB is with a reading a second, or so. */
  private void takesTime() {
    rows.beforeAggregate =
        query ->
            now.addAndGet(
                (query.toNanos() - query.fromNanos()) / (DeviceSlice.NANOS / SLICE_TAKES_NANOS));
  }

  @Test
  void anAnswerWithinATimeHasTheNewestAndTheNextOneMore() throws Exception {
    takesTime();
    List<Row> many = new ArrayList<>();
    for (long time = T0; time < T0 + 30 * DAY; time += 90 * MINUTE) {
      many.add(row("d", time, next));
    }
    store.write(many);
    AggregateQuery month = hours("d", T0 + MINUTE, T0 + 30 * DAY - MINUTE);
    long end = T0 + 30 * DAY;
    // A slice, and two more; then a third piece would take too long.
    assertKnownSince(end - 3 * DeviceSlice.NANOS, month, 200);
    assertThat(now.get()).isLessThan(200 * MILLI);
    // One, two, and the three that there is time for.
    assertKnownSince(end - 9 * DeviceSlice.NANOS, month, 400);
    assertThat(now.get()).isLessThan(600 * MILLI);
    // Late, to what is known: the newest of it is summed up again, and one more than that.
    store.write(List.of(row("d", end - DeviceSlice.NANOS + MINUTE, 1)));
    assertKnownSince(end - 10 * DeviceSlice.NANOS, month, 135);
    assertKnownSince(month.fromNanos(), month, 60_000);
    // The edges, whose five minutes no slice has.
    assertAsked(2, store, month, rows.aggregate(month));
  }

  private void assertKnownSince(long fromNanos, AggregateQuery query, long withinMillis)
      throws Exception {
    SummedUp found = store.aggregate(query, Duration.ofMillis(withinMillis));
    assertThat(found.fromNanos()).isEqualTo(fromNanos);
    rows.beforeAggregate = nothing -> {};
    assertSummedUp(since(query, fromNanos), found.buckets());
    takesTime();
  }

  @Test
  void moreIsAskedForAtATimeWhereThereIsLittle() throws Exception {
    SummedUp found = store.aggregate(hours("d", T0, T0 + 30 * DAY), Duration.ofSeconds(1));
    assertThat(found).isEqualTo(new SummedUp(List.of(), T0));
    assertThat(rows.aggregates.get()).isEqualTo(8); // 1, 2, 4, 8, 16, 32, 40 and 17 slices
  }

  /** Else an interval would be drawn as if the part of it that is known were all. */
  @Test
  void anIntervalIsAnsweredOnceAllOfItIsKnown() throws Exception {
    takesTime();
    for (int hour = 0; hour < 72; hour++) {
      store.write(List.of(row("d", T0 + hour * 60 * MINUTE, hour)));
    }
    AggregateQuery days = query("d", T0, T0 + 3 * DAY, 24 * 60 * MINUTE);
    for (int asked = 1; asked <= 12; asked++) {
      SummedUp found = store.aggregate(days, Duration.ofNanos(1)); // a slice each time
      int whole = asked / 4;
      assertThat(found.fromNanos()).isEqualTo(T0 + (3 - whole) * DAY);
      assertSummedUp(since(days, found.fromNanos()), found.buckets());
    }
  }

  /** If there are too many, any of them. */
  private void assertSummedUp(AggregateQuery query, List<Bucket> found) throws Exception {
    Map<Bucket, Bucket> expected = new HashMap<>();
    rows.aggregate(
            new AggregateQuery(
                query.device(),
                query.sensor(),
                query.fromNanos(),
                query.toNanos(),
                query.originNanos(),
                query.intervalNanos(),
                Integer.MAX_VALUE))
        .forEach(bucket -> expected.put(withMean(bucket, 0), bucket));
    assertThat(found).as("%s", query).hasSize(Math.min(query.maxBuckets(), expected.size()));
    for (Bucket bucket : found) {
      Bucket wanted = expected.remove(withMean(bucket, 0));
      assertThat(wanted).as("%s of %s", bucket, query).isNotNull();
      assertThat(bucket.mean()).isCloseTo(wanted.mean(), within(1e-9));
    }
    assertThat(found)
        .isSortedAccordingTo(
            Comparator.comparing(Bucket::sensor)
                .thenComparing(Bucket::metric)
                .thenComparingLong(Bucket::index));
  }

  private static Bucket withMean(Bucket bucket, double mean) {
    return new Bucket(
        bucket.sensor(),
        bucket.metric(),
        bucket.index(),
        mean,
        bucket.min(),
        bucket.max(),
        bucket.count());
  }

  @Test
  void aSliceIsAskedForOnceUntilSomethingIsWrittenToIt() throws Exception {
    store.write(List.of(row("d", T0 + 5 * MINUTE, 1), row("d", T0 + 3 * DAY, 2)));
    AggregateQuery month = hours("d", T0 - 20 * DAY, T0 + 10 * DAY);
    assertThat(store.aggregate(month)).hasSize(2);
    assertThat(rows.aggregates.get()).isEqualTo(3); // ten days at a time

    assertThat(store.aggregate(month)).hasSize(2);
    assertThat(store.aggregate(hours("d", T0, T0 + 2 * DAY))).hasSize(1);
    assertThat(rows.aggregates.get()).isEqualTo(3);

    store.write(List.of(row("d", T0 + DAY, 3), row("other", T0 + 2 * DAY, 3)));
    assertThat(store.aggregate(month)).hasSize(3);
    assertThat(rows.aggregates.get()).isEqualTo(4);
  }

  @Test
  void whatAnotherHasWrittenIsAskedForOnceTold() throws Exception {
    AggregateQuery month = hours("d", T0 - 20 * DAY, T0 + 10 * DAY);
    assertThat(store.aggregate(month)).isEmpty();
    rows.write(List.of(row("d", T0 + 5 * MINUTE, 1)));
    assertThat(store.aggregate(month)).isEmpty();
    store.writtenElsewhere("d", T0 + 5 * MINUTE, T0 + 5 * MINUTE);
    assertThat(store.aggregate(month)).hasSize(1);
    rows.write(List.of(row("d", T0 + DAY, 2)));
    store.writtenElsewhere("d", T0 - 9_000 * DAY, T0 + 9_000 * DAY);
    assertThat(store.aggregate(month)).hasSize(2);
    rows.write(List.of(row("d", T0 + 2 * DAY, 3)));
    store.writtenElsewhere();
    assertThat(store.aggregate(month)).hasSize(3);
  }

  @Test
  void chosenSeriesAreTakenFromWhatIsKnown() throws Exception {
    Random random = new Random(11);
    store.write(some(random, 400));
    List<SeriesName> names = new ArrayList<>();
    for (String device : List.of("d", "other", "nobody")) {
      for (String metric : List.of("x", "note")) {
        names.add(new SeriesName(device, "inside", metric));
      }
    }
    List<SeriesName> others = names.subList(2, 6);
    assertChosen(names, names); // nothing is known
    store.aggregate(hours("d", T0 - DAY, T0 + 7 * DAY));
    assertChosen(names, others);
    assertChosen(names.subList(0, 2), List.of());

    // Its live readings and a late one; then too much that is late.
    writeTo("d", 0, 5);
    assertChosen(names, others);
    writeTo("d", 0, 1, 5);
    assertChosen(names, names);
  }

  private void writeTo(String device, int... days) throws Exception {
    for (int day : days) {
      store.write(List.of(row(device, T0 + day * DAY + 60 * MINUTE, day)));
    }
  }

  /** What is found is what the rows are, and the store is asked for these of them. */
  private void assertChosen(List<SeriesName> names, List<SeriesName> asked) throws Exception {
    Map<SeriesName, List<Bucket>> expected = rows.aggregate(chosen(names));
    rows.seriesQueries.clear();
    assertThat(store.aggregate(chosen(names)))
        .usingRecursiveComparison()
        .withEqualsForType((one, other) -> Math.abs(one - other) < 1e-9, Double.class)
        .isEqualTo(expected);
    assertThat(rows.seriesQueries).isEqualTo(asked.isEmpty() ? List.of() : List.of(chosen(asked)));
  }

  private static SeriesQuery chosen(List<SeriesName> names) {
    return new SeriesQuery(names, T0 + MINUTE, T0 + 6 * DAY, T0, 60 * MINUTE);
  }

  @Test
  void whatIsShortOrFineIsAskedForAsItIs() throws Exception {
    store.write(List.of(row("d", T0 + MINUTE, 1)));
    for (int i = 1; i <= 2; i++) {
      assertThat(store.aggregate(query("d", T0, T0 + DAY, MINUTE))).hasSize(1);
      assertThat(store.aggregate(query("d", T0, T0 + DAY - 1, 60 * MINUTE))).hasSize(1);
      assertThat(store.aggregate(hours("d", T0 - 401 * DAY, T0 + DAY))).hasSize(1);
      assertThat(rows.aggregates.get()).isEqualTo(3 * i);
    }
  }

  @Test
  void aSliceThatIsWrittenToWhileItIsSummedUpIsNotKept() throws Exception {
    AggregateQuery day = hours("d", T0, T0 + DAY);
    rows.gates.put("d", new CountDownLatch(1));
    CompletableFuture<List<Refusal>> writing =
        CompletableFuture.supplyAsync(() -> written(List.of(row("d", T0 + MINUTE, 1))));
    while (rows.writes.get() == 0) {
      Thread.onSpinWait();
    }
    assertThat(store.aggregate(day)).isEmpty();
    rows.gates.get("d").countDown();
    assertThat(writing.get(10, TimeUnit.SECONDS)).isEmpty();
    assertThat(store.aggregate(day)).hasSize(1);
  }

  /** Three metrics every five minutes, and room for six days of that. */
  @Test
  void aDeviceThatMeasuresTooMuchIsSoonAskedForAsItIs() throws Exception {
    SummarizingStore small = summarizing(6 * 3 * 288);
    List<Row> many = new ArrayList<>();
    for (long time = T0; time < T0 + 12 * DAY; time += 5 * MINUTE) {
      many.add(new Row(new EpochKey("d", 1), next++, new Reading("s", "k", time, THREE)));
    }
    small.write(many);
    AggregateQuery query = hours("d", T0 - 23 * DAY, T0 + 27 * DAY);
    List<Bucket> expected = rows.aggregate(query);
    // The last ten days without, ten with five of many, ten that are too many; not the first ones.
    assertAsked(4, small, query, expected);
    assertAsked(1, small, query, expected);
    assertAsked(0, small, hours("d", T0 + 17 * DAY, T0 + 27 * DAY), List.of());
    assertAsked(5, small, hours("other", T0 - 23 * DAY, T0 + 27 * DAY), List.of());

    now.set(DenseTimes.AGE_MAX_NANOS - 1);
    assertAsked(1, small, query, expected);
    now.set(DenseTimes.AGE_MAX_NANOS);
    assertAsked(4, small, query, expected);
  }

  private void assertAsked(
      int times, SummarizingStore asked, AggregateQuery query, List<Bucket> expected)
      throws Exception {
    int before = rows.aggregates.get();
    assertThat(asked.aggregate(query)).isEqualTo(expected);
    assertThat(rows.aggregates.get() - before).isEqualTo(times);
  }

  @Test
  void whatTheStoreAnsweredBeforeItFailedIsKept() throws Exception {
    AggregateQuery twenty = hours("d", T0, T0 + 20 * DAY);
    rows.aggregatesUntilAway = 1;
    assertThatThrownBy(() -> store.aggregate(twenty)).isInstanceOf(StoreUnavailableException.class);
    assertThat(summaries.underWay()).isZero();
    rows.aggregatesUntilAway = Integer.MAX_VALUE;
    rows.away = false;
    assertAsked(1, store, twenty, List.of());
  }

  @Test
  void aWriteBetweenTheQuestionAndItsAnswerMakesTheAnswerVoid() {
    long first = summaries.begin(SLICE_ONE);
    summaries.written(SLICE_ONE);
    long second = summaries.begin(SLICE_ONE);
    summaries.put(SLICE_ONE, first, List.of());
    assertThat(summaries.get(SLICE_ONE)).isNull();
    summaries.end(SLICE_ONE);
    summaries.put(SLICE_ONE, second, List.of());
    summaries.end(SLICE_ONE);
    assertThat(summaries.get(SLICE_ONE)).isEmpty();
    assertThat(summaries.underWay()).isZero();

    summaries.written(SLICE_ONE);
    assertThat(summaries.get(SLICE_ONE)).isNull();
  }

  @Test
  void whatOthersWriteMeanwhileDoesNot() {
    long writes = summaries.begin(SLICE_ONE);
    for (int i = 0; i < 20_000; i++) {
      summaries.written(new DeviceSlice("other-" + i, SLICE_ONE.slice()));
      summaries.written(new DeviceSlice(SLICE_ONE.device(), SLICE_ONE.slice() + 1 + i));
    }
    summaries.put(SLICE_ONE, writes, List.of());
    summaries.end(SLICE_ONE);
    assertThat(summaries.get(SLICE_ONE)).isNotNull();
  }

  @Test
  void whatIsKeptIsKeptForAWhile() {
    keep(SLICE_ONE, List.of());
    now.set(SliceSummaries.AGE_MAX_NANOS - 1);
    assertThat(summaries.get(SLICE_ONE)).isNotNull();
    now.set(SliceSummaries.AGE_MAX_NANOS);
    assertThat(summaries.get(SLICE_ONE)).isNull();
  }

  @Test
  void whatIsKeptIsBounded() {
    List<Bucket> large = new ArrayList<>();
    for (int i = 0; i < 99_999; i++) {
      large.add(new Bucket("s", "m", i, 1, 1, 1, 1));
    }
    for (int day = 0; day < 4; day++) {
      keep(new DeviceSlice("d", day), large);
    }
    assertThat(summaries.get(new DeviceSlice("d", 0))).isNull();
    assertThat(summaries.get(new DeviceSlice("d", 1))).isNotNull();
  }

  private void keep(DeviceSlice day, List<Bucket> summary) {
    summaries.put(day, summaries.begin(day), summary);
    summaries.end(day);
  }

  private List<Refusal> written(List<Row> added) {
    try {
      return store.write(added);
    } catch (StoreUnavailableException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Row> some(Random random, int count) {
    List<Row> some = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long time = T0 + (long) (random.nextDouble() * 6 * DAY);
      some.add(row(random.nextInt(3) == 0 ? "other" : "d", time, random.nextGaussian()));
    }
    return some;
  }

  private Row row(String device, long time, double value) {
    next++;
    return new Row(
        new EpochKey(device, 1),
        next,
        new Reading(
            next % 3 == 0 ? "inside" : "outside",
            "k",
            time,
            Map.of("x", Value.of(value), "note", Value.of("text"))));
  }

  private AggregateQuery query(Random random) {
    long from = T0 - DAY + (long) (random.nextDouble() * 5 * DAY);
    long to = from + DAY + (long) (random.nextDouble() * 4 * DAY);
    long interval = List.of(1L, 5L, 10L, 60L, 1_440L, 10_080L).get(random.nextInt(6)) * MINUTE;
    AggregateQuery query = query("d", from, to, interval);
    return random.nextBoolean()
        ? query
        : new AggregateQuery(
            "d",
            "inside",
            from,
            to,
            query.originNanos(),
            interval,
            random.nextInt(3) == 0 ? 5 : 1_000_000);
  }

  private static AggregateQuery hours(String device, long from, long to) {
    return query(device, from, to, 60 * MINUTE);
  }

  private static AggregateQuery query(String device, long from, long to, long interval) {
    return new AggregateQuery(
        device, null, from, to, Math.floorDiv(from, interval) * interval, interval, 1_000_000);
  }
}
