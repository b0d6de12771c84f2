package io.tidemark.ingest.sql;

import io.tidemark.identity.SecretFile;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * A database of PostgreSQL, which several ingests may share. Transactions that write are one after
 * the other, over all ingests, by an advisory lock that each takes first and that goes with its
 * commit: so what was written for SQLite's single writer holds here too, and no two of them can
 * deadlock or fail to be serialized. Those that read are on one snapshot.
 *
 * <p>An ingest that hangs within a transaction, or is cut off, holds up the others only until the
 * server ends its session.
 */
final class Postgres implements Database {
  /** The oldest that the tests run on. */
  static final int VERSION_MIN = 15;

  /** How long is waited for a connection, in seconds. */
  static final int CONNECT_MAX_SECONDS = 5;

  /** How long nothing may be heard of the server while it is asked something, in seconds. */
  static final int ANSWER_MAX_SECONDS = 60;

  /** How long a statement may take, in seconds: less than is waited for it. */
  static final int STATEMENT_MAX_SECONDS = 50;

  /** How long another's transaction is waited for, in seconds. */
  static final int TURN_MAX_SECONDS = 10;

  /** How long the server waits for an ingest's next statement within a transaction, in seconds. */
  static final int IDLE_MAX_SECONDS = 15;

  /** How often an ingest tries to show that it is there, and how long it waits in between. */
  private static final int PRESENT_TRIES_MAX = 11;

  private static final int PRESENT_TRY_MILLIS = 100;

  /** Rows fetched at a time, so that a large answer is not in memory at once. */
  private static final int FETCH_ROWS = 1_000;

  /** What advisory locks are for: the first half of their keys, "TIDE", "TIDP" and "TIDS". */
  private static final int WRITES = 0x54494445;

  private static final int PRESENT = 0x54494450;

  private static final int SCHEMA = 0x54494453;

  /** The SQL state of a lock that was waited for too long. */
  private static final String LOCK_TIMEOUT = "55P03";

  private static final String SESSION =
      """
      SET statement_timeout = '%ds'; SET lock_timeout = '%ds'; SET idle_in_transaction_session_timeout = '%ds';
      SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"""
          .formatted(STATEMENT_MAX_SECONDS, TURN_MAX_SECONDS, IDLE_MAX_SECONDS);

  private final SqlSettings settings;

  Postgres(SqlSettings settings) {
    this.settings = settings;
  }

  @Override
  public boolean isShared() {
    return true;
  }

  /** Before anything is changed in it. */
  @Override
  public void prepare() throws SQLException {
    try (Connection connection = connect()) {
      requireFit(connection);
    }
  }

  @Override
  public Connection connect() throws SQLException {
    Properties properties = new Properties();
    PGProperty.APPLICATION_NAME.set(properties, "tidemark-ingest");
    PGProperty.CONNECT_TIMEOUT.set(properties, CONNECT_MAX_SECONDS);
    PGProperty.LOGIN_TIMEOUT.set(properties, 2 * CONNECT_MAX_SECONDS);
    PGProperty.SOCKET_TIMEOUT.set(properties, ANSWER_MAX_SECONDS);
    PGProperty.TCP_KEEP_ALIVE.set(properties, true);
    PGProperty.DEFAULT_ROW_FETCH_SIZE.set(properties, FETCH_ROWS);
    PGProperty.REWRITE_BATCHED_INSERTS.set(properties, true);
    String user = settings.user();
    if (user != null) {
      PGProperty.USER.set(properties, user);
    }
    Path file = settings.passwordFile();
    if (file != null) {
      PGProperty.PASSWORD.set(properties, password(file));
    }
    Connection connection = new Driver().connect(settings.url(), properties);
    if (connection == null) {
      throw new SqlRefusedException(
          "tidemark.sql.url must be like jdbc:postgresql://host:5432/database, but is "
              + settings.url());
    }
    return connection;
  }

  /**
   * Flyway has a lock of its own, but looks before it takes it whether there is anything in the
   * schema yet.
   */
  @Override
  public Connection schemaTurn() throws SQLException {
    Connection connection = connect();
    boolean sound = false;
    try (PreparedStatement turn =
        connection.prepareStatement("SELECT pg_advisory_lock(?, hashtext(current_schema()))")) {
      turn.setInt(1, SCHEMA);
      turn.execute();
      sound = true;
      return connection;
    } finally {
      if (!sound) {
        connection.close();
      }
    }
  }

