package io.tidemark.ingest.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
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

  @Test
  void aFileOfBeforeFlywayIsTakenOverWhole() throws Exception {
    Path file = folder.resolve("tidemark.db");
    FormerDatabase.make(
        file,
        15,
        "INSERT INTO series (device, sensor, kind) VALUES ('d', 's', 'k')",
        "INSERT INTO intent (device, epoch, first_sequence, last_sequence, from_time, to_time) VALUES ('d', 1, 2, 3, 4, 5)",
        "UPDATE counter SET value = 77 WHERE name = 'tick'",
        "INSERT INTO audit (id, at, who, address, what, subject) VALUES (1, 1, 'w', 'a', 'w', 's')");
    for (int start = 0; start < 2; start++) {
      try (Sql sql = new Sql(url())) {
        assertThat(sql.<Integer>read(connection -> count(connection, "series"))).isEqualTo(1);
        assertThat(sql.<Integer>read(connection -> count(connection, "intent WHERE owner = ''")))
            .isEqualTo(1);
        assertThat(
                sql.<Integer>read(
                    connection -> count(connection, "counter WHERE name = 'tick' AND value = 77")))
            .isEqualTo(1);
        assertThatThrownBy(() -> sql.write(connection -> count(connection, "nothing")))
            .isInstanceOf(SqlUnavailableException.class);
        assertThatThrownBy(
                () ->
                    sql.write(
                        connection ->
                            connection.createStatement().executeUpdate("DELETE FROM audit")))
            .hasMessageContaining("the audit is only added to");
        assertThatThrownBy(
                () ->
                    sql.write(
                        connection ->
                            connection
                                .createStatement()
                                .executeUpdate("INSERT OR REPLACE INTO audit SELECT * FROM audit")))
            .hasMessageContaining("the audit is only added to");
        assertThat(
                sql.<Integer>read(
                    connection -> count(connection, "schema_version WHERE version = 16")))
            .as("a program of before refuses it")
            .isEqualTo(1);
      }
    }
  }

  @Test
  void migrationsMakeWhatTheyMadeBeforeFlyway() throws Exception {
    Path file = folder.resolve("former.db");
    FormerDatabase.make(file, 15);
    try (InputStream made = SqlTest.class.getResourceAsStream("former-schema.txt")) {
      assertThat(FormerDatabase.schema(file))
          .as("a migration that files have had must stay as it is")
          .isEqualTo(new String(made.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    }
  }

  @Test
  void aFileOfBeforeFlywayGetsTheSchemaOfANewOne() throws Exception {
    List<String> fresh = upToDate(folder.resolve("tidemark.db"));
    for (int version : new int[] {1, 2, 10, 11, 12, 13, 14, 15}) {
      Path former = folder.resolve(version + ".db");
      FormerDatabase.make(former, version);
      assertThat(upToDate(former)).as("of version %d", version).isEqualTo(fresh);
    }
  }

  private static List<String> upToDate(Path file) throws Exception {
    try (Sql sql = new Sql("jdbc:sqlite:" + file)) {
      sql.check();
    }
    return FormerDatabase.schema(file);
  }

  private static int count(Connection connection, String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        var row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
      row.next();
      return row.getInt(1);
    }
  }
}
