package io.tidemark.ingest.storage.embedded;

import io.questdb.cairo.CairoError;
import io.questdb.cairo.CairoException;
import io.questdb.cairo.TableToken;
import io.questdb.cairo.sql.Record;
import io.questdb.cairo.sql.RecordCursor;
import io.questdb.cairo.sql.TableReferenceOutOfDateException;
import io.questdb.griffin.SqlException;
import io.questdb.std.FilesFacade;
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
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The store for those who have no InfluxDB: QuestDB in this process, in one folder. A table per
 * kind, named {@code kind_} and the kind; its columns are {@code ts, device, sensor, epoch, seq},
 * which are also its key, and one per metric and type, added as they appear. {@link ColumnNames}
 * says how names are written.
 *
 * <p>{@link #write} commits to each table's log with an fsync, and applies it to the table before
 * it returns. It costs an fsync a column, so it wants many rows at once.
 */
public final class EmbeddedStore implements TimeSeriesStore {
  /** Default of {@code kindMaxColumns}: metric columns of one kind. */
  public static final int KIND_MAX_COLUMNS = 512;

  /** Default of {@code maxKinds}: kinds, each a table. */
  public static final int MAX_KINDS = 256;

  /** Metric columns summed up by one query; each costs four columns of its result. */
  private static final int AGGREGATE_MAX_COLUMNS = 32;

  private final Path root;
  private final QuestWriter writer;
  private final @Nullable FilesFacade files;

  /** Held for writing only to close: QuestDB's memory must not go while a query reads it. */
  private final ReentrantReadWriteLock closing = new ReentrantReadWriteLock();

  private @Nullable QuestEngine opened;
  private boolean closed;

  /**
   * A store in {@code root}. Opened (and created) at its first use.
   *
   * @param kindMaxColumns how many metric columns a kind may have; a reading that would need more
   *     is refused
   * @param maxKinds how many kinds there may be; a reading of one more is refused
   */
  public EmbeddedStore(Path root, int kindMaxColumns, int maxKinds) {
    this(root, kindMaxColumns, maxKinds, null);
  }

  EmbeddedStore(Path root, int kindMaxColumns, int maxKinds, @Nullable FilesFacade files) {
    this.root = root.toAbsolutePath();
    this.writer = new QuestWriter(kindMaxColumns, maxKinds);
    this.files = files;
  }

  @Override
  public List<Refusal> write(List<Row> rows) throws StoreUnavailableException {
    synchronized (writer) {
      return shared("write", quest -> writer.write(quest, rows));
    }
  }

  /** Nothing runs in the store while nobody writes, so its files stand still. */
  @Override
  public boolean copyTo(Path folder, CopyStep first, LongConsumer copied)
      throws IOException, StoreUnavailableException {
    synchronized (writer) {
      check(); // opened, with all applied that an earlier process had committed
      closing.readLock().lock();
      try {
        first.run();
        copy(root, folder, copied);
        return true;
      } finally {
        closing.readLock().unlock();
      }
    }
  }

  private static void copy(Path from, Path to, LongConsumer copied) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
          copied.accept(Files.size(copy));
        }
      }
    }
  }

  @Override
  public List<Row> read(ReadQuery query) throws StoreUnavailableException {
    if (query.fromNanos() >= query.toNanos()) {
      return List.of();
    }
    List<Row> rows = each("read", table -> QuestSql.read(table, query));
    rows.sort(Comparator.comparing(Row::position));
    RowPosition after = query.after();
    if (after != null) {
      rows.removeIf(row -> row.position().compareTo(after) <= 0);
    }
    return rows.size() <= query.limit() ? rows : new ArrayList<>(rows.subList(0, query.limit()));
  }

  @Override
  public SortedSet<String> metrics(ReadQuery query) throws StoreUnavailableException {
    if (query.fromNanos() >= query.toNanos()) {
      return new TreeSet<>();
    }
    return shared(
        "look for metrics in",
        quest -> {
          SortedSet<String> metrics = new TreeSet<>();
          for (TableToken table : quest.tables()) {
            for (List<MetricColumn> columns :
                MetricColumn.parts(
                    quest.metricColumns(table), column -> true, AGGREGATE_MAX_COLUMNS)) {
              quest.query(
                  QuestSql.values(table.getTableName(), query, columns),
                  (factory, cursor) -> {
                    add(cursor, columns, metrics);
                    return true;
                  });
            }
          }
          return metrics;
        });
  }

  /** The metrics of those columns that have any values. */
  private static void add(
      RecordCursor cursor, List<MetricColumn> columns, Collection<String> metrics) {
    while (cursor.hasNext()) {
      for (int i = 0; i < columns.size(); i++) {
        if (cursor.getRecord().getLong(i) > 0) {
          metrics.add(columns.get(i).metric());
        }
      }
    }
  }

  @Override
  public List<Row> latest(String device) throws StoreUnavailableException {
    List<Row> rows = each("read the latest of", table -> QuestSql.latest(table, device));
    rows.sort(
        Comparator.comparing((Row row) -> row.reading().sensor())
            .thenComparing(row -> row.reading().kind()));
    return rows;
  }

  @Override
  public List<Row> numbers(NumberQuery query) throws StoreUnavailableException {
    return each("look for numbers in", table -> QuestSql.numbers(table, query));
  }

  private interface SqlForTable {
    String of(String table);
  }

  private List<Row> each(String what, SqlForTable sql) throws StoreUnavailableException {
    return shared(
        what,
        quest -> {
          List<Row> rows = new ArrayList<>();
          for (TableToken table : quest.tables()) {
            String name = table.getTableName();
            rows.addAll(
                quest.query(
                    sql.of(name),
                    (factory, cursor) -> {
                      List<Row> found = new ArrayList<>();
                      var decoder =
                          new QuestRows.Decoder(ColumnNames.kindOf(name), factory.getMetadata());
                      while (cursor.hasNext()) {
                        found.add(decoder.decode(cursor.getRecord()));
                      }
                      return found;
                    }));
          }
          return rows;
        });
  }

  @Override
  public List<Bucket> aggregate(AggregateQuery query) throws StoreUnavailableException {
    if (query.fromNanos() >= query.toNanos()) {
      return List.of();
    }
    return shared(
        "sum up",
        quest -> {
          BucketSums buckets = new BucketSums(query.maxBuckets());
          for (TableToken table : quest.tables()) {
            for (List<MetricColumn> part : numbers(quest, table, metric -> true)) {
              aggregate(quest, table.getTableName(), query, part, buckets);
            }
          }
          return buckets.buckets();
        });
  }

  private static void aggregate(
      QuestEngine quest,
      String table,
      AggregateQuery query,
      List<MetricColumn> columns,
      BucketSums buckets)
      throws SqlException {
    quest.query(
        QuestSql.aggregate(table, query, columns),
        (factory, cursor) -> {
          Record row = cursor.getRecord();
          while (cursor.hasNext()) {
            for (int i = 0; i < columns.size(); i++) {
              int at = 2 + 4 * i;
              if (row.getLong(at) > 0) {
                buckets.add(bucket(row, row.getSymA(0), row.getLong(1), columns.get(i), at));
              }
            }
          }
          return true;
        });
  }

  /** What the four columns from {@code at} on say of a metric. */
  private static Bucket bucket(
      Record row, CharSequence sensor, long index, MetricColumn column, int at) {
    return new Bucket(
        sensor.toString(),
        column.metric(),
        index,
        row.getDouble(at + 1),
        row.getDouble(at + 2),
        row.getDouble(at + 3),
        row.getLong(at));
  }

  /** A table's columns of numbers, as many at a time as one query sums up. */
  private static List<List<MetricColumn>> numbers(
      QuestEngine quest, TableToken table, Predicate<String> metrics) {
    return MetricColumn.numbers(quest.metricColumns(table), metrics, AGGREGATE_MAX_COLUMNS);
  }

  @Override
  public Map<SeriesName, List<Bucket>> aggregate(SeriesQuery query)
      throws StoreUnavailableException {
    if (query.fromNanos() >= query.toNanos()) {
      return Map.of();
    }
    return shared(
        "sum up",
        quest -> {
          BucketTable buckets = new BucketTable(query);
          for (TableToken table : quest.tables()) {
            for (List<MetricColumn> columns : numbers(quest, table, query.metrics()::contains)) {
              quest.query(
                  QuestSql.aggregate(table.getTableName(), query, columns),
                  (factory, cursor) -> {
                    add(cursor, columns, buckets);
                    return true;
                  });
            }
          }
          return buckets.buckets();
        });
  }

  private static void add(RecordCursor cursor, List<MetricColumn> columns, BucketTable buckets) {
    Record row = cursor.getRecord();
    while (cursor.hasNext()) {
      for (int i = 0; i < columns.size(); i++) {
        int at = 3 + 4 * i;
        if (row.getLong(at) > 0) {
          String device = row.getSymA(0).toString();
          buckets.add(device, bucket(row, row.getSymA(1), row.getLong(2), columns.get(i), at));
        }
      }
    }
  }

  @Override
  public List<NumberSpan> spans(AggregateQuery query) throws StoreUnavailableException {
    if (query.fromNanos() >= query.toNanos()) {
      return List.of();
    }
    return shared(
        "find numbers",
        quest -> {
          SpanTable spans = new SpanTable();
          for (TableToken table : quest.tables()) {
            quest.query(
                QuestSql.spans(table.getTableName(), query),
                (factory, cursor) -> {
                  Record row = cursor.getRecord();
                  while (cursor.hasNext()) {
                    spans.add(
                        new NumberSpan(
                            row.getLong(0), row.getLong(1), row.getLong(2), row.getLong(3)));
                  }
                  return true;
                });
          }
          return spans.first(query.maxBuckets());
        });
  }

  @Override
  public void samples(SampleQuery query, SampleVisitor visitor) throws StoreUnavailableException {
    if (query.fromNanos() > query.toNanos()) {
      return;
    }
    MetricColumn column = MetricColumn.of(query.metric(), Value.of(0));
    shared(
        "read samples of",
        quest -> {
          for (TableToken table : quest.tables()) {
            if (quest.metricColumns(table).contains(column.column())) {
              quest.query(
                  QuestSql.samples(table.getTableName(), query, column),
                  (factory, cursor) -> {
                    visit(cursor, visitor);
                    return true;
                  });
            }
          }
          return true;
        });
  }

  private static void visit(RecordCursor cursor, SampleVisitor visitor) {
    Record row = cursor.getRecord();
    while (cursor.hasNext()) {
      visitor.sample(
          row.getSymA(0).toString(),
          row.getSymA(1).toString(),
          row.getTimestamp(2),
          row.getDouble(3));
    }
  }

  @Override
  public void scan(RowVisitor visitor) throws StoreUnavailableException {
    shared(
        "scan",
        quest -> {
          for (TableToken table : quest.tables()) {
            quest.query(
                QuestSql.scan(table.getTableName()),
                (factory, cursor) -> {
                  scan(cursor, visitor);
                  return true;
                });
          }
          return true;
        });
  }

  private static void scan(RecordCursor cursor, RowVisitor visitor) {
    Record row = cursor.getRecord();
    EpochKey key = new EpochKey("", 0);
    while (cursor.hasNext()) {
      CharSequence device = row.getSymA(0);
      long epoch = row.getLong(1);
      if (epoch != key.epoch() || !key.device().contentEquals(device)) {
        key = new EpochKey(device.toString(), epoch);
      }
      visitor.row(key, row.getLong(2));
    }
  }

  @Override
  public void check() throws StoreUnavailableException {
    shared(
        "check",
        quest -> {
          List<TableToken> tables = quest.tables();
          if (!tables.isEmpty()) {
            quest.query(
                QuestSql.one(tables.get(0).getTableName()), (factory, cursor) -> cursor.hasNext());
          }
          return true;
        });
  }

  @Override
  public void close() {
    closing.writeLock().lock();
    try {
      closed = true;
      QuestEngine quest = opened;
      opened = null;
      if (quest != null) {
        quest.close();
      }
    } finally {
      closing.writeLock().unlock();
    }
  }

  private interface Work<T> {
    T with(QuestEngine quest) throws SqlException, StoreUnavailableException;
  }

  private <T> T shared(String what, Work<T> work) throws StoreUnavailableException {
    closing.readLock().lock();
    try {
      return work.with(quest());
    } catch (SqlException | CairoException | CairoError | TableReferenceOutOfDateException e) {
      throw new StoreUnavailableException(
          "cannot %s the store in %s: %s".formatted(what, root, e.getMessage()), e);
    } finally {
      closing.readLock().unlock();
    }
  }

  private synchronized QuestEngine quest() throws StoreUnavailableException {
    if (closed) {
      throw new StoreUnavailableException("the store in " + root + " is closed", null);
    }
    QuestEngine quest = opened;
    if (quest == null) {
      quest = QuestEngine.open(root, files);
      opened = quest;
    }
    return quest;
  }
}
