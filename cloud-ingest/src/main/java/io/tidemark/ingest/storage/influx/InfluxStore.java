package io.tidemark.ingest.storage.influx;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.ingest.storage.AggregateQuery;
import io.tidemark.ingest.storage.Bucket;
import io.tidemark.ingest.storage.BucketSums;
import io.tidemark.ingest.storage.BucketTable;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.NumberQuery;
import io.tidemark.ingest.storage.NumberSpan;
import io.tidemark.ingest.storage.ReadQuery;
import io.tidemark.ingest.storage.Refusal;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.RowPosition;
import io.tidemark.ingest.storage.SampleQuery;
import io.tidemark.ingest.storage.SeriesName;
import io.tidemark.ingest.storage.SeriesQuery;
import io.tidemark.ingest.storage.SpanTable;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * InfluxDB 1.x, 2.x or 3 as the store. The measurement is the kind; {@code device}, {@code sensor}
 * and {@code epoch} are tags; a number is a float field under the metric's name, a text {@code
 * NAME_text}, a flag {@code NAME_bool}; {@code seq} is the sequence. Precision is nanoseconds.
 * InfluxDB's key has no sequence: see {@link Twins}.
 *
 * <p>Written with line protocol over {@code /api/v2/write}, read with InfluxQL over {@code /query}:
 * the common ground of all three.
 */
public final class InfluxStore implements TimeSeriesStore {
  private final InfluxConnection connection;
  private final InfluxWriter writer;
  private final Twins twins;
  private final Claim claim;

  /**
   * A store; contacts the server at its first use.
   *
   * @param ledger whose rows it writes; of several ledgers one at a time may write to a database
   */
  public InfluxStore(
      InfluxSettings settings, LedgerName ledger, MeterRegistry registry, Clock clock) {
    connection = new InfluxConnection(settings);
    claim = new Claim(connection, ledger);
    writer = new InfluxWriter(connection, registry, clock);
    twins = new Twins(connection);
  }

  @Override
  public void writtenElsewhere(String device, long fromNanos, long toNanos) {
    twins.elsewhere(device, fromNanos, toNanos);
  }

  @Override
  public void writtenElsewhere() {
    twins.forget();
  }

  @Override
  public List<Refusal> write(List<Row> rows) throws StoreUnavailableException {
    connection.ensureReady();
    claim.hold();
    List<Line> lines = twins.begin(rows);
    try {
      List<Refusal> refusals = writer.write(lines);
      return refusals.isEmpty() ? refusals : withoutRows(refusals);
    } finally {
      twins.end();
    }
  }

  /**
   * Some servers keep the good lines of a request they refuse: a row that was refused in company
   * and is there is no refusal.
   */
  private List<Refusal> withoutRows(List<Refusal> refusals) throws StoreUnavailableException {
    Map<EpochKey, NumberQuery> byEpoch = new TreeMap<>();
    for (Refusal refusal : refusals) {
      Row row = refusal.row();
      long time = row.reading().timeNanos();
      byEpoch.merge(
          row.key(),
          new NumberQuery(row.key(), row.sequence(), row.sequence(), time, time),
          NumberQuery::join);
    }
    Set<Row> there = new HashSet<>();
    for (NumberQuery query : byEpoch.values()) {
      there.addAll(numbers(query));
    }
    return refusals.stream().filter(refusal -> !there.contains(refusal.row())).toList();
  }

  @Override
  public List<Row> read(ReadQuery query) throws StoreUnavailableException {
    if (query.fromNanos() >= query.toNanos()) {
      return List.of();
    }
    RowPosition after = query.after();
    // Every series answers with as many as are wanted of all: only the first of them are kept.
    PriorityQueue<Row> first = new PriorityQueue<>(Comparator.comparing(Row::position).reversed());
    rows(
        InfluxQl.read(query),
        row -> {
          if (after == null || row.position().compareTo(after) > 0) {
            first.add(row);
            if (first.size() > query.limit()) {
              first.remove();
            }
          }
        });
    List<Row> rows = new ArrayList<>(first);
    rows.sort(Comparator.comparing(Row::position));
    return rows;
  }

