package io.tidemark.ingest.accesslist;

import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;

/**
 * The version of the access list, in SQL. Whoever changes something that the list shows raises it
 * in the same transaction.
 */
public final class AccessVersion {
  private static final String RAISE =
      """
      UPDATE counter SET value = CASE WHEN value + 1 > ? THEN value + 1 ELSE ? END
      WHERE name = 'access_list'""";

  private AccessVersion() {}

  /** The list is another one: gateways are told within a second of the commit. */
  public static void raise(Connection connection, Clock clock) throws SQLException {
    long now = clock.millis();
    try (Statements statements = new Statements(connection)) {
      statements.update(RAISE, now, now);
    }
  }

  static long now(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with("SELECT value FROM counter WHERE name = 'access_list'")
                .executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Raises it above another, if it is below that. */
  static void raiseAbove(Connection connection, long other, Clock clock) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      statements.update(
          "UPDATE counter SET value = ? WHERE name = 'access_list' AND value < ?",
          Math.max(other + 1, clock.millis()),
          other);
    }
  }
}
