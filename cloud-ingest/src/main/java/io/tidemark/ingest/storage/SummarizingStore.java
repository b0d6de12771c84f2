package io.tidemark.ingest.storage;

import io.tidemark.ingest.storage.SliceSummaries.DeviceSlice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Another store that remembers what times were like: a chart of a month is put together of
 * summaries of its slices, five minutes each, and only slices that are not known are asked for,
 * some at a time, the newest first. A chart of all that a device measures once a second is millions
 * of rows, which a database takes seconds to sum up; all slices but the last do not change from one
 * look to the next. Who does not wait that long is told of the newest ones, and of more at the next
 * look.
 *
 * <p>What is answered is what the store would answer: a write to a slice makes its summary void,
 * late readings' as any others'. All writes have to go through this, or be told of by {@link
 * #writtenElsewhere}. A device that measures too much for that is asked for as it is. Thread-safe.
 */
public final class SummarizingStore implements TimeSeriesStore {
  private static final long STEP_NANOS = Duration.ofMinutes(5).toNanos();
  private static final long DAY_NANOS = Duration.ofDays(1).toNanos();

  /** Shorter times are asked for as they are. */
  private static final long SPAN_MIN_NANOS = DAY_NANOS;

  /** Longer times, too: their slices would take the place of all others. */
  private static final long SPAN_MAX_NANOS = 400 * DAY_NANOS;

  /** Of the slices of one chart. With more, they would take the place of all others. */
  private static final int BUCKETS_MAX = 200_000;

  /** Two years; beyond, it is quicker to forget all. */
  private static final long ELSEWHERE_MAX_SLICES = 3_000;

  /** Of a device that is known otherwise, for chosen metrics of it. */
  private static final int UNKNOWN_MAX_SLICES = 2;

  private final TimeSeriesStore store;
  private final int bucketsMax;
  private final LongSupplier nanoTime;
  private final SliceSummaries summaries;
  private final DenseTimes dense;

  /** In front of {@code store}, which it closes. */
  public SummarizingStore(TimeSeriesStore store) {
    this(store, BUCKETS_MAX, System::nanoTime, new SliceSummaries(System::nanoTime));
  }

  SummarizingStore(
      TimeSeriesStore store, int bucketsMax, LongSupplier nanoTime, SliceSummaries summaries) {
    this.store = store;
    this.bucketsMax = bucketsMax;
    this.nanoTime = nanoTime;
    this.summaries = summaries;
    dense = new DenseTimes(nanoTime);
  }

  @Override
  public boolean copyTo(Path folder, CopyStep first, LongConsumer copied)
      throws IOException, StoreUnavailableException {
    return store.copyTo(folder, first, copied);
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

  @Override
  public void writtenElsewhere(String device, long fromNanos, long toNanos) {
    store.writtenElsewhere(device, fromNanos, toNanos);
    long first = DeviceSlice.of(fromNanos);
    long last = DeviceSlice.of(toNanos);
    if (last - first > ELSEWHERE_MAX_SLICES) {
      summaries.forget();
      return;
    }
    for (long slice = first; slice <= last; slice++) {
      summaries.written(new DeviceSlice(device, slice));
    }
  }

  @Override
  public void writtenElsewhere() {
    store.writtenElsewhere();
    summaries.forget();
  }

  private void written(List<Row> rows) {
    DeviceSlice last = null;
    for (Row row : rows) {
      long slice = DeviceSlice.of(row.reading().timeNanos());
      // Rows of one batch come together, and are mostly of one slice.
      if (last == null || last.slice() != slice || !last.device().equals(row.key().device())) {
        last = new DeviceSlice(row.key().device(), slice);
        summaries.written(last);
      }
    }
  }

  @Override
  public List<Bucket> aggregate(AggregateQuery query) throws StoreUnavailableException {
    return sumUp(query, PieceSizes.unhurried(nanoTime)).buckets();
  }

  @Override
  public SummedUp aggregate(AggregateQuery query, Duration within)
      throws StoreUnavailableException {
    return sumUp(query, PieceSizes.within(within, nanoTime));
  }

  private SummedUp sumUp(AggregateQuery query, PieceSizes sizes) throws StoreUnavailableException {
    if (!isOfSlices(query)) {
      return SummedUp.all(query, store.aggregate(query));
    }
    String device = query.device();
    long from = -Math.floorDiv(-query.fromNanos(), STEP_NANOS) * STEP_NANOS;
    long to = Math.floorDiv(query.toNanos(), STEP_NANOS) * STEP_NANOS;
    long first = DeviceSlice.of(from);
    long last = DeviceSlice.of(to - 1);
    if (dense.isWithin(device, first, last)) {
      return SummedUp.all(query, store.aggregate(query));
    }
    BucketSums sums = new BucketSums(query.maxBuckets());
    edge(query, to, query.toNanos(), sums);
    int room = bucketsMax;
    for (long slice = last; slice >= first; ) {
      List<List<Bucket>> found = known(device, first, slice);
      if (found.isEmpty()) {
        int most = sizes.next();
        if (most == 0) {
          return SummedUp.since((slice + 1) * DeviceSlice.NANOS, query, sums.buckets());
        }
        long begin = unknownSince(device, Math.max(first, slice - most + 1), slice);
        found = ask(device, begin, slice, room);
        sizes.asked((int) (slice - begin + 1));
        if (found.isEmpty()) {
          dense.add(device, begin, last);
          return SummedUp.all(query, store.aggregate(query));
        }
      }
      for (List<Bucket> buckets : found) {
        add(query, slice, buckets, from, to, sums);
        room -= buckets.size();
        slice--;
      }
    }
    edge(query, query.fromNanos(), from, sums);
    return SummedUp.all(query, sums.buckets());
  }

  private static boolean isOfSlices(AggregateQuery query) {
    return query.intervalNanos() % STEP_NANOS == 0
        && query.originNanos() % STEP_NANOS == 0
        && query.fromNanos() >= 0
        && query.toNanos() <= Long.MAX_VALUE - DeviceSlice.NANOS
        && query.toNanos() - query.fromNanos() >= SPAN_MIN_NANOS
        && query.toNanos() - query.fromNanos() <= SPAN_MAX_NANOS;
  }

  private static void add(
      AggregateQuery query, long slice, List<Bucket> buckets, long from, long to, BucketSums sums) {
    String sensor = query.sensor();
    for (Bucket bucket : buckets) {
      long time = slice * DeviceSlice.NANOS + bucket.index() * STEP_NANOS;
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
   * The summaries of the last slice and of those before it, newest first, as far as all are known.
   */
  private List<List<Bucket>> known(String device, long first, long last) {
    List<List<Bucket>> known = new ArrayList<>();
    for (long slice = last; slice >= first; slice--) {
      List<Bucket> summary = summaries.get(new DeviceSlice(device, slice));
      if (summary == null) {
        break;
      }
      known.add(summary);
    }
    return known;
  }

  private long unknownSince(String device, long first, long last) {
    long slice = last;
    while (slice > first && summaries.get(new DeviceSlice(device, slice - 1)) == null) {
      slice--;
    }
    return slice;
  }

  /**
   * What the store says of some slices, newest first; empty if that is more buckets than there is
   * room for.
   */
  private List<List<Bucket>> ask(String device, long first, long last, int room)
      throws StoreUnavailableException {
    if (room <= 0) {
      return List.of();
    }
    List<Long> writes = new ArrayList<>();
    for (long slice = first; slice <= last; slice++) {
      writes.add(summaries.begin(new DeviceSlice(device, slice)));
    }
    try {
      long origin = first * DeviceSlice.NANOS;
      long end = (last + 1) * DeviceSlice.NANOS;
      List<Bucket> found =
          store.aggregate(new AggregateQuery(device, null, origin, end, origin, STEP_NANOS, room));
      if (found.size() >= room) {
        return List.of();
      }
      List<List<Bucket>> slices = bySlice(found, writes.size());
      for (int i = 0; i < slices.size(); i++) {
        summaries.put(new DeviceSlice(device, first + i), writes.get(i), slices.get(i));
      }
      Collections.reverse(slices);
      return slices;
    } finally {
      for (long slice = first; slice <= last; slice++) {
        summaries.end(new DeviceSlice(device, slice));
      }
    }
  }

  private static List<List<Bucket>> bySlice(List<Bucket> found, int count) {
    List<List<Bucket>> slices = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      slices.add(new ArrayList<>());
    }
    long steps = DeviceSlice.NANOS / STEP_NANOS;
    Map<String, String> names = new HashMap<>(); // else each bucket would keep its own
    for (Bucket bucket : found) {
      slices
          .get((int) (bucket.index() / steps))
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
    slices.replaceAll(List::copyOf);
    return slices;
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

  /**
   * Summaries have all metrics of a device, which to sum up for a few chosen ones may be much more
   * than they are: so only what is known is taken from them.
   */
  @Override
  public Map<SeriesName, List<Bucket>> aggregate(SeriesQuery query)
      throws StoreUnavailableException {
    BucketTable known = new BucketTable(query);
    Set<String> devices = new HashSet<>();
    for (SeriesName name : query.series()) {
      AggregateQuery all = allOf(name.device(), query);
      if (!devices.contains(name.device()) && isKnown(all)) {
        devices.add(name.device());
        aggregate(all).forEach(bucket -> known.add(name.device(), bucket));
      }
    }
    List<SeriesName> others =
        query.series().stream().filter(name -> !devices.contains(name.device())).toList();
    Map<SeriesName, List<Bucket>> found = known.buckets();
    if (!others.isEmpty()) {
      found.putAll(
          store.aggregate(
              new SeriesQuery(
                  others,
                  query.fromNanos(),
                  query.toNanos(),
                  query.originNanos(),
                  query.intervalNanos())));
    }
    return found;
  }

  private static AggregateQuery allOf(String device, SeriesQuery query) {
    return new AggregateQuery(
        device,
        null,
        query.fromNanos(),
        query.toNanos(),
        query.originNanos(),
        query.intervalNanos(),
        Integer.MAX_VALUE);
  }

  /** But for the slice that a device's live readings are written to, and one more. */
  private boolean isKnown(AggregateQuery query) {
    if (!isOfSlices(query)) {
      return false;
    }
    long first = DeviceSlice.of(query.fromNanos());
    long last = DeviceSlice.of(query.toNanos() - 1);
    int unknown = 0;
    for (long slice = first; slice <= last && unknown <= UNKNOWN_MAX_SLICES; slice++) {
      unknown += summaries.get(new DeviceSlice(query.device(), slice)) == null ? 1 : 0;
    }
    return unknown <= UNKNOWN_MAX_SLICES && !dense.isWithin(query.device(), first, last);
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
