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
 * when. It takes it with every round, and renews it while one is under way, however long that waits
 * for the store; when it is gone, another takes over as soon as the time is up. The clocks of two
 * ingests may differ by less than the lease lasts. Thread-safe.
 */
final class Lease {
  private final Sql sql;
  private final long forNanos;
  private final String name = UUID.randomUUID().toString();
  private volatile boolean held;
  private long takenNanos;

  /** Whose it is. */
  enum Hold {
    /** Ours, and no other has had it since we last asked. */
    KEPT,
    /** Ours from now on: another may have judged meanwhile. */
    TAKEN,
    /** Another's. */
    ANOTHERS
  }

  Lease(Sql sql, long forNanos) {
    this.sql = sql;
    this.forNanos = forNanos;
  }

  /** Takes or renews it, unless another has it. */
  synchronized Hold take(long nowNanos) throws SqlUnavailableException {
    long until = nowNanos + forNanos;
    Hold hold =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                if (extend(statements, until)) {
                  return Hold.KEPT;
                }
                boolean isTaken =
                    statements.update(
                            "UPDATE alert_lease SET holder = ?, until_time = ? WHERE until_time <= ?",
                            name,
                            until,
                            nowNanos)
                        == 1;
                return isTaken ? Hold.TAKEN : Hold.ANOTHERS;
              }
            });
    held = hold != Hold.ANOTHERS;
    takenNanos = nowNanos;
    return hold;
  }

  private boolean extend(Statements statements, long until) throws SQLException {
    return statements.update("UPDATE alert_lease SET until_time = ? WHERE holder = ?", until, name)
        == 1;
  }

  /**
   * Renews it between two times it is taken, if a third of its time is over. If another has taken
   * it meanwhile it stays that one's.
   */
  synchronized void renew(long nowNanos) throws SqlUnavailableException {
    if (!held || nowNanos - takenNanos < forNanos / 3) {
      return;
    }
    held =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                return extend(statements, nowNanos + forNanos);
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
  synchronized void giveUp() throws SqlUnavailableException {
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
