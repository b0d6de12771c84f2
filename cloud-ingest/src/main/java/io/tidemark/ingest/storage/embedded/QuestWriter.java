package io.tidemark.ingest.storage.embedded;

import io.questdb.cairo.TableToken;
import io.questdb.cairo.wal.WalWriter;
import io.questdb.griffin.SqlException;
import io.tidemark.ingest.storage.Refusal;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows, making tables and columns as they are needed, within bounds. Used by one thread at a
 * time.
 */
final class QuestWriter {
  private final int kindMaxColumns;
  private final int maxKinds;

  /** Metric columns by table, as far as known. */
  private final Map<String, Set<String>> knownColumns = new LinkedHashMap<>();

  QuestWriter(int kindMaxColumns, int maxKinds) {
    this.kindMaxColumns = kindMaxColumns;
    this.maxKinds = maxKinds;
  }

  /** Writes what fits, and returns what never will. All of it is durable and visible then. */
  List<Refusal> write(QuestEngine quest, List<Row> rows)
      throws SqlException, StoreUnavailableException {
    try {
      return writeAll(quest, rows);
    } catch (RuntimeException | Error | SqlException | StoreUnavailableException e) {
      knownColumns.clear();
      throw e;
    }
  }

  private List<Refusal> writeAll(QuestEngine quest, List<Row> rows)
      throws SqlException, StoreUnavailableException {
    Map<String, List<Row>> byKind = new LinkedHashMap<>();
    for (Row row : rows) {
      byKind.computeIfAbsent(row.reading().kind(), kind -> new ArrayList<>()).add(row);
    }
    if (knownColumns.isEmpty()) {
      for (TableToken table : quest.tables()) {
        quest.applied(table); // else a column added before a failure might not show
        knownColumns.put(table.getTableName(), quest.metricColumns(table));
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
}
