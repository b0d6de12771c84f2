package io.tidemark.ingest.gateways;

import io.tidemark.ingest.sql.Statements;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.ReportCodec;
import io.tidemark.wire.WireFormatException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The SQL of gateways' reports and of what changed. */
final class GatewaySql {
  private static final String CHANGE_COLUMNS =
      "SELECT id, at, cluster, gateway, group_name, change, term, detail FROM gateway_change";

  private static final Logger LOG = Logger.getLogger(GatewaySql.class);

  private GatewaySql() {}

  /** A gateway's row; {@code state} as the last change said. */
  record Row(String gateway, long heardAtNanos, String state, GatewayReport report) {
    String cluster() {
      return report.cluster();
    }
  }

  /** All, or those of one cluster, in the order of their names. */
  static List<Row> rows(Connection connection, @Nullable String cluster) throws SQLException {
    String where = cluster == null ? "" : " WHERE cluster = ?";
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT gateway, heard_at, state, report FROM gateway_report"
                + where
                + " ORDER BY cluster, gateway")) {
      if (cluster != null) {
        statement.setString(1, cluster);
      }
      List<Row> rows = new ArrayList<>();
      try (ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          GatewayReport report = report(found, 4);
          if (report != null) {
            rows.add(new Row(found.getString(1), found.getLong(2), found.getString(3), report));
          }
        }
      }
      return rows;
    }
  }

  /** Null for one of a later version: its gateway's next report takes its place. */
  private static @Nullable GatewayReport report(ResultSet row, int column) throws SQLException {
    try {
      return ReportCodec.decode(row.getBytes(column));
    } catch (WireFormatException e) {
      LOG.debug("a gateway's report that was kept does not decode", e);
      return null;
    }
  }

  static void put(Statements statements, Row row, byte[] report) throws SQLException {
    statements.update(
        """
        INSERT INTO gateway_report (cluster, gateway, heard_at, state, report) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (cluster, gateway) DO UPDATE SET heard_at = excluded.heard_at,
          state = excluded.state, report = excluded.report""",
        row.cluster(),
        row.gateway(),
        row.heardAtNanos(),
        row.state(),
        report);
  }

  /** Whether it was another before. Two ingests may notice at a time; one of them says so. */
  static boolean setState(Statements statements, Row row, String state) throws SQLException {
    return statements.update(
            """
            UPDATE gateway_report SET state = ?
            WHERE cluster = ? AND gateway = ? AND heard_at = ? AND state <> ?""",
            state,
            row.cluster(),
            row.gateway(),
            row.heardAtNanos(),
            state)
        > 0;
  }

  static void delete(Statements statements, Row row) throws SQLException {
    statements.update(
        "DELETE FROM gateway_report WHERE cluster = ? AND gateway = ?",
        row.cluster(),
        row.gateway());
  }

  /** Forgets who led the groups of clusters of which no gateway is known any more. */
  static void deleteLeadersOfNobody(Statements statements) throws SQLException {
    statements.update(
        "DELETE FROM gateway_leader WHERE cluster NOT IN (SELECT cluster FROM gateway_report)");
  }

  static Map<String, Leader> leaders(Connection connection, String cluster) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT group_name, leader, term FROM gateway_leader WHERE cluster = ?")) {
      statement.setString(1, cluster);
      Map<String, Leader> leaders = new TreeMap<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          leaders.put(rows.getString(1), new Leader(rows.getString(2), rows.getLong(3)));
        }
      }
      return leaders;
    }
  }

  static void putLeader(Statements statements, String cluster, String group, Leader leader)
      throws SQLException {
    statements.update(
        """
        INSERT INTO gateway_leader (cluster, group_name, leader, term) VALUES (?, ?, ?, ?)
        ON CONFLICT (cluster, group_name) DO UPDATE SET leader = excluded.leader, term = excluded.term""",
        cluster,
        group,
        leader.gateway(),
        leader.term());
  }

  static void deleteLeader(Statements statements, String cluster, String group)
      throws SQLException {
    statements.update(
        "DELETE FROM gateway_leader WHERE cluster = ? AND group_name = ?", cluster, group);
  }

  /** Adds a change; its id is given here. Lets go of what is beyond the bounds. */
  static void add(Statements statements, GatewayChange change, int maxChanges, long oldestNanos)
      throws SQLException {
    statements.update("UPDATE counter SET value = value + 1 WHERE name = 'gateway_changes'");
    long id;
    try (ResultSet row =
        statements
            .with("SELECT value FROM counter WHERE name = 'gateway_changes'")
            .executeQuery()) {
      row.next();
      id = row.getLong(1);
    }
    statements.update(
        """
        INSERT INTO gateway_change (id, at, cluster, gateway, group_name, change, term, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        id,
        change.atNanos(),
        change.cluster(),
        change.gateway(),
        change.group(),
        change.change(),
        change.term(),
        change.detail());
    statements.update("DELETE FROM gateway_change WHERE id <= ?", id - maxChanges);
    statements.update("DELETE FROM gateway_change WHERE at < ?", oldestNanos);
  }

  /**
   * From {@code from} on, before {@code to} and with lower ids than {@code before}; newest first.
   */
  static List<GatewayChange> changes(
      Connection connection, long from, long to, long before, int limit) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            CHANGE_COLUMNS + " WHERE at >= ? AND at < ? AND id < ? ORDER BY id DESC LIMIT ?")) {
      statement.setLong(1, from);
      statement.setLong(2, to);
      statement.setLong(3, before);
      statement.setInt(4, limit);
      return changes(statement);
    }
  }

  /** The last one before a time of each gateway and each group: what held then. */
  static List<GatewayChange> standing(Connection connection, long from, long oldest)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            CHANGE_COLUMNS
                + """
                 WHERE id IN (SELECT MAX(id) FROM gateway_change WHERE at < ? AND at >= ?
                  GROUP BY cluster, group_name, CASE WHEN group_name = '' THEN gateway ELSE '' END)
                ORDER BY id DESC""")) {
      statement.setLong(1, from);
      statement.setLong(2, oldest);
      return changes(statement);
    }
  }

  private static List<GatewayChange> changes(PreparedStatement statement) throws SQLException {
    List<GatewayChange> changes = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        changes.add(
            new GatewayChange(
                rows.getLong(1),
                rows.getLong(2),
                rows.getString(3),
                rows.getString(4),
                rows.getString(5),
                rows.getString(6),
                rows.getLong(7),
                rows.getString(8)));
      }
    }
    return changes;
  }
}
