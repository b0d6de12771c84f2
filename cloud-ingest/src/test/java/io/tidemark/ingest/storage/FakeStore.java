package io.tidemark.ingest.storage;

import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A store in memory that fails on command. */
public final class FakeStore implements TimeSeriesStore {
  private final Map<String, Row> rows = new TreeMap<>();
  private final Set<String> acknowledged = new HashSet<>();

  /** Nothing works. */
  public volatile boolean away;

  /** Rows of this kind are refused for good. */
  public volatile String refusedKind = "refused";

  /** The next write does its work, and then fails. */
  public volatile boolean failAfterWriting;

  /** Writes fail, though what they bring can be seen until {@link #restart}. */
  public volatile boolean unacknowledging;

  /** A write waits for this. */
  public volatile CountDownLatch gate = new CountDownLatch(0);

  /** A scan waits for this. */
  public volatile CountDownLatch scanGate = new CountDownLatch(0);

  /** A query for samples waits for this. */
  public volatile CountDownLatch samplesGate = new CountDownLatch(0);

  /** A query for samples throws this, if it is not null. */
  public volatile Error samplesFailure;

  /** A scan throws this, if it is not null. */
  public volatile Error scanFailure;

  /** A copy throws this, if it is not null. */
  public volatile Error copyFailure;

  /** Pages of rows that were asked for. */
  public final AtomicInteger reads = new AtomicInteger();

  /** Scans that began. */
  public final AtomicInteger scans = new AtomicInteger();

  /** A write whose first row is of such a device waits for this too. */
  public final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();

  /** So many more sums are answered; then it is away. */
  public volatile int aggregatesUntilAway = Integer.MAX_VALUE;

  /** Told of sums that are asked for, before they are made. */
  public volatile Consumer<AggregateQuery> beforeAggregate = query -> {};

  /** Sums that were asked for. */
  public final AtomicInteger aggregates = new AtomicInteger();

  /** Sums of chosen series that were asked for. */
  public final List<SeriesQuery> seriesQueries = new CopyOnWriteArrayList<>();

  /** Writes that began. */
  public final AtomicInteger writes = new AtomicInteger();

  @Override
  public List<Refusal> write(List<Row> added) throws StoreUnavailableException {
    writes.incrementAndGet();
    pass(gate);
    pass(gates.getOrDefault(added.get(0).key().device(), gate));
    check();
    List<Refusal> refused = new ArrayList<>();
    synchronized (rows) {
      for (Row row : added) {
        if (row.reading().kind().equals(refusedKind)) {
          refused.add(new Refusal(row, "too_many_kinds", "one too many"));
        } else {
          rows.put(key(row), row);
          if (!unacknowledging) {
            acknowledged.add(key(row));
          }
        }
      }
    }
    if (unacknowledging) {
      throw new StoreUnavailableException("no space left on device", null);
    }
    if (failAfterWriting) {
      failAfterWriting = false;
      throw new StoreUnavailableException("lost the answer", null);
    }
    return refused;
  }

