package io.tidemark.ingest.storage;

import io.tidemark.ingest.storage.DaySummaries.DeviceDay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * Another store that remembers what days were like: a chart of a month is put together of summaries
 * of its days, five minutes each, and only days that are not known are asked for, some at a time. A
 * chart of all that a device measures once a second is millions of rows, which a database takes
 * seconds to sum up; the days but the last do not change from one look to the next.
 *
 * <p>What is answered is what the store would answer: a write to a day makes its summary void, late
 * readings' as any others'. All writes have to go through this. A device that measures too much for
 * that is asked for as it is. Thread-safe.
 */
public final class SummarizingStore implements TimeSeriesStore {
  private static final long STEP_NANOS = Duration.ofMinutes(5).toNanos();
  private static final long DAY_NANOS = Duration.ofDays(1).toNanos();

  /** Shorter times are asked for as they are. */
  private static final long SPAN_MIN_NANOS = DAY_NANOS;

  /** Longer times, too: their days would take the place of all others. */
  private static final int DAYS_MAX = 400;

  /** Days that are asked for together: each question is quickly answered, and its answer kept. */
  private static final int PIECE_DAYS = 10;

  /** Of the days of one chart. With more, they would take the place of all others. */
  private static final int BUCKETS_MAX = 200_000;

  private final TimeSeriesStore store;
  private final int bucketsMax;
  private final DaySummaries summaries;
  private final DenseTimes dense;

  /** In front of {@code store}, which it closes. */
  public SummarizingStore(TimeSeriesStore store) {
    this(store, BUCKETS_MAX, new DaySummaries(System::nanoTime), new DenseTimes(System::nanoTime));
  }

  SummarizingStore(
      TimeSeriesStore store, int bucketsMax, DaySummaries summaries, DenseTimes dense) {
    this.store = store;
    this.bucketsMax = bucketsMax;
    this.summaries = summaries;
    this.dense = dense;
  }

  @Override
  public List<Refusal> write(List<Row> rows) throws StoreUnavailableException {
    // Before, as what is being written may be read; and after, as it may not have been yet.
    written(rows);
    try {
      return store.write(rows);
    } finally {
      written(rows);
    }
  }

  private void written(List<Row> rows) {
    DeviceDay last = null;
    for (Row row : rows) {
      long day = Math.floorDiv(row.reading().timeNanos(), DAY_NANOS);
      // Rows of one batch come together, and are mostly of one day.
      if (last == null || last.day() != day || !last.device().equals(row.key().device())) {
        last = new DeviceDay(row.key().device(), day);
        summaries.written(last);
      }
    }
  }

  @Override
  public List<Bucket> aggregate(AggregateQuery query) throws StoreUnavailableException {
    if (!isSummedUpByDays(query)) {
      return store.aggregate(query);
    }
    long from = -Math.floorDiv(-query.fromNanos(), STEP_NANOS) * STEP_NANOS;
    long to = Math.floorDiv(query.toNanos(), STEP_NANOS) * STEP_NANOS;
    long first = Math.floorDiv(from, DAY_NANOS);
    long last = Math.floorDiv(to - 1, DAY_NANOS);
    if (dense.isWithin(query.device(), first, last)) {
      return store.aggregate(query);
    }
    BucketSums sums = new BucketSums(query.maxBuckets());
    int room = bucketsMax;
    for (long day = first; day <= last; ) {
      long end = Math.min(last, day + PIECE_DAYS - 1);
      List<List<Bucket>> days = days(query.device(), day, end, room);
      if (days.isEmpty()) {
        dense.add(query.device(), first, end);
        return store.aggregate(query);
      }
      for (List<Bucket> buckets : days) {
        add(query, day, buckets, from, to, sums);
        room -= buckets.size();
        day++;
      }
    }
    edge(query, query.fromNanos(), from, sums);
    edge(query, to, query.toNanos(), sums);
    return sums.buckets();
  }

  private static boolean isSummedUpByDays(AggregateQuery query) {
    return query.intervalNanos() % STEP_NANOS == 0
        && query.originNanos() % STEP_NANOS == 0
        && query.fromNanos() >= 0
        && query.toNanos() <= Long.MAX_VALUE - DAY_NANOS
        && query.toNanos() - query.fromNanos() >= SPAN_MIN_NANOS
        && query.toNanos() - query.fromNanos() <= DAYS_MAX * DAY_NANOS;
  }

