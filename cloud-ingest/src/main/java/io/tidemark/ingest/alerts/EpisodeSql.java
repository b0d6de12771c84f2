package io.tidemark.ingest.alerts;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The SQL of episodes. */
final class EpisodeSql {
  private static final String COLUMNS =
      "SELECT id, rule, rule_name, device, sensor, metric, started_at, ended_at, value, found_at, late, withdrawn, note"
          + " FROM alert_episode ";

  private EpisodeSql() {}

  static void insert(Statements statements, Episode episode) throws SQLException {
    PreparedStatement insert =
        statements.with(
            """
            INSERT INTO alert_episode (id, rule, rule_name, device, sensor, metric, started_at, ended_at, value, found_at,
              late, withdrawn, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            episode.id(),
            episode.rule(),
            episode.ruleName(),
            episode.device(),
            episode.sensor(),
            episode.metric(),
            episode.startedAt());
    Sql.setLong(insert, 8, episode.endedAt());
    setDouble(insert, 9, episode.value());
    insert.setLong(10, episode.foundAt());
    insert.setInt(11, episode.late() ? 1 : 0);
    insert.setInt(12, episode.withdrawn() ? 1 : 0);
    insert.setString(13, episode.note());
    insert.executeUpdate();
  }

  /** Writes what can change of an episode. */
  static void update(Statements statements, Episode episode) throws SQLException {
    PreparedStatement update =
        statements.with(
            "UPDATE alert_episode SET started_at = ?, ended_at = ?, value = ?, late = ?, withdrawn = ?, note = ?"
                + " WHERE id = ?",
            episode.startedAt());
    Sql.setLong(update, 2, episode.endedAt());
    setDouble(update, 3, episode.value());
    update.setInt(4, episode.late() ? 1 : 0);
    update.setInt(5, episode.withdrawn() ? 1 : 0);
    update.setString(6, episode.note());
    update.setString(7, episode.id());
    update.executeUpdate();
  }

  /** Those of a series that were not over before {@code from}, ascending. */
  static List<Episode> of(Statements statements, long rule, Series series, long from)
      throws SQLException {
    return read(
        statements.with(
            COLUMNS
                + """
                WHERE rule = ? AND device = ? AND sensor = ? AND withdrawn = 0 AND (ended_at IS NULL OR ended_at >= ?)
                ORDER BY started_at, id""",
            rule,
            series.device(),
            series.sensor(),
            from));
  }

  /** Those of a rule that were not over before {@code from}, ascending. */
  static List<Episode> of(Connection connection, long rule, long from) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      return read(
          statements.with(
              COLUMNS
                  + """
                  WHERE rule = ? AND withdrawn = 0 AND (ended_at IS NULL OR ended_at >= ?)
                  ORDER BY started_at, id""",
              rule,
              from));
    }
  }

  /** Those of a rule that are not over, ascending. */
  static List<Episode> open(Connection connection, long rule) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      return read(
          statements.with(
              COLUMNS
                  + "WHERE rule = ? AND ended_at IS NULL AND withdrawn = 0 ORDER BY started_at, id",
              rule));
    }
  }

  /** The history, newest first. */
  static List<Episode> history(Connection connection, HistoryQuery query) throws SQLException {
    StringBuilder where =
        new StringBuilder("WHERE started_at < ? AND (ended_at IS NULL OR ended_at >= ?)");
    List<Object> values = new ArrayList<>(List.of(query.toNanos(), query.fromNanos()));
    Long rule = query.rule();
    if (rule != null) {
      where.append(" AND rule = ?");
      values.add(rule);
    }
    String device = query.device();
    if (device != null) {
      where.append(" AND device = ?");
      values.add(device);
    }
    HistoryQuery.Place before = query.before();
    if (before != null) {
      where.append(" AND (started_at < ? OR (started_at = ? AND id < ?))");
      values.addAll(List.of(before.startedAt(), before.startedAt(), before.id()));
    }
    where.append(" ORDER BY started_at DESC, id DESC LIMIT ").append(query.limit());
    try (Statements statements = new Statements(connection)) {
      return read(statements.with(COLUMNS + where, values.toArray()));
    }
  }

  private static List<Episode> read(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      List<Episode> episodes = new ArrayList<>();
      while (row.next()) {
        episodes.add(
            new Episode(
                row.getString(1),
                row.getLong(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getLong(7),
                Sql.nullableLong(row, 8),
                value(row, 9),
                row.getLong(10),
                row.getInt(11) != 0,
                row.getInt(12) != 0,
                row.getString(13)));
      }
      return episodes;
    }
  }

  /** A number or NULL of a row. */
  static @Nullable Double value(ResultSet row, int index) throws SQLException {
    double value = row.getDouble(index);
    return row.wasNull() ? null : value;
  }

  static void setDouble(PreparedStatement statement, int index, @Nullable Double value)
      throws SQLException {
    if (value == null) {
      statement.setNull(index, java.sql.Types.DOUBLE);
    } else {
      statement.setDouble(index, value);
    }
  }
}
