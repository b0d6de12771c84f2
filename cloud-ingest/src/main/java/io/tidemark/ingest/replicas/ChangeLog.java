package io.tidemark.ingest.replicas;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.WireFormatException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changes in SQL, the newest of them: which devices each was about, and, while anybody listens
 * to the live stream of any ingest, its readings. Ids and the numbers of readings are given in the
 * order of commits, without holes. Thread-safe.
 */
final class ChangeLog {
  /** Changes kept: at 25 a second, those of three minutes. */
  static final int CHANGES_MAX = 5_000;

  /** What is too old is deleted once in so many changes. */
  private static final int TIDY_EVERY_CHANGES = 16;

  private static final String SELECT =
      "SELECT id, owner, first_event, events, devices, %s FROM ingest_change WHERE id %s";

  private final Sql sql;
  private final int readingsMax;

  /**
   * Those in {@code sql}.
   *
   * @param readingsMax readings kept, at least; of one change at most
   */
  ChangeLog(Sql sql, int readingsMax) {
    this.sql = sql;
    this.readingsMax = readingsMax;
  }

  /** Adds one, in the transaction that makes the change. */
  void add(
      Connection connection,
      String owner,
      List<Row> rows,
      Collection<String> devices,
      long nowMillis)
      throws SQLException {
    if (rows.isEmpty() && devices.isEmpty()) {
      return;
    }
    try (Statements statements = new Statements(connection)) {
      long id = raised(statements, "changes", 1);
      long end = raised(statements, "live_readings", rows.size());
      List<Row> newest = rows.subList(Math.max(0, rows.size() - readingsMax), rows.size());
      int unused =
          statements.update(
              """
              INSERT INTO ingest_change (id, owner, first_event, events, devices, readings)
              VALUES (?, ?, ?, ?, ?, ?)""",
              id,
              owner,
              end - rows.size(),
              (long) rows.size(),
              ChangeCodec.devices(rows, devices),
              isListenedTo(statements, nowMillis) ? ChangeCodec.readings(newest) : null);
      if (id % TIDY_EVERY_CHANGES == 0) {
        statements.update("DELETE FROM ingest_change WHERE id <= ?", id - CHANGES_MAX);
        statements.update(
            """
            UPDATE ingest_change SET readings = NULL
            WHERE readings IS NOT NULL AND first_event + events <= ?""",
            end - readingsMax);
      }
    }
  }

  private static long raised(Statements statements, String counter, long by) throws SQLException {
    statements.update("UPDATE counter SET value = value + ? WHERE name = ?", by, counter);
    try (ResultSet row =
        statements.with("SELECT value FROM counter WHERE name = ?", counter).executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private static boolean isListenedTo(Statements statements, long nowMillis) throws SQLException {
    try (ResultSet row =
        statements
            .with("SELECT 1 FROM ingest_listener WHERE until_millis > ?", nowMillis)
            .executeQuery()) {
      return row.next();
    }
  }

  /** The id of the last change; 0 before the first. */
  long last() throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet row =
                  statements
                      .with("SELECT value FROM counter WHERE name = 'changes'")
                      .executeQuery()) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  /** Up to {@code limit} changes behind one, in their order. */
  List<Change> after(long id, int limit, boolean withReadings) throws SqlUnavailableException {
    return list(withReadings, "> ? ORDER BY id LIMIT " + limit, id);
  }

  /**
   * The newest changes up to one, in their order, as many as there are without one between them
   * whose readings nobody kept; with that one before them if there is no other.
   */
  List<Change> tail(long upTo) throws SqlUnavailableException {
    List<Change> tail = new ArrayList<>();
    long readings = 0;
    for (Change change : list(true, "<= ? ORDER BY id DESC LIMIT " + CHANGES_MAX, upTo)) {
      List<Row> kept = change.readings();
      boolean isWhole = change.events() == 0 || (kept != null && kept.size() == change.events());
      if (tail.isEmpty() || (isWhole && readings < readingsMax)) {
        tail.add(change);
      }
      if (!isWhole) {
        break;
      }
      readings += change.events();
    }
    Collections.reverse(tail);
    return tail;
  }

  private List<Change> list(boolean withReadings, String which, long id)
      throws SqlUnavailableException {
    String select = SELECT.formatted(withReadings ? "readings" : "NULL", which);
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet row = statements.with(select, id).executeQuery()) {
            List<Change> changes = new ArrayList<>();
            while (row.next()) {
              byte[] readings = withReadings ? row.getBytes(6) : null;
              changes.add(
                  new Change(
                      row.getLong(1),
                      row.getString(2),
                      row.getLong(3),
                      row.getLong(4),
                      ChangeCodec.devices(row.getString(5)),
                      readings == null ? null : rows(readings)));
            }
            return changes;
          }
        });
  }

  /** Null for those of a later version: as if nobody had kept them. */
  private static @Nullable List<Row> rows(byte[] readings) {
    try {
      return ChangeCodec.rows(readings);
    } catch (WireFormatException e) {
      return null;
    }
  }

  /** Until then somebody listens at this ingest: all of them keep readings. */
  void listen(String owner, long nowMillis, long untilMillis) throws SqlUnavailableException {
    int unused =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                return statements.update(
                        "DELETE FROM ingest_listener WHERE until_millis <= ?", nowMillis)
                    + statements.update(
                        """
                        INSERT INTO ingest_listener (owner, until_millis) VALUES (?, ?)
                        ON CONFLICT (owner) DO UPDATE SET until_millis = excluded.until_millis""",
                        owner,
                        untilMillis);
              }
            });
  }
}
