package io.tidemark.ingest.ledger;

import io.tidemark.ingest.ledger.EpochLedger.MissingRange;
import io.tidemark.ingest.ledger.LedgerChanges.EpochChange;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.storage.EpochKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The ledger's SQL, all of it. */
final class LedgerSql {
  private LedgerSql() {}

  private static PreparedStatement prepare(Connection connection, String sql, Object... values)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  private static int update(Connection connection, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, values)) {
      return statement.executeUpdate();
    }
  }

  // ---- epochs

  static void declare(Statements statements, EpochKey key, EpochChange change) throws SQLException {
    boolean seen = change.lastSeen != Long.MIN_VALUE;
    int updated =
        statements.update(
            """
            UPDATE ledger_epoch SET
              next_sequence = CASE WHEN next_sequence < ? THEN ? ELSE next_sequence END,
              oldest_kept = CASE WHEN oldest_kept < ? THEN ? ELSE oldest_kept END,
              redelivered = redelivered + ?,
              first_seen = CASE WHEN first_seen > ? THEN ? ELSE first_seen END,
              last_seen = CASE WHEN last_seen < ? THEN ? ELSE last_seen END
            WHERE device = ? AND epoch = ?""",
            change.nextSequence,
            change.nextSequence,
            change.oldestKept,
            change.oldestKept,
            change.redelivered,
            change.firstSeen,
            change.firstSeen,
            change.lastSeen,
            change.lastSeen,
            key.device(),
            key.epoch());
    if (updated == 0) {
      statements.update(
          """
          INSERT INTO ledger_epoch (device, epoch, next_sequence, oldest_kept, pending_kept, settled_kept, redelivered,
            first_seen, last_seen) VALUES (?, ?, ?, ?, 0, 0, ?, ?, ?)""",
          key.device(),
          key.epoch(),
          change.nextSequence,
          change.oldestKept,
          change.redelivered,
          seen ? change.firstSeen : 0L,
          seen ? change.lastSeen : 0L);
    }
  }

  /** What an epoch has produced; 0 if it is not known. */
  static long produced(Statements statements, EpochKey key) throws SQLException {
    try (ResultSet rows =
        statements
            .with(
                "SELECT next_sequence FROM ledger_epoch WHERE device = ? AND epoch = ?",
                key.device(),
                key.epoch())
            .executeQuery()) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  static List<EpochRow> epochs(Connection connection, @Nullable String device) throws SQLException {
    return epochs(connection, device == null ? "" : "WHERE e.device = ?", device);
  }

  /**
   * Epochs of the {@code limit} devices that come next after {@code device} (of the first ones if
   * null).
   */
  static List<EpochRow> epochsOfDevicesAfter(
      Connection connection, @Nullable String device, int limit) throws SQLException {
    return epochs(
        connection,
        "WHERE e.device IN (SELECT DISTINCT device FROM ledger_epoch WHERE device > ? ORDER BY device LIMIT "
            + limit
            + ")",
        device == null ? "" : device);
  }

  private static List<EpochRow> epochs(
      Connection connection, String where, @Nullable String parameter) throws SQLException {
    String sql =
        """
        SELECT e.device, e.epoch, e.next_sequence, e.oldest_kept, e.settled_kept, e.redelivered, e.first_seen, e.last_seen,
          SUM(CASE WHEN i.state = 'stored' THEN i.last_sequence - i.first_sequence + 1 ELSE 0 END),
          SUM(CASE WHEN i.state = 'quarantined' THEN i.last_sequence - i.first_sequence + 1 ELSE 0 END),
          SUM(CASE WHEN i.state = 'dropped' THEN i.last_sequence - i.first_sequence + 1 ELSE 0 END),
          SUM(CASE WHEN i.first_sequence < e.settled_kept THEN
            (CASE WHEN i.last_sequence < e.settled_kept THEN i.last_sequence ELSE e.settled_kept - 1 END)
              - i.first_sequence + 1 ELSE 0 END)
        FROM ledger_epoch e LEFT JOIN ledger_interval i ON i.device = e.device AND i.epoch = e.epoch
        %s GROUP BY e.device, e.epoch ORDER BY e.device, e.epoch"""
            .formatted(where);
    try (PreparedStatement statement =
            parameter == null ? prepare(connection, sql) : prepare(connection, sql, parameter);
        ResultSet rows = statement.executeQuery()) {
      List<EpochRow> epochs = new ArrayList<>();
      while (rows.next()) {
        epochs.add(epoch(rows));
      }
      return epochs;
    }
  }

  private static EpochRow epoch(ResultSet row) throws SQLException {
    long produced = row.getLong(3);
    long settled = Math.min(row.getLong(5), produced);
    long stored = row.getLong(9);
    long quarantined = row.getLong(10);
    long dropped = row.getLong(11);
    long missing = settled - row.getLong(12);
    long waiting = produced - stored - quarantined - dropped - missing;
    return new EpochRow(
        new EpochKey(row.getString(1), row.getLong(2)),
        row.getLong(4),
        row.getLong(5),
        row.getLong(7),
        row.getLong(8),
        new Sums(produced, waiting, stored, quarantined, dropped, missing, 0, row.getLong(6)));
  }

  // ---- intervals

  /** The same, of one epoch only. */
  static List<Interval> intervals(Connection connection, EpochKey key, long first, long last)
      throws SQLException {
    try (Statements statements = new Statements(connection)) {
      return intervals(statements, key, first, last);
    }
  }

  /** Intervals that have a number from {@code first} to {@code last}, ascending. */
  static List<Interval> intervals(Statements statements, EpochKey key, long first, long last)
      throws SQLException {
    try (ResultSet rows =
        statements
            .with(
                """
                SELECT first_sequence, last_sequence, state, reason FROM ledger_interval
                WHERE device = ? AND epoch = ? AND last_sequence >= ? ORDER BY last_sequence""",
                key.device(),
                key.epoch(),
                first)
            .executeQuery()) {
      List<Interval> intervals = new ArrayList<>();
      // Disjoint, so ascending by their ends is ascending by their starts: behind the first too
      // far, all are.
      while (rows.next() && rows.getLong(1) <= last) {
        intervals.add(
            new Interval(
                rows.getLong(1),
                rows.getLong(2),
                State.valueOf(rows.getString(3).toUpperCase(Locale.ROOT)),
                rows.getString(4)));
      }
      return intervals;
    }
  }

  static void replace(
      Statements statements, EpochKey key, List<Interval> before, List<Interval> after)
      throws SQLException {
    Set<Interval> old = new HashSet<>(before);
    Set<Interval> kept = new HashSet<>(after);
    for (Interval interval : before) {
      if (!kept.contains(interval)) {
        statements.update(
            "DELETE FROM ledger_interval WHERE device = ? AND epoch = ? AND last_sequence = ?",
            key.device(),
            key.epoch(),
            interval.last());
      }
    }
    for (Interval interval : after) {
      if (!old.contains(interval)) {
        statements.update(
            """
            INSERT INTO ledger_interval (device, epoch, first_sequence, last_sequence, state, reason)
            VALUES (?, ?, ?, ?, ?, ?)""",
            key.device(),
            key.epoch(),
            interval.first(),
            interval.last(),
            interval.state().name().toLowerCase(Locale.ROOT),
            interval.reason());
      }
    }
  }

  // ---- missing

  static void missing(Connection connection, EpochKey key, Range range, long sinceNanos)
      throws SQLException {
    update(
        connection,
        """
        INSERT INTO ledger_missing (device, epoch, first_sequence, last_sequence, since) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING""",
        key.device(),
        key.epoch(),
        range.first(),
        range.last(),
        sinceNanos);
  }

  static List<MissingRange> missing(Connection connection, EpochKey key) throws SQLException {
    try (PreparedStatement statement =
            prepare(
                connection,
                """
                SELECT first_sequence, last_sequence, since FROM ledger_missing WHERE device = ? AND epoch = ?
                ORDER BY first_sequence, since""",
                key.device(),
                key.epoch());
        ResultSet rows = statement.executeQuery()) {
      List<MissingRange> ranges = new ArrayList<>();
      while (rows.next()) {
        ranges.add(new MissingRange(rows.getLong(1), rows.getLong(2), rows.getLong(3)));
      }
      return ranges;
    }
  }

  // ---- settling

  /** An epoch whose declared {@code oldestKept} is about to be settled. */
  record Settling(EpochKey key, long settled, long pending, long produced) {}

  static List<Settling> settling(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            prepare(
                connection,
                """
                SELECT device, epoch, settled_kept, pending_kept, next_sequence FROM ledger_epoch
                WHERE pending_kept > settled_kept""");
        ResultSet rows = statement.executeQuery()) {
      List<Settling> settling = new ArrayList<>();
      while (rows.next()) {
        settling.add(
            new Settling(
                new EpochKey(rows.getString(1), rows.getLong(2)),
                rows.getLong(3),
                rows.getLong(4),
                rows.getLong(5)));
      }
      return settling;
    }
  }

  static void settle(Connection connection) throws SQLException {
    update(
        connection,
        "UPDATE ledger_epoch SET settled_kept = pending_kept WHERE pending_kept > settled_kept");
  }

  static void snapshotOldestKept(Connection connection) throws SQLException {
    update(
        connection,
        "UPDATE ledger_epoch SET pending_kept = oldest_kept WHERE pending_kept < oldest_kept");
  }

  static long increment(Connection connection, String counter) throws SQLException {
    update(connection, "UPDATE counter SET value = value + 1 WHERE name = ?", counter);
    try (PreparedStatement statement =
            prepare(connection, "SELECT value FROM counter WHERE name = ?", counter);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  // ---- groups and series

  static Map<String, Long> lastSeen(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            prepare(connection, "SELECT device, MAX(last_seen) FROM ledger_epoch GROUP BY device");
        ResultSet rows = statement.executeQuery()) {
      Map<String, Long> lastSeen = new HashMap<>();
      while (rows.next()) {
        lastSeen.put(rows.getString(1), rows.getLong(2));
      }
      return lastSeen;
    }
  }

  static long deviceCount(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            prepare(connection, "SELECT COUNT(DISTINCT device) FROM ledger_epoch");
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  /** What a group said last; that it has ended is its last word. */
  static void group(Connection connection, GroupReport report) throws SQLException {
    update(
        connection,
        """
        INSERT INTO gateway_group (name, committed_index, forwarded_index, tick, leader, seen_at, ended_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET committed_index = excluded.committed_index,
          forwarded_index = excluded.forwarded_index, tick = excluded.tick, leader = excluded.leader,
          seen_at = excluded.seen_at, ended_at = excluded.ended_at
        WHERE gateway_group.ended_at = 0""",
        report.group(),
        report.committedIndex(),
        report.forwardedIndex(),
        report.tick(),
        report.leader(),
        report.seenAtNanos(),
        report.endedAtNanos());
  }

  /** Notes that there is a group, if that is news. */
  static void known(Connection connection, String group) throws SQLException {
    update(
        connection,
        """
        INSERT INTO gateway_group (name, committed_index, forwarded_index, tick, seen_at) VALUES (?, 0, 0, 0, 0)
        ON CONFLICT (name) DO NOTHING""",
        group);
  }

  /** All groups there are and were, by name. */
  static List<GroupReport> groups(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            prepare(
                connection,
                """
                SELECT name, committed_index, forwarded_index, tick, leader, seen_at, ended_at FROM gateway_group
                ORDER BY name""");
        ResultSet rows = statement.executeQuery()) {
      List<GroupReport> groups = new ArrayList<>();
      while (rows.next()) {
        groups.add(
            new GroupReport(
                rows.getString(1),
                rows.getLong(2),
                rows.getLong(3),
                rows.getLong(4),
                rows.getString(5),
                rows.getLong(6),
                rows.getLong(7)));
      }
      return groups;
    }
  }

  static void series(Connection connection, LedgerChanges.Series series) throws SQLException {
    update(
        connection,
        "INSERT INTO series (device, sensor, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        series.device(),
        series.sensor(),
        series.kind());
  }

  /** Sensors by device, of the devices from {@code first} to {@code last}. */
  static Map<String, List<String>> sensors(Connection connection, String first, String last)
      throws SQLException {
    try (PreparedStatement statement =
            prepare(
                connection,
                """
                SELECT DISTINCT device, sensor FROM series WHERE device >= ? AND device <= ?
                ORDER BY device, sensor""",
                first,
                last);
        ResultSet rows = statement.executeQuery()) {
      Map<String, List<String>> sensors = new TreeMap<>();
      while (rows.next()) {
        sensors
            .computeIfAbsent(rows.getString(1), device -> new ArrayList<>())
            .add(rows.getString(2));
      }
      return sensors;
    }
  }
}
