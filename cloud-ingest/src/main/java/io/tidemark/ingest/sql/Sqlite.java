package io.tidemark.ingest.sql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.sqlite.JDBC;

/** A file of SQLite; one ingest at a time has it. */
final class Sqlite implements Database {
  private final String url;

  Sqlite(String url) {
    this.url = url;
  }

  @Override
  public boolean isShared() {
    return false;
  }

  @Override
  public void prepare() throws IOException {
    Path folder = file().toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
  }

  @Override
  public Connection connect() throws SQLException {
    // Not by DriverManager, which knows only drivers of the class loader it was first used from.
    Connection connection = new JDBC().connect(url, new Properties());
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = FULL"); // a commit is fsynced
      statement.execute("PRAGMA busy_timeout = 5000");
      statement.execute("PRAGMA foreign_keys = ON");
    }
    return connection;
  }

  /** A file is one ingest's alone. */
  @Override
  public Connection schemaTurn() throws SQLException {
    return connect();
  }

  @Override
  public Connection reader() throws SQLException {
    Connection connection = connect();
    connection.setAutoCommit(false);
    return connection;
  }

  @Override
  public Connection writer(String ingest) throws SQLException {
    return reader();
  }

  /** SQLite has one writer by itself. */
  @Override
  public void begin(Connection writer) {}

  @Override
  public boolean isPassing(SQLException failure) {
    return false;
  }

  @Override
  public boolean isUsable(Connection connection) {
    return true;
  }

  /** There is no other: the file is locked. */
  @Override
  public boolean isGone(Connection connection, String ingest) {
    return true;
  }

  @Override
  public boolean staysGone(Connection writer, String ingest) {
    return true;
  }

  private Path file() {
    return Path.of(url.substring(SqlSettings.SQLITE_PREFIX.length()));
  }

  @Override
  public String migrations() {
    return "sqlite";
  }

  @Override
  public String bytes() {
    return "BLOB";
  }

  @Override
  public SQLException explained(SQLException failure) {
    return failure;
  }
}
