package io.tidemark.ingest.storage.embedded;

import io.tidemark.ingest.storage.AggregateQuery;
import io.tidemark.ingest.storage.NumberQuery;
import io.tidemark.ingest.storage.ReadQuery;
import io.tidemark.ingest.storage.RowPosition;
import io.tidemark.ingest.storage.SampleQuery;
import io.tidemark.ingest.storage.SeriesQuery;
import io.tidemark.wire.Names;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The SQL said to QuestDB, all of it. Names are checked to be ones that need no escaping inside
 * quotes.
 */
final class QuestSql {
  private QuestSql() {}

  static String createTable(String table, List<MetricColumn> columns) {
    StringBuilder sql = new StringBuilder("CREATE TABLE IF NOT EXISTS \"").append(table);
    sql.append("\" (ts TIMESTAMP_NS, device SYMBOL, sensor SYMBOL, epoch LONG, seq LONG");
    columns.forEach(column -> sql.append(", ").append(definition(column)));
    return sql.append(") TIMESTAMP(ts) PARTITION BY DAY WAL")
        .append(" DEDUP UPSERT KEYS(ts, device, sensor, epoch, seq)")
        .toString();
  }

  static String addColumn(String table, MetricColumn column) {
    return "ALTER TABLE \"%s\" ADD COLUMN IF NOT EXISTS %s".formatted(table, definition(column));
  }

  private static String definition(MetricColumn column) {
    return '"' + column.column() + "\" " + column.type().sqlType();
  }

  static String read(String table, ReadQuery query) {
    return "SELECT * FROM \"%s\" WHERE %s%s ORDER BY ts, sensor, epoch, seq LIMIT %d"
        .formatted(
            table,
            range(query.device(), query.sensor(), query.fromNanos(), query.toNanos()),
            after(query.after()),
            query.limit() + 1); // the row at the place itself is left out later
  }

  /** How many values each column has of the rows that a query is about. */
  static String values(String table, ReadQuery query, List<MetricColumn> columns) {
    return "SELECT %s FROM \"%s\" WHERE %s"
        .formatted(
            columns.stream()
                .map(column -> "count(\"" + column.column() + "\")")
                .collect(Collectors.joining(", ")),
            table,
            range(query.device(), query.sensor(), query.earliestNanos(), query.toNanos()));
  }

  static String latest(String table, String device) {
    return "SELECT * FROM \"%s\" WHERE device = %s LATEST ON ts PARTITION BY sensor"
        .formatted(table, device(device));
  }

  static String numbers(String table, NumberQuery query) {
    return "SELECT * FROM \"%s\" WHERE device = %s AND ts >= %s AND ts <= %s AND epoch = %d AND seq >= %d AND seq <= %d"
        .formatted(
            table,
            device(query.key().device()),
            time(query.fromNanos()),
            time(query.toNanos()),
            query.key().epoch(),
            query.first(),
            query.last());
  }

  /** Device, sensor, time and value of a column. */
  static String samples(String table, SampleQuery query, MetricColumn column) {
    return "SELECT device, sensor, ts, \"%1$s\" v FROM \"%2$s\" WHERE ts >= %3$s AND ts <= %4$s AND device IN (%5$s) AND \"%1$s\" != null"
        .formatted(
            column.column(),
            table,
            time(query.fromNanos()),
            time(query.toNanos()),
            query.devices().stream().map(QuestSql::device).collect(Collectors.joining(",")));
  }

  static String scan(String table) {
    return "SELECT device, epoch, seq FROM \"" + table + "\"";
  }

  static String one(String table) {
    return "SELECT ts FROM \"" + table + "\" LIMIT 1";
  }

  /** Sensor, interval, and then count, mean, min and max of each column. */
  static String aggregate(String table, AggregateQuery query, List<MetricColumn> columns) {
    return aggregate(
        "sensor",
        bucket(query.originNanos(), query.intervalNanos()),
        table,
        columns,
        range(query.device(), query.sensor(), query.fromNanos(), query.toNanos()));
  }

