package io.tidemark.ingest.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The schema is brought up to date, or the database is left as it was, and to others. */
final class SqlTest {
  @TempDir Path folder;

  private String url() {
    return "jdbc:sqlite:" + folder.resolve("tidemark.db");
  }

  @Test
  void aSchemaThatCannotBeBroughtUpToDateIsLeftAloneAndUnlocked() throws Exception {
    try (Connection other = DriverManager.getConnection(url());
        Statement statement = other.createStatement()) {
      // A later migration makes this table; those before it have written by then.
      statement.execute("CREATE TABLE ledger_action (id BIGINT)");
      Sql sql = new Sql(url());
      assertThatThrownBy(() -> sql.read(connection -> 0))
          .isInstanceOf(SqlUnavailableException.class)
          .hasMessageContaining("ledger_action");
      statement.execute("PRAGMA busy_timeout = 0");
      statement.execute("DROP TABLE ledger_action");
      assertThat(sql.<Integer>read(connection -> count(connection, "quarantine_item"))).isZero();
      sql.close();
    }
  }

  @Test
  void aSchemaOfANewerProgramIsRefused() throws Exception {
    try (Connection other = DriverManager.getConnection(url());
        Statement statement = other.createStatement()) {
      statement.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)");
      statement.execute("INSERT INTO schema_version (version) VALUES (999)");
    }
    Sql sql = new Sql(url());
    assertThatThrownBy(() -> sql.read(connection -> 0))
        .isInstanceOf(SqlUnavailableException.class)
        .hasMessageContaining("999")
        .hasMessageContaining("run a newer one");
    sql.close();
  }

  private static int count(Connection connection, String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        var row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
      row.next();
      return row.getInt(1);
    }
  }
}
