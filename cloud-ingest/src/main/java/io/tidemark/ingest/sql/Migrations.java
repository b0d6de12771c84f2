package io.tidemark.ingest.sql;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.Map;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * Brings a database's schema up to date, by Flyway. Several ingests may try at a time: one does it
 * while the others wait. What an SQLite file has that was made before there was Flyway stays.
 */
final class Migrations {
  private static final String HISTORY = "schema_history";

  /** Which migrations an SQLite file has had, in the time before there was Flyway. */
  private static final String FORMER_HISTORY = "schema_version";

  /** The last migration of that time. */
  private static final int FORMER_LAST = 15;

  private final Database database;

  Migrations(Database database) {
    this.database = database;
  }

  /** Returns when the schema is that of this program. */
  void run() throws SQLException {
    try (Connection unused = database.schemaTurn()) {
      FluentConfiguration configuration =
          Flyway.configure(Migrations.class.getClassLoader())
              .dataSource(new Connections(database))
              .locations("classpath:db/common", "classpath:db/" + database.migrations())
              .placeholders(Map.of("bytes", database.bytes()))
              .table(HISTORY)
              .group(true); // all that are pending, or none of them
      int former = former();
      if (former > FORMER_LAST + 1) {
        throw tooNew(String.valueOf(former), String.valueOf(FORMER_LAST));
      }
      // Else there may be tables of others, which do not matter.
      configuration.baselineVersion(former >= 11 ? former + ".1" : String.valueOf(former));
      configuration.baselineOnMigrate(true);
      Flyway flyway = configuration.load();
      for (MigrationInfo applied : flyway.info().applied()) {
        if (applied.getState().isResolved()) {
          continue;
        }
        throw tooNew(String.valueOf(applied.getVersion()), newest(flyway));
      }
      flyway.migrate();
      if (former > 0) {
        closeFormer();
      }
    } catch (FlywayException e) {
      throw cause(e);
    }
  }

  private static String newest(Flyway flyway) {
    MigrationInfo[] all = flyway.info().all();
    String newest = "0";
    for (MigrationInfo migration : all) {
      if (migration.getState().isResolved() && migration.getVersion() != null) {
        newest = migration.getVersion().toString();
      }
    }
    return newest;
  }

  private static SQLException tooNew(String version, String known) {
    return new SqlRefusedException(
        "its schema has version %s, and this program knows up to %s; run a newer one"
            .formatted(version, known));
  }

  /** The version a file has from the time before Flyway; 0 if it has none. */
  private int former() throws SQLException {
    if (!(database instanceof Sqlite)) {
      return 0;
    }
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      try (ResultSet table =
          statement.executeQuery(
              "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '%s'"
                  .formatted(FORMER_HISTORY))) {
        if (!table.next()) {
          return 0;
        }
      }
      try (ResultSet row =
          statement.executeQuery(
              "SELECT COALESCE(MAX(version), 0) FROM %s".formatted(FORMER_HISTORY))) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  /** Has programs of that time refuse the file. */
  private void closeFormer() throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          "INSERT OR IGNORE INTO %s (version) VALUES (%d)"
              .formatted(FORMER_HISTORY, FORMER_LAST + 1));
    }
  }

  /** What the driver said, if it was that. */
  private static SQLException cause(FlywayException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException failure) {
        return failure;
      }
    }
    return new SQLException(e.getMessage(), e);
  }

  /** The database as Flyway wants to have it. */
  private record Connections(Database database) implements DataSource {
    @Override
    public Connection getConnection() throws SQLException {
      return database.connect();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() {
      return new PrintWriter(PrintWriter.nullWriter());
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
      return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
      throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
      throw new SQLException("wraps nothing");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
      return false;
    }
  }
}
