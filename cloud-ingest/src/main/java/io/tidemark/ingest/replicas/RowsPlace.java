package io.tidemark.ingest.replicas;

import io.tidemark.ingest.sql.SqlRefusedException;
import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Where the rows of a ledger are, as its database says since the first start. Two ingests that keep
 * the rows in folders of their own must not share one: each would have half of them.
 */
public final class RowsPlace {
  /** Rows that every ingest reaches. */
  public static final String INFLUX = "influx";

  private static final String EMBEDDED = "embedded ";

  private RowsPlace() {}

  /** Rows in the data folder of the ingest of this name, which is in that folder, too. */
  public static String embedded(String ingest) {
    return EMBEDDED + ingest;
  }

  /**
   * Within a transaction: returns if the rows are, or will be from now on, in this place.
   *
   * @throws SqlRefusedException if they are in another, with what to do
   */
  public static void require(Connection connection, String place) throws SQLException {
    String kept;
    try (Statements statements = new Statements(connection)) {
      statements.update(
          "INSERT INTO ingest_rows (one, place) VALUES (1, ?) ON CONFLICT DO NOTHING", place);
      try (ResultSet row = statements.with("SELECT place FROM ingest_rows").executeQuery()) {
        row.next();
        kept = row.getString(1);
      }
    }
    if (kept.equals(place)) {
      return;
    }
    throw new SqlRefusedException(
        kept.equals(INFLUX)
            ? "the ledger in this database is of rows in InfluxDB, and tidemark.store is embedded: set tidemark.store to influx, or tidemark.sql.url to another database"
            : "the ledger in this database is of rows in the data folder of another ingest: several ingests on one database need tidemark.store=influx; one alone needs the data folder it had, or another database in tidemark.sql.url");
  }
}