  @Override
  public SortedSet<String> metrics(ReadQuery query) throws StoreUnavailableException {
    SortedSet<String> metrics = new TreeSet<>();
    if (query.fromNanos() < query.toNanos()) {
      connection.ensureReady();
      connection.query(
          InfluxQl.metrics(query),
          (series, values) -> InfluxRows.metrics(series, values, InfluxQl.FIRST, metrics));
    }
    return metrics;
  }

  @Override
  public List<Row> latest(String device) throws StoreUnavailableException {
    Map<String, Row> newest = new TreeMap<>();
    rows(
        InfluxQl.latest(device),
        row ->
            newest.merge(
                row.reading().sensor() + ' ' + row.reading().kind(),
                row,
                (a, b) -> a.reading().timeNanos() >= b.reading().timeNanos() ? a : b));
    return new ArrayList<>(newest.values());
  }

  @Override
  public List<Row> numbers(NumberQuery query) throws StoreUnavailableException {
    List<Row> rows = new ArrayList<>();
    rows(InfluxQl.numbers(query), rows::add);
    return rows;
  }

  private void rows(String influxQl, Consumer<Row> each) throws StoreUnavailableException {
    connection.ensureReady();
    connection.query(
        influxQl,
        (series, values) -> {
          Row row = InfluxRows.decode(series, values);
          if (row != null) {
            each.accept(row);
          }
        });
  }

  @Override
  public List<Bucket> aggregate(AggregateQuery query) throws StoreUnavailableException {
    if (query.fromNanos() >= query.toNanos()) {
      return List.of();
    }
    connection.ensureReady();
    BucketSums buckets = new BucketSums(query.maxBuckets());
    connection.query(
        InfluxQl.aggregate(query),
        (series, values) -> InfluxBuckets.decode(query, series, values, buckets));
    return buckets.buckets();
  }

  @Override
  public Map<SeriesName, List<Bucket>> aggregate(SeriesQuery query)
      throws StoreUnavailableException {
    List<String> metrics = query.metrics().stream().filter(InfluxBuckets::isNumber).toList();
    if (query.fromNanos() >= query.toNanos() || metrics.isEmpty()) {
      return Map.of();
    }
    connection.ensureReady();
    BucketTable buckets = new BucketTable(query);
    connection.query(
        InfluxQl.aggregate(query, metrics),
        (series, values) -> InfluxBuckets.decode(query, series, values, buckets));
    return buckets.buckets();
  }

  @Override
  public List<NumberSpan> spans(AggregateQuery query) throws StoreUnavailableException {
    if (query.fromNanos() >= query.toNanos()) {
      return List.of();
    }
    connection.ensureReady();
    SpanTable spans = new SpanTable();
    connection.query(
        InfluxQl.spans(query),
        (series, values) -> {
          NumberSpan span = InfluxBuckets.span(query, series, values);
          if (span != null) {
            spans.add(span);
          }
        });
    return spans.first(query.maxBuckets());
  }

  @Override
  public void samples(SampleQuery query, SampleVisitor visitor) throws StoreUnavailableException {
    if (query.fromNanos() > query.toNanos()) {
      return;
    }
    connection.ensureReady();
    connection.query(
        InfluxQl.samples(query),
        (series, values) -> {
          String text = values.get(1);
          if (text != null) {
            visitor.sample(
                series.tags().getOrDefault(LineProtocol.DEVICE, ""),
                series.tags().getOrDefault(LineProtocol.SENSOR, ""),
                Long.parseLong(String.valueOf(values.get(0))),
                Double.parseDouble(text));
          }
        });
  }

  @Override
  public void scan(RowVisitor visitor) throws StoreUnavailableException {
    connection.ensureReady();
    connection.scan(
        InfluxQl.scan(),
        (series, values) -> {
          EpochKey key = InfluxRows.key(series.tags());
          long sequence = InfluxRows.number(values.get(1));
          if (key != null && sequence >= 0) {
            visitor.row(key, sequence);
          }
        });
  }

  @Override
  public void check() throws StoreUnavailableException {
    connection.check();
    claim.hold();
  }

  @Override
  public void close() {
    writer.close();
    claim.close();
    connection.close();
  }
}