  private static void add(
      AggregateQuery query, long day, List<Bucket> buckets, long from, long to, BucketSums sums) {
    String sensor = query.sensor();
    for (Bucket bucket : buckets) {
      long time = day * DAY_NANOS + bucket.index() * STEP_NANOS;
      if (time >= from && time < to && (sensor == null || sensor.equals(bucket.sensor()))) {
        sums.add(bucket.at((time - query.originNanos()) / query.intervalNanos()));
      }
    }
  }

  /** What lies before the first whole step, and behind the last. */
  private void edge(AggregateQuery query, long from, long to, BucketSums sums)
      throws StoreUnavailableException {
    if (from < to) {
      store
          .aggregate(
              new AggregateQuery(
                  query.device(),
                  query.sensor(),
                  from,
                  to,
                  query.originNanos(),
                  query.intervalNanos(),
                  query.maxBuckets()))
          .forEach(sums::add);
    }
  }

  /**
   * The summaries of some days, the first and those behind it that are known as it is, or have to
   * be asked for as it has; empty if those would have more buckets than there is room for.
   */
  private List<List<Bucket>> days(String device, long first, long last, int room)
      throws StoreUnavailableException {
    List<List<Bucket>> known = new ArrayList<>();
    long day = first;
    for (; day <= last; day++) {
      List<Bucket> summary = summaries.get(new DeviceDay(device, day));
      if (summary == null) {
        break;
      }
      known.add(summary);
    }
    return known.isEmpty() ? ask(device, first, unknownUntil(device, first, last), room) : known;
  }

  private long unknownUntil(String device, long first, long last) {
    long day = first;
    while (day < last && summaries.get(new DeviceDay(device, day + 1)) == null) {
      day++;
    }
    return day;
  }

  private List<List<Bucket>> ask(String device, long first, long last, int room)
      throws StoreUnavailableException {
    if (room <= 0) {
      return List.of();
    }
    List<Long> writes = new ArrayList<>();
    for (long day = first; day <= last; day++) {
      writes.add(summaries.begin(new DeviceDay(device, day)));
    }
    try {
      long origin = first * DAY_NANOS;
      List<Bucket> found =
          store.aggregate(
              new AggregateQuery(
                  device, null, origin, (last + 1) * DAY_NANOS, origin, STEP_NANOS, room));
      if (found.size() >= room) {
        return List.of();
      }
      List<List<Bucket>> days = byDay(found, writes.size());
      for (int i = 0; i < days.size(); i++) {
        summaries.put(new DeviceDay(device, first + i), writes.get(i), days.get(i));
      }
      return days;
    } finally {
      for (long day = first; day <= last; day++) {
        summaries.end(new DeviceDay(device, day));
      }
    }
  }

  private static List<List<Bucket>> byDay(List<Bucket> found, int count) {
    List<List<Bucket>> days = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      days.add(new ArrayList<>());
    }
    long steps = DAY_NANOS / STEP_NANOS;
    Map<String, String> names = new HashMap<>(); // else each bucket would keep its own
    for (Bucket bucket : found) {
      days.get((int) (bucket.index() / steps))
          .add(
              new Bucket(
                  names.computeIfAbsent(bucket.sensor(), name -> name),
                  names.computeIfAbsent(bucket.metric(), name -> name),
                  bucket.index() % steps,
                  bucket.mean(),
                  bucket.min(),
                  bucket.max(),
                  bucket.count()));
    }
    days.replaceAll(List::copyOf);
    return days;
  }

  @Override
  public List<Row> read(ReadQuery query) throws StoreUnavailableException {
    return store.read(query);
  }

  @Override
  public SortedSet<String> metrics(ReadQuery query) throws StoreUnavailableException {
    return store.metrics(query);
  }

  @Override
  public List<Row> latest(String device) throws StoreUnavailableException {
    return store.latest(device);
  }

  @Override
  public List<Row> numbers(NumberQuery query) throws StoreUnavailableException {
    return store.numbers(query);
  }

  @Override
  public Map<SeriesName, List<Bucket>> aggregate(SeriesQuery query)
      throws StoreUnavailableException {
    return store.aggregate(query);
  }

  @Override
  public List<NumberSpan> spans(AggregateQuery query) throws StoreUnavailableException {
    return store.spans(query);
  }

  @Override
  public void samples(SampleQuery query, SampleVisitor visitor) throws StoreUnavailableException {
    store.samples(query, visitor);
  }

  @Override
  public void scan(RowVisitor visitor) throws StoreUnavailableException {
    store.scan(visitor);
  }

  @Override
  public void check() throws StoreUnavailableException {
    store.check();
  }

  @Override
  public void close() {
    store.close();
  }
}