  private static String password(Path file) throws SQLException {
    try {
      return SecretFile.read(file);
    } catch (IOException e) {
      throw new SqlRefusedException(
          "the password of tidemark.sql.password-file cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public Connection reader() throws SQLException {
    Connection connection = session();
    connection.setReadOnly(true);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setAutoCommit(false);
    return connection;
  }

  @Override
  public Connection writer(String ingest) throws SQLException {
    Connection connection = session();
    boolean sound = false;
    try {
      requireFit(connection);
      showPresent(connection, ingest);
      // Each statement sees what was committed before it, so all that were before our turn.
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      connection.setAutoCommit(false);
      sound = true;
      return connection;
    } finally {
      if (!sound) {
        connection.close();
      }
    }
  }

  /** Others may just be looking whether it is there, which takes them a moment. */
  private static void showPresent(Connection connection, String ingest) throws SQLException {
    for (int tries = 1; !locks(connection, "pg_try_advisory_lock", ingest); tries++) {
      if (tries == PRESENT_TRIES_MAX) {
        throw new SQLException(
            "another ingest with the same ingest-id in its data folder is connected: give each a data folder of its own, that is no copy (after a network cut it may be this one's former connection, which the server ends within half a minute)");
      }
      try {
        Thread.sleep(PRESENT_TRY_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SQLException("interrupted while connecting", e);
      }
    }
  }

  private static boolean locks(Connection connection, String how, String ingest)
      throws SQLException {
    try (PreparedStatement lock =
        connection.prepareStatement(
            "SELECT %s(?, hashtext(current_schema() || ?))".formatted(how))) {
      lock.setInt(1, PRESENT);
      lock.setString(2, ingest);
      try (ResultSet row = lock.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  private Connection session() throws SQLException {
    Connection connection = connect();
    boolean sound = false;
    try (Statement statement = connection.createStatement()) {
      statement.execute(SESSION);
      if (show(connection, "synchronous_commit").equals("off")) {
        statement.execute("SET synchronous_commit = on"); // a commit is fsynced
      }
      sound = true;
      return connection;
    } finally {
      if (!sound) {
        connection.close();
      }
    }
  }

  /** Whether it keeps what is committed, and knows what we ask of it. */
  private void requireFit(Connection connection) throws SQLException {
    int version = Integer.parseInt(show(connection, "server_version_num")) / 10_000;
    if (version < VERSION_MIN) {
      throw new SqlRefusedException(
          "PostgreSQL %d is too old: have %d or newer".formatted(version, VERSION_MIN));
    }
    for (String setting : new String[] {"fsync", "full_page_writes"}) {
      if (show(connection, setting).equals("off")) {
        throw new SqlRefusedException(
            "PostgreSQL runs with %s=off, so it may lose what it has committed: set it on in postgresql.conf, and reload"
                .formatted(setting));
      }
    }
    String encoding = show(connection, "server_encoding");
    if (!encoding.equals("UTF8")) {
      throw new SqlRefusedException(
          "the database's encoding is %s: make it with ENCODING 'UTF8'".formatted(encoding));
    }
    if (one(connection, "SELECT COALESCE(current_schema(), '')").isEmpty()) {
      throw new SqlRefusedException(
          "%s may use none of the schemas in search_path: make it the owner of the database, or name a schema by currentSchema in tidemark.sql.url"
              .formatted(one(connection, "SELECT current_user")));
    }
  }

  private static String show(Connection connection, String setting) throws SQLException {
    return one(connection, "SHOW " + setting);
  }

  private static String one(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  @Override
  public void begin(Connection writer) throws SQLException {
    try (PreparedStatement turn =
        writer.prepareStatement("SELECT pg_advisory_xact_lock(?, hashtext(current_schema()))")) {
      turn.setInt(1, WRITES);
      turn.execute();
    } catch (SQLException e) {
      throw LOCK_TIMEOUT.equals(e.getSQLState())
          ? new SQLException(
              "another ingest has been writing for %d s; try again".formatted(TURN_MAX_SECONDS), e)
          : e;
    }
  }

  /** Connection exceptions, a server that stops or is not up yet, deadlocks and the like. */
  @Override
  public boolean isPassing(SQLException failure) {
    String state = failure.getSQLState();
    return state != null
        && (state.startsWith("08") || state.startsWith("57P") || state.startsWith("40"));
  }

  @Override
  public boolean isUsable(Connection connection) throws SQLException {
    return connection.isValid(CONNECT_MAX_SECONDS);
  }

  /** Several may look at a time. */
  @Override
  public boolean isGone(Connection connection, String ingest) throws SQLException {
    return locks(connection, "pg_try_advisory_xact_lock_shared", ingest);
  }

  @Override
  public boolean staysGone(Connection writer, String ingest) throws SQLException {
    return locks(writer, "pg_try_advisory_xact_lock", ingest);
  }

  @Override
  public String migrations() {
    return "postgresql";
  }

  @Override
  public String bytes() {
    return "BYTEA";
  }

  @Override
  public SQLException explained(SQLException failure) {
    if (failure instanceof SqlRefusedException) {
      return failure;
    }
    String advice = advice(failure.getSQLState());
    return advice == null
        ? failure
        : new SqlRefusedException("%s (%s)".formatted(advice, failure.getMessage()), failure);
  }

  private @Nullable String advice(@Nullable String state) {
    if (state == null) {
      return null;
    }
    return switch (state) {
      case "28P01", "28000", "08004" ->
          "PostgreSQL does not let in %s: check tidemark.sql.user, the password in the file of tidemark.sql.password-file, the server's pg_hba.conf, and sslmode in tidemark.sql.url"
              .formatted(settings.user() == null ? "whom the URL names" : settings.user());
      case "3D000" ->
          "there is no such database: have it made (CREATE DATABASE ... OWNER ... ENCODING 'UTF8'), or name another in tidemark.sql.url";
      case "42501" ->
          "PostgreSQL does not allow %s what is needed: make it the owner of the database, or grant it CREATE on the schema"
              .formatted(settings.user() == null ? "whom the URL names" : settings.user());
      default -> null;
    };
  }
}
