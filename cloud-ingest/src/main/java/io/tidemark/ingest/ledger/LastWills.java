package io.tidemark.ingest.ledger;

import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** The SQL of last wills. */
final class LastWills {
  private LastWills() {}

  /**
   * Keeps a will, unless there is a newer one or it is here already. One of a device that is not
   * known is not kept: it would say nothing of anybody, and anybody could leave any number of them.
   */
  static void keep(Statements statements, LastWill will) throws SQLException {
    statements.update(
        """
        INSERT INTO last_will (device, received_at, said_at, topic, payload)
        SELECT ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM ledger_epoch WHERE device = ?)
        ON CONFLICT (device) DO UPDATE SET received_at = excluded.received_at, said_at = excluded.said_at,
          topic = excluded.topic, payload = excluded.payload
        WHERE excluded.received_at > last_will.received_at""",
        will.device(),
        will.receivedAtNanos(),
        will.saidAtNanos(),
        will.topic(),
        will.payload(),
        will.device());
  }

  /** By device, of the devices from {@code first} to {@code last}. */
  static Map<String, LastWill> between(Connection connection, String first, String last)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT device, received_at, said_at, topic, payload FROM last_will
            WHERE device >= ? AND device <= ?""")) {
      statement.setString(1, first);
      statement.setString(2, last);
      try (ResultSet rows = statement.executeQuery()) {
        Map<String, LastWill> wills = new HashMap<>();
        while (rows.next()) {
          wills.put(
              rows.getString(1),
              new LastWill(
                  rows.getString(1),
                  rows.getLong(2),
                  rows.getLong(3),
                  rows.getString(4),
                  rows.getBytes(5)));
        }
        return wills;
      }
    }
  }
}
