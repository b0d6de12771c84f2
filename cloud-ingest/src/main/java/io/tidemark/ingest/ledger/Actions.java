package io.tidemark.ingest.ledger;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The record of what was done with what had been set aside; the newest {@link #KEPT_MAX} of it. */
public final class Actions {
  /** Actions kept. The sums do not depend on them. */
  public static final int KEPT_MAX = 100_000;

  /** Most actions of a page. */
  public static final int PAGE_MAX = 1_000;

  private final Sql sql;

  /** A record in {@code sql}. */
  public Actions(Sql sql) {
    this.sql = sql;
  }

  /** Adds within the transaction that does what it tells of. */
  public void add(Connection connection, Action action) throws SQLException {
    long id = LedgerSql.increment(connection, "actions");
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO ledger_action (id, at, action, item, device, epoch, sequence, reason, outcome, note)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""")) {
      statement.setLong(1, id);
      statement.setLong(2, action.atNanos());
      statement.setString(3, action.action());
      statement.setLong(4, action.item());
      statement.setString(5, action.device());
      Sql.setLong(statement, 6, action.epoch());
      Sql.setLong(statement, 7, action.sequence());
      statement.setString(8, action.reason());
      statement.setString(9, action.outcome());
      statement.setString(10, action.note());
      statement.executeUpdate();
    }
    try (PreparedStatement statement =
        connection.prepareStatement("DELETE FROM ledger_action WHERE id <= ?")) {
      statement.setLong(1, id - KEPT_MAX);
      statement.executeUpdate();
    }
  }

  /**
   * Actions, newest first.
   *
   * @param device only about this device, or null for all
   * @param item only about this item of the quarantine, or null for all
   * @param before only with a lower id
   * @param limit 1 to {@link #PAGE_MAX}
   */
  public List<Action> list(@Nullable String device, @Nullable Long item, long before, int limit)
      throws SqlUnavailableException {
    String query =
        """
        SELECT id, at, action, item, device, epoch, sequence, reason, outcome, note FROM ledger_action
        WHERE id < ?%s%s ORDER BY id DESC LIMIT %d"""
            .formatted(
                device == null ? "" : " AND device = ?",
                item == null ? "" : " AND item = ?",
                Math.min(limit, PAGE_MAX));
    return sql.read(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(query)) {
            int index = 1;
            statement.setLong(index++, before);
            if (device != null) {
              statement.setString(index++, device);
            }
            if (item != null) {
              statement.setLong(index, item);
            }
            List<Action> actions = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                actions.add(action(rows));
              }
            }
            return actions;
          }
        });
  }

  private static Action action(ResultSet row) throws SQLException {
    return new Action(
        row.getLong(1),
        row.getLong(2),
        row.getString(3),
        row.getLong(4),
        row.getString(5),
        Sql.nullableLong(row, 6),
        Sql.nullableLong(row, 7),
        row.getString(8),
        row.getString(9),
        row.getString(10));
  }
}
