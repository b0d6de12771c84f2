package io.tidemark.ingest.alerts;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/**
 * Of all ingests on one database, the one that judges and delivers: a row with its name and until
 * when. It renews it with every round, and within a long one; when it is gone, another takes over
 * as soon as the time is up. The clocks of two ingests may differ by less than the lease lasts.
 * Used by one thread.
 */
final class Lease {
  private final Sql sql;
  private final long forNanos;
  private final String name = UUID.randomUUID().toString();
  private volatile boolean held;
  private long takenNanos;

  Lease(Sql sql, long forNanos) {
    this.sql = sql;
    this.forNanos = forNanos;
  }

  /** Takes or renews it; false if another has it. */
  boolean take(long nowNanos) throws SqlUnavailableException {
    held =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                return statements.update(
                        "UPDATE alert_lease SET holder = ?, until_time = ? WHERE holder = ? OR until_time <= ?",
                        name,
                        nowNanos + forNanos,
                        name,
                        nowNanos)
                    == 1;
              }
            });
    takenNanos = nowNanos;
    return held;
  }

  /**
   * Renews it while a round is under way, if a third of its time is over. If another has taken it
   * meanwhile it stays that one's.
   */
  void renew(long nowNanos) throws SqlUnavailableException {
    if (!held || nowNanos - takenNanos < forNanos / 3) {
      return;
    }
    held =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                return statements.update(
                        "UPDATE alert_lease SET until_time = ? WHERE holder = ?",
                        nowNanos + forNanos,
                        name)
                    == 1;
              }
            });
    takenNanos = nowNanos;
  }

  /** Whether it had it when it last asked. */
  boolean isHeld() {
    return held;
  }

  /** Whether this transaction may still write: no other has taken over meanwhile. */
  boolean isOurs(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row = statements.with("SELECT holder FROM alert_lease").executeQuery()) {
      return row.next() && name.equals(row.getString(1));
    }
  }

  /** Lets another take over at once. */
  void giveUp() throws SqlUnavailableException {
    held = false;
    sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            return statements.update(
                "UPDATE alert_lease SET until_time = 0 WHERE holder = ?", name);
          }
        });
  }
}
