package io.tidemark.ingest.storage;

import io.questdb.cairo.CairoError;
import io.questdb.cairo.CairoException;
import io.questdb.cairo.TableToken;
import io.questdb.cairo.sql.Record;
import io.questdb.cairo.sql.RecordCursor;
import io.questdb.cairo.sql.TableMetadata;
import io.questdb.cairo.sql.TableReferenceOutOfDateException;
import io.questdb.cairo.wal.WalWriter;
import io.questdb.griffin.SqlException;
import io.questdb.std.FilesFacade;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
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
  private final int kindMaxColumns;
  private final int maxKinds;
  private final @Nullable FilesFacade files;

  /** Held for writing only to close: QuestDB's memory must not go while a query reads it. */
  private final ReentrantReadWriteLock closing = new ReentrantReadWriteLock();

  private @Nullable QuestEngine opened;
  private boolean closed;

  /** Metric columns by table, as far as known; only used by {@link #write}. */
  private final Map<String, Set<String>> knownColumns = new LinkedHashMap<>();

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
    this.kindMaxColumns = kindMaxColumns;
    this.maxKinds = maxKinds;
    this.files = files;
  }

  @Override
  public List<Refusal> write(List<Row> rows) throws StoreUnavailableException {
    return locked(
        "write",
        quest -> {
          try {
            return write(quest, rows);
          } catch (RuntimeException | Error | SqlException | StoreUnavailableException e) {
            knownColumns.clear();
            throw e;
          }
        });
  }

  private List<Refusal> write(QuestEngine quest, List<Row> rows)
      throws SqlException, StoreUnavailableException {
    Map<String, List<Row>> byKind = new LinkedHashMap<>();
    for (Row row : rows) {
      byKind.computeIfAbsent(row.reading().kind(), kind -> new ArrayList<>()).add(row);
    }
    if (knownColumns.isEmpty()) {
      for (TableToken table : quest.tables()) {
        quest.applied(table); // else a column added before a failure might not show
        knownColumns.put(table.getTableName(), columns(quest, table));
      }
    }
    List<Refusal> refused = new ArrayList<>();
    List<TableToken> written = new ArrayList<>();
    for (Map.Entry<String, List<Row>> kind : byKind.entrySet()) {
      TableToken table = writeKind(quest, kind.getKey(), kind.getValue(), refused);
      if (table != null) {
        written.add(table);
      }
    }
    for (TableToken table : written) {
      quest.applied(table);
    }
    quest.tidy();
    return refused;
  }

  private @Nullable TableToken writeKind(
      QuestEngine quest, String kind, List<Row> rows, List<Refusal> refused) throws SqlException {
    String table = ColumnNames.tableOf(kind);
    if (!knownColumns.containsKey(table) && knownColumns.size() >= maxKinds) {
      String detail =
          "the store keeps at most %d kinds, and %s would be one more; use a kind it has, or raise the limit"
              .formatted(maxKinds, kind);
      rows.forEach(row -> refused.add(new Refusal(row, "too_many_kinds", detail)));
      return null;
    }
    List<Row> fitting = fit(quest, table, rows, refused);
    if (fitting.isEmpty()) {
      return null;
    }
    TableToken token = quest.engine().verifyTableName(table);
    try (WalWriter writer = quest.engine().getWalWriter(token)) {
      try {
        QuestRows.Encoder encoder = new QuestRows.Encoder(writer);
        fitting.forEach(encoder::append);
        writer.commit();
      } catch (RuntimeException | Error e) {
        writer.rollback();
        throw e;
      }
    }
    return token;
  }

  /** The rows whose columns are there or could be added. */
  private List<Row> fit(QuestEngine quest, String table, List<Row> rows, List<Refusal> refused)
      throws SqlException {
    Set<String> known = new HashSet<>(columnsOf(table));
    List<MetricColumn> added = new ArrayList<>();
    List<Row> fitting = new ArrayList<>(rows.size());
    for (Row row : rows) {
      List<MetricColumn> missing = new ArrayList<>(0);
      row.reading()
          .values()
          .forEach(
              (metric, value) -> {
                MetricColumn column = MetricColumn.of(metric, value);
                if (!known.contains(column.column())) {
                  missing.add(column);
                }
              });
      if (known.size() + missing.size() > kindMaxColumns) {
        refused.add(
            new Refusal(
                row,
                "too_many_metrics",
                "kind %s has at most %d columns, one for each metric and type; use fewer names, or raise the limit"
                    .formatted(row.reading().kind(), kindMaxColumns)));
        continue;
      }
      missing.forEach(column -> known.add(column.column()));
      added.addAll(missing);
      fitting.add(row);
    }
    if (!added.isEmpty()) {
      if (knownColumns.containsKey(table)) {
        for (MetricColumn column : added) {
          quest.execute(QuestSql.addColumn(table, column)); // it takes one at a time
        }
      } else {
        quest.execute(QuestSql.createTable(table, added));
      }
      knownColumns.put(table, known);
    }
    return fitting;
  }

  private Set<String> columnsOf(String table) {
    return knownColumns.getOrDefault(table, Set.of());
  }

  private static Set<String> columns(QuestEngine quest, TableToken table) {
    Set<String> columns = new HashSet<>();
    try (TableMetadata metadata = quest.engine().getTableMetadata(table)) {
      for (int i = 0; i < metadata.getColumnCount(); i++) {
        String name = metadata.getColumnName(i);
        if (!ColumnNames.isOwn(name)) {
          columns.add(name);
        }
      }
    }
    return columns;
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
          List<Bucket> buckets = new ArrayList<>();
          for (TableToken table : quest.tables()) {
            String name = table.getTableName();
            List<MetricColumn> numbers =
                columns(quest, table).stream()
                    .map(MetricColumn::parse)
                    .filter(column -> column.type() == MetricColumn.Type.NUMBER)
                    .toList();
            for (int i = 0; i < numbers.size(); i += AGGREGATE_MAX_COLUMNS) {
              List<MetricColumn> part =
                  numbers.subList(i, Math.min(numbers.size(), i + AGGREGATE_MAX_COLUMNS));
              aggregate(quest, name, query, part, buckets);
            }
          }
          buckets.sort(
              Comparator.comparing(Bucket::sensor)
                  .thenComparing(Bucket::metric)
                  .thenComparingLong(Bucket::index));
          return buckets;
        });
  }

  private static void aggregate(
      QuestEngine quest,
      String table,
      AggregateQuery query,
      List<MetricColumn> columns,
      List<Bucket> buckets)
      throws SqlException {
    quest.query(
        QuestSql.aggregate(table, query, columns),
        (factory, cursor) -> {
          Record row = cursor.getRecord();
          while (cursor.hasNext()) {
            for (int i = 0; i < columns.size() && buckets.size() < query.maxBuckets(); i++) {
              int at = 2 + 4 * i;
              if (row.getLong(at) > 0) {
                buckets.add(
                    new Bucket(
                        row.getSymA(0).toString(),
                        columns.get(i).metric(),
                        row.getLong(1),
                        row.getDouble(at + 1),
                        row.getDouble(at + 2),
                        row.getDouble(at + 3),
                        row.getLong(at)));
              }
            }
          }
          return true;
        });
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

  /** One at a time with others of its kind, and beside reading. */
  private <T> T locked(String what, Work<T> work) throws StoreUnavailableException {
    synchronized (knownColumns) {
      return shared(what, work);
    }
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