  private static void pass(CountDownLatch gate) throws StoreUnavailableException {
    try {
      // For longer than a test awaits what has to happen meanwhile.
      if (!gate.await(90, TimeUnit.SECONDS)) {
        throw new StoreUnavailableException("the gate stayed shut", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted", e);
    }
  }

  private static String key(Row row) {
    return "%s/%d/%d/%d/%s"
        .formatted(
            row.key().device(),
            row.key().epoch(),
            row.sequence(),
            row.reading().timeNanos(),
            row.reading().sensor());
  }

  /** All rows. */
  public List<Row> rows() {
    synchronized (rows) {
      return new ArrayList<>(rows.values());
    }
  }

  /** What was never acknowledged is gone, and all works again. */
  public void restart() {
    synchronized (rows) {
      rows.keySet().retainAll(acknowledged);
    }
    unacknowledging = false;
  }

  /** Takes a number's rows away. */
  public void remove(EpochKey key, long sequence) {
    synchronized (rows) {
      rows.values().removeIf(row -> row.key().equals(key) && row.sequence() == sequence);
    }
  }

  @Override
  public List<Row> read(ReadQuery query) throws StoreUnavailableException {
    reads.incrementAndGet();
    check();
    return wanted(query).limit(query.limit()).toList();
  }

  private Stream<Row> wanted(ReadQuery query) {
    RowPosition after = query.after();
    return rows().stream()
        .filter(row -> row.key().device().equals(query.device()))
        .filter(row -> query.sensor() == null || query.sensor().equals(row.reading().sensor()))
        .filter(row -> row.reading().timeNanos() >= query.fromNanos())
        .filter(row -> row.reading().timeNanos() < query.toNanos())
        .filter(row -> after == null || row.position().compareTo(after) > 0)
        .sorted(Comparator.comparing(Row::position));
  }

  @Override
  public SortedSet<String> metrics(ReadQuery query) throws StoreUnavailableException {
    check();
    return wanted(query)
        .flatMap(row -> row.reading().values().keySet().stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Override
  public boolean copyTo(Path folder, CopyStep first, LongConsumer copied) {
    Error failure = copyFailure;
    if (failure != null) {
      throw failure;
    }
    return false;
  }

  @Override
  public List<Row> latest(String device) throws StoreUnavailableException {
    check();
    return List.of();
  }

  @Override
  public List<Row> numbers(NumberQuery query) throws StoreUnavailableException {
    check();
    return rows().stream()
        .filter(row -> row.key().equals(query.key()))
        .filter(row -> row.sequence() >= query.first() && row.sequence() <= query.last())
        .filter(row -> row.reading().timeNanos() >= query.fromNanos())
        .filter(row -> row.reading().timeNanos() <= query.toNanos())
        .toList();
  }

  @Override
  public List<Bucket> aggregate(AggregateQuery query) throws StoreUnavailableException {
    beforeAggregate.accept(query);
    if (aggregates.incrementAndGet() > aggregatesUntilAway) {
      away = true;
    }
    check();
    return sumUp(query);
  }

  private List<Bucket> sumUp(AggregateQuery query) {
    BucketSums sums = new BucketSums(query.maxBuckets());
    for (Row row : rows()) {
      long time = row.reading().timeNanos();
      if (row.key().device().equals(query.device())
          && (query.sensor() == null || query.sensor().equals(row.reading().sensor()))
          && time >= query.fromNanos()
          && time < query.toNanos()) {
        row.reading()
            .values()
            .forEach(
                (metric, value) -> {
                  if (value instanceof Value.Num number) {
                    double v = number.value();
                    long index = (time - query.originNanos()) / query.intervalNanos();
                    sums.add(new Bucket(row.reading().sensor(), metric, index, v, v, v, 1));
                  }
                });
      }
    }
    return sums.buckets();
  }

  @Override
  public Map<SeriesName, List<Bucket>> aggregate(SeriesQuery query)
      throws StoreUnavailableException {
    check();
    seriesQueries.add(query);
    BucketTable table = new BucketTable(query);
    for (String device : new HashSet<>(query.series().stream().map(SeriesName::device).toList())) {
      sumUp(
              new AggregateQuery(
                  device,
                  null,
                  query.fromNanos(),
                  query.toNanos(),
                  query.originNanos(),
                  query.intervalNanos(),
                  Integer.MAX_VALUE))
          .forEach(bucket -> table.add(device, bucket));
    }
    return table.buckets();
  }

  @Override
  public List<NumberSpan> spans(AggregateQuery query) throws StoreUnavailableException {
    check();
    SpanTable spans = new SpanTable();
    for (Row row : rows()) {
      long time = row.reading().timeNanos();
      if (row.key().device().equals(query.device())
          && time >= query.fromNanos()
          && time < query.toNanos()) {
        long index = (time - query.originNanos()) / query.intervalNanos();
        spans.add(new NumberSpan(row.key().epoch(), index, row.sequence(), row.sequence()));
      }
    }
    return spans.first(query.maxBuckets());
  }

  @Override
  public void samples(SampleQuery query, SampleVisitor visitor) throws StoreUnavailableException {
    pass(samplesGate);
    check();
    if (samplesFailure != null) {
      throw samplesFailure;
    }
    for (Row row : rows()) {
      long time = row.reading().timeNanos();
      if (query.devices().contains(row.key().device())
          && time >= query.fromNanos()
          && time <= query.toNanos()
          && row.reading().values().get(query.metric()) instanceof Value.Num number) {
        visitor.sample(row.key().device(), row.reading().sensor(), time, number.value());
      }
    }
  }

  @Override
  public void scan(RowVisitor visitor) throws StoreUnavailableException {
    scans.incrementAndGet();
    pass(scanGate);
    check();
    if (scanFailure != null) {
      throw scanFailure;
    }
    rows().forEach(row -> visitor.row(row.key(), row.sequence()));
  }

  @Override
  public void check() throws StoreUnavailableException {
    if (away) {
      throw new StoreUnavailableException("the fake store is away", null);
    }
  }

  @Override
  public void close() {}
}