  /** Device, sensor, interval, and then count, mean, min and max of each column. */
  static String aggregate(String table, SeriesQuery query, List<MetricColumn> columns) {
    // The list of devices is implied by what follows, and quicker.
    String where =
        "ts >= %s AND ts < %s AND device IN (%s) AND (%s)"
            .formatted(
                time(query.fromNanos()),
                time(query.toNanos()),
                query.sources().stream()
                    .map(source -> device(source.device()))
                    .distinct()
                    .collect(Collectors.joining(",")),
                query.sources().stream()
                    .map(
                        source ->
                            "(device = %s AND sensor = %s)"
                                .formatted(device(source.device()), sensor(source.sensor())))
                    .collect(Collectors.joining(" OR ")));
    return aggregate(
        "device, sensor",
        bucket(query.originNanos(), query.intervalNanos()),
        table,
        columns,
        where);
  }

  private static String aggregate(
      String keys, String bucket, String table, List<MetricColumn> columns, String where) {
    StringBuilder outer = new StringBuilder("SELECT ").append(keys).append(", bucket");
    StringBuilder inner = new StringBuilder("SELECT ").append(keys).append(", ").append(bucket);
    for (int i = 0; i < columns.size(); i++) {
      outer.append(", count(m%1$d), avg(m%1$d), min(m%1$d), max(m%1$d)".formatted(i));
      inner.append(", \"").append(columns.get(i).column()).append("\" m").append(i);
    }
    return "%s FROM (%s FROM \"%s\" WHERE %s)".formatted(outer, inner, table, where);
  }

  private static String bucket(long originNanos, long intervalNanos) {
    return "(ts::long - %d) / %d bucket".formatted(originNanos, intervalNanos);
  }

  /** Epoch, interval, and then the lowest and the highest number. */
  static String spans(String table, AggregateQuery query) {
    return "SELECT epoch, bucket, min(seq), max(seq) FROM (SELECT epoch, %s, seq FROM \"%s\" WHERE %s)"
        .formatted(
            bucket(query.originNanos(), query.intervalNanos()),
            table,
            range(query.device(), query.sensor(), query.fromNanos(), query.toNanos()));
  }

  private static String range(String device, @Nullable String sensor, long from, long to) {
    String sql =
        "device = %s AND ts >= %s AND ts < %s".formatted(device(device), time(from), time(to));
    return sensor == null ? sql : sql + " AND sensor = " + sensor(sensor);
  }

  private static String after(@Nullable RowPosition after) {
    if (after == null) {
      return "";
    }
    // The first condition is implied by the second, and lets QuestDB skip whole partitions. The
    // kind, last in the order, is
    // one per table: rows at the very place are let through here and left out by whoever knows the
    // kind.
    String time = time(after.timeNanos());
    String sensor = sensor(after.sensor());
    return (" AND ts >= %1$s AND (ts > %1$s OR sensor > %2$s OR (sensor = %2$s AND (epoch > %3$d OR (epoch = %3$d AND seq"
            + " >= %4$d))))")
        .formatted(time, sensor, after.epoch(), after.sequence());
  }

  private static String device(String device) {
    if (!Names.isDevice(device)) {
      throw new IllegalArgumentException("not a device's name: " + device);
    }
    return "'" + device + "'";
  }

  private static String sensor(String sensor) {
    if (!Names.isName(sensor)) {
      throw new IllegalArgumentException("not a sensor's name: " + sensor);
    }
    return "'" + sensor + "'";
  }

  /** A time as QuestDB reads it, to the nanosecond. */
  private static String time(long nanos) {
    long seconds = Math.floorDiv(nanos, 1_000_000_000L);
    long rest = Math.floorMod(nanos, 1_000_000_000L);
    String second = Instant.ofEpochSecond(seconds).toString();
    return "'%s.%09dZ'".formatted(second.substring(0, second.length() - 1), rest);
  }
}
