package io.tidemark.ingest.sql;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The SQL database: a file of SQLite, or PostgreSQL. Connects at its first use and brings the
 * schema up to date; a connection that fails is closed and made anew the next time. A transaction
 * is durable when {@link #write} returns.
 *
 * <p>Thread-safe. One write at a time, also over all ingests on a database; up to {@link
 * #READERS_MAX} readers beside it, each seeing a state between two writes. So at most one
 * connection more than that is open.
 */
public final class Sql implements AutoCloseable {
  /** Readers at a time; more wait. */
  public static final int READERS_MAX = 8;

  /** How long a reader waits for its turn, in seconds, before it fails. */
  public static final int READER_WAIT_MAX_SECONDS = 10;

  /** How often a transaction is begun, as connections may be of a server that has restarted. */
  private static final int BEGIN_ATTEMPTS_MAX = 2;

  /** What was not used for so long is tried before it is used: the server may have restarted. */
  private static final long TRIED_AFTER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String url;
  private final Database database;
  private final Supplier<String> ingest;
  private final Opening opening;
  private final Semaphore readers = new Semaphore(READERS_MAX, true);
  private final Deque<Idle> idleReaders = new ArrayDeque<>();
  private final Object writing = new Object();
  private @Nullable Connection writer;

  /** When the writer was last heard of, by {@link System#nanoTime}. */
  private long writerUsedNanoTime;

  private boolean opened;
  private volatile boolean closed;

  /** A reader's connection, and since when (by {@link System#nanoTime}) nobody uses it. */
  private record Idle(Connection connection, long sinceNanoTime) {}

  /** What is done with a connection. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    /** Uses the connection; neither commits nor closes it. */
    T with(Connection connection) throws SQLException;
  }

  /** What is done before anything else is, in a transaction of its own. */
  @FunctionalInterface
  public interface Opening {
    /**
     * Uses the connection; neither commits nor closes it.
     *
     * @throws SqlRefusedException if the database must not be used
     */
    void with(Connection connection) throws SQLException;
  }

  /** A database where nobody has to log in; not connected to yet. */
  public Sql(String url) {
    this(new SqlSettings(url, null, null));
  }

  /** A database of which this ingest is a stranger; not connected to yet. */
  public Sql(SqlSettings settings) {
    this(settings, UUID.randomUUID().toString());
  }

  /**
   * A database; not connected to yet.
   *
   * @param ingest this ingest's name among those that use the database, the same after each start;
   *     at most 36 characters
   */
  public Sql(SqlSettings settings, String ingest) {
    this(settings, () -> ingest, connection -> {});
  }

  /**
   * The same.
   *
   * @param ingest asked for the name when the database is used
   * @param opening done once the schema is up to date; until it has gone well once, whenever that
   *     is, nobody reads or writes
   */
  public Sql(SqlSettings settings, Supplier<String> ingest, Opening opening) {
    this.ingest = ingest;
    this.opening = opening;
    this.url = settings.url();
    this.database = settings.database();
  }

  /** The JDBC URL; there is no password in it. */
  public String url() {
    return url;
  }

  /** This ingest's name among those that use the database. */
  public String ingest() {
    return ingest.get();
  }

  /** Whether several ingests may use the database at a time. */
  public boolean isShared() {
    return database.isShared();
  }

  /**
   * Connects, if nobody has yet.
   *
   * @throws IOException that says what to do, if the database can be reached but not be used, which
   *     does not end by itself
   * @throws SqlUnavailableException if it cannot be reached now
   */
  public void check() throws IOException, SqlUnavailableException {
    try {
      present();
    } catch (SqlUnavailableException e) {
      if (e.getCause() instanceof SqlRefusedException refused) {
        throw new IOException(e.getMessage(), refused);
      }
      throw e;
    }
  }

  /**
   * Has the database know that this ingest runs. It may take another for gone, and see to what that
   * has left behind, some seconds after its last call.
   */
  public void present() throws SqlUnavailableException {
    synchronized (writing) {
      try {
        Connection unused = usableWriter();
      } catch (SQLException | IOException e) {
        throw unavailable("cannot use", e);
      }
    }
  }

  /** Within a transaction of any kind: whether no ingest of this name runs any more. */
  public boolean isGone(Connection connection, String name) throws SQLException {
    return database.isGone(connection, name);
  }

  /**
   * Within one that writes: whether no ingest of this name runs any more, and none will until it
   * has ended.
   */
  public boolean staysGone(Connection connection, String name) throws SQLException {
    return database.staysGone(connection, name);
  }

  /**
   * Does {@code work} in one transaction, and commits it.
   *
   * @throws SqlUnavailableException if that fails
   */
  public <T extends @Nullable Object> T write(Work<T> work) throws SqlUnavailableException {
    synchronized (writing) {
      try {
        Connection connection = begun();
        try {
          T result = work.with(connection);
          connection.commit();
          writerUsedNanoTime = System.nanoTime();
          return result;
        } catch (SQLException | RuntimeException | Error e) {
          dropWriter(connection);
          throw e;
        }
      } catch (SQLException | IOException e) {
        throw unavailable("cannot write", e);
      }
    }
  }

  /**
   * A writer whose transaction has begun. Only up to here something is tried again when it fails:
   * what the work has done before a failure could not be undone.
   */
  private Connection begun() throws SQLException, IOException {
    for (int attempt = 1; ; attempt++) {
      Connection connection = usableWriter();
      boolean begun = false;
      try {
        database.begin(connection);
        begun = true;
        return connection;
      } catch (SQLException e) {
        if (attempt == BEGIN_ATTEMPTS_MAX || !database.isPassing(e)) {
          throw e;
        }
      } finally {
        if (!begun) {
          dropWriter(connection);
        }
      }
    }
  }

  private SqlUnavailableException unavailable(String what, Exception e) {
    Exception cause = e instanceof SQLException failure ? database.explained(failure) : e;
    return new SqlUnavailableException(what + " " + url + ": " + cause.getMessage(), cause);
  }

  /**
   * Does {@code work}, which only reads, on one state of the database.
   *
   * @throws SqlUnavailableException if that fails
   */
  public <T extends @Nullable Object> T read(Work<T> work) throws SqlUnavailableException {
    try {
      synchronized (writing) {
        if (!opened) {
          Connection unused = usableWriter();
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
      throw unavailable("cannot read", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SqlUnavailableException("interrupted while waiting to read " + url, e);
    }
  }

  private <T extends @Nullable Object> T readWithPermit(Work<T> work) throws SQLException {
    Connection connection = usableReader();
    boolean sound = false;
    try {
      T result = work.with(connection);
      connection.rollback(); // ends the snapshot
      sound = true;
      return result;
    } finally {
      synchronized (idleReaders) {
        if (sound && !closed) {
          idleReaders.push(new Idle(connection, System.nanoTime()));
        } else {
          connection.close();
        }
      }
    }
  }

  private Connection usableReader() throws SQLException {
    Idle idle;
    synchronized (idleReaders) {
      idle = idleReaders.poll();
    }
    if (idle == null) {
      return database.reader();
    }
    if (System.nanoTime() - idle.sinceNanoTime() < TRIED_AFTER_NANOS
        || database.isUsable(idle.connection())) {
      return idle.connection();
    }
    dropReader(idle.connection());
    return usableReader();
  }

  private Connection usableWriter() throws SQLException, IOException {
    if (closed) {
      throw new SQLException("it is closed");
    }
    Connection connection = writer;
    if (connection != null) {
      if (System.nanoTime() - writerUsedNanoTime < TRIED_AFTER_NANOS) {
        return connection;
      }
      if (!database.isUsable(connection)) {
        dropWriter(connection);
        connection = null;
      }
    }
    if (connection == null) {
      connection = opened ? database.writer(ingest()) : open();
      writer = connection;
    }
    writerUsedNanoTime = System.nanoTime();
    return connection;
  }

  private Connection open() throws SQLException, IOException {
    database.prepare();
    new Migrations(database).run();
    Connection connection = database.writer(ingest());
    try {
      database.begin(connection);
      opening.with(connection);
      connection.commit();
      opened = true;
      return connection;
    } finally {
      if (!opened) {
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
      for (Idle idle : idleReaders) {
        dropReader(idle.connection());
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
