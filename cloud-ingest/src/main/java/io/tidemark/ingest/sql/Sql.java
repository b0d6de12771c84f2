package io.tidemark.ingest.sql;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Properties;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;

/**
 * The SQL database. Connects at its first use and brings the schema up to date; a connection that
 * fails is closed and made anew the next time. A transaction is durable when {@link #write}
 * returns.
 *
 * <p>Thread-safe. One write at a time; up to {@link #READERS_MAX} readers beside it, each seeing a
 * state between two writes.
 */
public final class Sql implements AutoCloseable {
  /** Readers at a time; more wait. */
  public static final int READERS_MAX = 8;

  /** How long a reader waits for its turn, in seconds, before it fails. */
  public static final int READER_WAIT_MAX_SECONDS = 10;

  private static final int SCHEMA_VERSION = 14;
  private static final String SQLITE_PREFIX = "jdbc:sqlite:";

  private final String url;
  private final Semaphore readers = new Semaphore(READERS_MAX, true);
  private final Deque<Connection> idleReaders = new ArrayDeque<>();
  private final Object writing = new Object();
  private @Nullable Connection writer;
  private boolean migrated;
  private volatile boolean closed;

  /** What is done with a connection. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    /** Uses the connection; neither commits nor closes it. */
    T with(Connection connection) throws SQLException;
  }

  /** A database; not connected to yet. */
  public Sql(String url) {
    this.url = url;
  }

  /** The JDBC URL. */
  public String url() {
    return url;
  }

  /**
   * Does {@code work} in one transaction, and commits it.
   *
   * @throws SqlUnavailableException if that fails
   */
  public <T extends @Nullable Object> T write(Work<T> work) throws SqlUnavailableException {
    synchronized (writing) {
      try {
        Connection connection = writer();
        try {
          T result = work.with(connection);
          connection.commit();
          return result;
        } catch (SQLException | RuntimeException | Error e) {
          dropWriter(connection);
          throw e;
        }
      } catch (SQLException | IOException e) {
        throw new SqlUnavailableException("cannot write " + url + ": " + e.getMessage(), e);
      }
    }
  }

  /**
   * Does {@code work}, which only reads, on one state of the database.
   *
   * @throws SqlUnavailableException if that fails
   */
  public <T extends @Nullable Object> T read(Work<T> work) throws SqlUnavailableException {
    try {
      synchronized (writing) {
        if (!migrated) {
          writer();
        }
      }
      if (!readers.tryAcquire(READER_WAIT_MAX_SECONDS, TimeUnit.SECONDS)) {
        throw new SQLException(
            "%d queries were under way for %d s; try again"
                .formatted(READERS_MAX, READER_WAIT_MAX_SECONDS));
      }
      try {
        return readWithPermit(work);
      } finally {
        readers.release();
      }
    } catch (SQLException | IOException e) {
      throw new SqlUnavailableException("cannot read " + url + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SqlUnavailableException("interrupted while waiting to read " + url, e);
    }
  }

  private <T extends @Nullable Object> T readWithPermit(Work<T> work) throws SQLException {
    Connection connection;
    synchronized (idleReaders) {
      connection = idleReaders.poll();
    }
    if (connection == null) {
      connection = connect();
    }
    boolean sound = false;
    try {
      T result = work.with(connection);
      connection.rollback(); // ends the snapshot
      sound = true;
      return result;
    } finally {
      synchronized (idleReaders) {
        if (sound && !closed) {
          idleReaders.push(connection);
        } else {
          connection.close();
        }
      }
    }
  }

  private Connection writer() throws SQLException, IOException {
    if (closed) {
      throw new SQLException("it is closed");
    }
    Connection connection = writer;
    if (connection == null) {
      if (url.startsWith(SQLITE_PREFIX)) {
        Path folder = Path.of(url.substring(SQLITE_PREFIX.length())).toAbsolutePath().getParent();
        if (folder != null) {
          Files.createDirectories(folder);
        }
      }
      connection = connect();
      writer = connection; // before anything is written with it: who drops it ends its transaction
      if (!migrated) {
        migrateOrDrop(connection);
        migrated = true;
      }
      writer = connection;
    }
    return connection;
  }

  private void migrateOrDrop(Connection connection) throws SQLException, IOException {
    boolean done = false;
    try {
      migrate(connection);
      done = true;
    } finally {
      if (!done) {
        dropWriter(connection);
      }
    }
  }

  private void dropWriter(Connection connection) {
    writer = null;
    try (connection) {
      connection.rollback();
    } catch (SQLException e) {
      // The connection is given up; what made it fail is being thrown already.
      return;
    }
  }

  private Connection connect() throws SQLException {
    // Not by DriverManager, which knows only drivers of the class loader it was first used from.
    Connection connection = new JDBC().connect(url, new Properties());
    if (connection == null) {
      throw new SQLException(
          "tidemark.sql.url must begin with %s in this version, but is %s"
              .formatted(SQLITE_PREFIX, url));
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = FULL"); // a commit is fsynced
      statement.execute("PRAGMA busy_timeout = 5000");
      statement.execute("PRAGMA foreign_keys = ON");
    }
    connection.setAutoCommit(false);
    return connection;
  }

  private static void migrate(Connection connection) throws SQLException, IOException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)");
      int version;
      try (ResultSet row =
          statement.executeQuery("SELECT COALESCE(MAX(version), 0) FROM schema_version")) {
        row.next();
        version = row.getInt(1);
      }
      if (version > SCHEMA_VERSION) {
        throw new SQLException(
            "its schema has version %d, and this program knows up to %d; run a newer one"
                .formatted(version, SCHEMA_VERSION));
      }
      for (int next = version + 1; next <= SCHEMA_VERSION; next++) {
        for (String sql : statements("/db/" + next + ".sql")) {
          statement.execute(sql);
        }
        statement.execute("INSERT INTO schema_version (version) VALUES (" + next + ")");
      }
    }
    connection.commit();
  }

  private static String[] statements(String resource) throws IOException {
    try (InputStream in = Sql.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("no resource " + resource);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      // The last semicolon inside a trigger ends none of ours: END comes behind it.
      return text.replaceAll("(?m)--.*$", "").strip().split(";(?!\\s*END\\b)\\s*");
    }
  }

  /** Sets a number or NULL. */
  public static void setLong(PreparedStatement statement, int index, @Nullable Long value)
      throws SQLException {
    if (value == null) {
      statement.setNull(index, Types.BIGINT);
    } else {
      statement.setLong(index, value);
    }
  }

  /** A number or NULL of a row. */
  public static @Nullable Long nullableLong(ResultSet row, int index) throws SQLException {
    long value = row.getLong(index);
    return row.wasNull() ? null : value;
  }

  @Override
  public void close() {
    closed = true;
    synchronized (writing) {
      Connection connection = writer;
      if (connection != null) {
        dropWriter(connection);
      }
    }
    synchronized (idleReaders) {
      for (Connection connection : idleReaders) {
        dropReader(connection);
      }
      idleReaders.clear();
    }
  }

  private static void dropReader(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // Closing at the end: nothing is lost with a connection that only read.
      return;
    }
  }
}
