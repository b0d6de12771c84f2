package io.tidemark.ingest.ledger;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/** The name a ledger has among all ledgers: given when it is asked for the first time. */
public final class LedgerIdentity {
  private LedgerIdentity() {}

  /**
   * The name of the ledger in this database.
   *
   * @throws SqlUnavailableException if the database cannot be asked
   */
  public static String of(Sql sql) throws SqlUnavailableException {
    return sql.write(LedgerIdentity::get);
  }

  private static String get(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement("SELECT name FROM ledger_identity");
        ResultSet row = select.executeQuery()) {
      if (row.next()) {
        return row.getString(1);
      }
    }
    String name = UUID.randomUUID().toString();
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO ledger_identity (one, name) VALUES (1, ?)")) {
      insert.setString(1, name);
      insert.executeUpdate();
    }
    return name;
  }
}
