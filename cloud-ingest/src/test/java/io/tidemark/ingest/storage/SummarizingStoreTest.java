package io.tidemark.ingest.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SummarizingStoreTest {
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();
  private static final long DAY = Duration.ofDays(1).toNanos();

  /** A midnight. */
  private static final long T0 = 20_500 * DAY;

  private final FakeStore rows = new FakeStore();
  private final SummarizingStore store = new SummarizingStore(rows);
  private long next;

  @Test
  void whatIsSummedUpByDaysIsWhatTheRowsAre() throws Exception {
    Random random = new Random(7);
    store.write(some(random, 400));
    for (int round = 0; round < 200; round++) {
      if (round % 4 == 3) {
        store.write(some(random, 3)); // late, or of the future: days that are known are void
      }
      AggregateQuery query = query(random);
      List<Bucket> expected = rows.aggregate(query);
      List<Bucket> found = store.aggregate(query);
      assertThat(found).as("%s", query).hasSameSizeAs(expected);
      for (int i = 0; i < found.size(); i++) {
        Bucket is = found.get(i);
        Bucket wanted = expected.get(i);
        assertThat(is.mean()).isCloseTo(wanted.mean(), within(1e-9));
        assertThat(is)
            .as("%s", query)
            .isEqualTo(
                new Bucket(
                    wanted.sensor(),
                    wanted.metric(),
                    wanted.index(),
                    is.mean(),
                    wanted.min(),
                    wanted.max(),
                    wanted.count()));
      }
    }
  }

  @Test
  void aDayIsAskedForOnceUntilSomethingIsWrittenToIt() throws Exception {
    store.write(List.of(row("d", T0 + 5 * MINUTE, 1), row("d", T0 + 3 * DAY, 2)));
    AggregateQuery month = hours("d", T0 - 20 * DAY, T0 + 10 * DAY);
    assertThat(store.aggregate(month)).hasSize(2);
    assertThat(rows.aggregates.get()).isEqualTo(1);

    assertThat(store.aggregate(month)).hasSize(2);
    assertThat(store.aggregate(hours("d", T0, T0 + 2 * DAY))).hasSize(1);
    assertThat(rows.aggregates.get()).isEqualTo(1);

    store.write(List.of(row("d", T0 + DAY, 3), row("other", T0 + 2 * DAY, 3)));
    assertThat(store.aggregate(month)).hasSize(3);
    assertThat(rows.aggregates.get()).isEqualTo(2);
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
  void aDayThatIsWrittenToWhileItIsSummedUpIsNotKept() throws Exception {
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

  @Test
  void aWriteBetweenTheQuestionAndItsAnswerMakesTheAnswerVoid() {
    DaySummaries summaries = new DaySummaries();
    DaySummaries.DeviceDay day = new DaySummaries.DeviceDay("d", 20_500);
    long version = summaries.version(day);
    summaries.written(day);
    summaries.put(day, version, List.of());
    assertThat(summaries.get(day)).isNull();
    summaries.put(day, summaries.version(day), List.of());
    assertThat(summaries.get(day)).isEmpty();
  }

  @Test
  void whatIsKeptIsBounded() {
    DaySummaries summaries = new DaySummaries();
    List<Bucket> large = new ArrayList<>();
    for (int i = 0; i < 99_999; i++) {
      large.add(new Bucket("s", "m", i, 1, 1, 1, 1));
    }
    for (int day = 0; day < 4; day++) {
      DaySummaries.DeviceDay key = new DaySummaries.DeviceDay("d", day);
      summaries.put(key, summaries.version(key), large);
    }
    assertThat(summaries.get(new DaySummaries.DeviceDay("d", 0))).isNull();
    assertThat(summaries.get(new DaySummaries.DeviceDay("d", 1))).isNotNull();
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
