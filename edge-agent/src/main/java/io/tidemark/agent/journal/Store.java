package io.tidemark.agent.journal;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * The SQLite file and all the SQL there is: rows in, rows out, no decisions. Write-ahead log with
 * {@code synchronous=FULL}: when {@link #commit} has returned, the transaction has been fsynced.
 *
 * <p>Not safe for several threads; {@link Journal} serialises.
 */
class Store implements AutoCloseable {
  /** The schema's version, in {@code user_version}. */
  static final int VERSION = 1;

  private static final int BUSY_TIMEOUT_MILLIS = 10_000;

  private static final List<String> SCHEMA =
      List.of(
          // One numbering. The one with the highest ordinal is current, the others are closed.
          """
          CREATE TABLE epoch(
            ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
            epoch INTEGER NOT NULL UNIQUE,
            device TEXT NOT NULL,
            board TEXT NOT NULL,
            next_sequence INTEGER NOT NULL,
            newest_nanos INTEGER NOT NULL,
            dropped INTEGER NOT NULL,
            set_aside INTEGER NOT NULL,
            finished INTEGER NOT NULL) STRICT
          """,
          // The newest time of each sensor in the current epoch.
          "CREATE TABLE sensor(name TEXT PRIMARY KEY, last_nanos INTEGER NOT NULL) STRICT",
          // What is to be sent: readings (reason is null) or declared drops.
          """
          CREATE TABLE batch(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            ordinal INTEGER NOT NULL,
            first INTEGER NOT NULL,
            count INTEGER NOT NULL,
            reason TEXT,
            age_clock INTEGER NOT NULL,
            size INTEGER NOT NULL,
            bytes BLOB NOT NULL) STRICT
          """,
          "CREATE UNIQUE INDEX batch_order ON batch(ordinal, first)",
          // What was refused for good, kept while there is room so that somebody can look at it.
          """
          CREATE TABLE set_aside(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            ordinal INTEGER NOT NULL,
            first INTEGER NOT NULL,
            count INTEGER NOT NULL,
            reason TEXT NOT NULL,
            size INTEGER NOT NULL,
            bytes BLOB NOT NULL) STRICT
          """,
          // See AgeClock.
          "CREATE TABLE clock(one INTEGER PRIMARY KEY CHECK(one = 1), age INTEGER NOT NULL, wall INTEGER NOT NULL) STRICT",
          "INSERT INTO clock VALUES(1, 0, 0)",
          // Ids never come again, not even in a file that replaces a damaged one: an
          // acknowledgement under way must not hit
          // another batch.
          "INSERT INTO sqlite_sequence VALUES('batch', abs(random()) >> 10)");

  /** A batch without its bytes. */
  record Row(
      long id,
      long ordinal,
      long first,
      long count,
      @Nullable String reason,
      long ageClock,
      long size) {}

  /** A closed or current epoch. */
  record EpochRow(
      long ordinal, long epoch, String device, String board, long nextSequence, long newestNanos) {}

  /** Sums over all that is kept. */
  record Totals(long bytes, long waiting, long setAsideRows) {}

  private final Connection connection;

  Store(Path file) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    connection = config.createConnection("jdbc:sqlite:" + file);
  }

  /** Makes the schema where there is none. */
  void prepare() throws SQLException {
    if (version() == 0) {
      begin();
      for (String statement : SCHEMA) {
        execute(statement);
      }
      execute("PRAGMA user_version=" + VERSION);
      commit();
    }
  }

  /** The schema's version; 0 for a new file. */
  int version() throws SQLException {
    return (int) number("PRAGMA user_version");
  }

  /** Null if the file is sound, otherwise the first thing that is wrong with it. */
  @Nullable String damage() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA quick_check(1)")) {
      String answer = rows.next() ? rows.getString(1) : "no answer to quick_check";
      return "ok".equals(answer) ? null : answer;
    }
  }

  void begin() throws SQLException {
    execute("BEGIN IMMEDIATE");
  }

  /** Returns once the transaction is fsynced. After an exception its outcome is not known. */
  void commit() throws SQLException {
    execute("COMMIT");
  }

  // Epochs

  List<EpochRow> unfinishedEpochs() throws SQLException {
    List<EpochRow> found = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT ordinal, epoch, device, board, next_sequence, newest_nanos FROM epoch"
                    + " WHERE finished = 0 ORDER BY ordinal")) {
      while (rows.next()) {
        found.add(
            new EpochRow(
                rows.getLong(1),
                rows.getLong(2),
                rows.getString(3),
                rows.getString(4),
                rows.getLong(5),
                rows.getLong(6)));
      }
    }
    return found;
  }

  /**
   * Adds an epoch, which becomes the current one, and forgets the sensors' times of the one before.
   */
  long addEpoch(long epoch, String device, String board) throws SQLException {
    update(
        "INSERT INTO epoch(epoch, device, board, next_sequence, newest_nanos, dropped, set_aside, finished)"
            + " VALUES(?, ?, ?, 0, 0, 0, 0, 0)",
        epoch,
        device,
        board);
    update("DELETE FROM sensor");
    return number("SELECT max(ordinal) FROM epoch");
  }

  void saveNumbering(EpochState state) throws SQLException {
    update(
        "UPDATE epoch SET next_sequence = ?, newest_nanos = ? WHERE ordinal = ?",
        state.nextSequence,
        state.newestNanos,
        state.ordinal);
  }

  void saveBoard(long ordinal, String board) throws SQLException {
    update("UPDATE epoch SET board = ? WHERE ordinal = ?", board, ordinal);
  }

  void saveLastNanos(String sensor, long nanos) throws SQLException {
    update(
        "INSERT INTO sensor VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET last_nanos = excluded.last_nanos",
        sensor,
        nanos);
  }

  Map<String, Long> lastNanosBySensor() throws SQLException {
    Map<String, Long> found = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT name, last_nanos FROM sensor")) {
      while (rows.next()) {
        found.put(rows.getString(1), rows.getLong(2));
      }
    }
    return found;
  }

  void addDropped(long ordinal, long count) throws SQLException {
    update("UPDATE epoch SET dropped = dropped + ? WHERE ordinal = ?", count, ordinal);
  }

  /** Marks an epoch finished; one that never numbered anything is forgotten. */
  void finishEpoch(long ordinal) throws SQLException {
    update("UPDATE epoch SET finished = 1 WHERE ordinal = ?", ordinal);
    update("DELETE FROM epoch WHERE ordinal = ? AND next_sequence = 0", ordinal);
    update(
        "DELETE FROM epoch WHERE finished = 1 AND ordinal NOT IN"
            + " (SELECT ordinal FROM epoch WHERE finished = 1 ORDER BY ordinal DESC LIMIT ?)",
        JournalSettings.FINISHED_EPOCHS_MAX);
  }

  // Batches

  void addBatch(
      long ordinal, long first, long count, @Nullable String reason, long ageClock, byte[] bytes)
      throws SQLException {
    update(
        "INSERT INTO batch(ordinal, first, count, reason, age_clock, size, bytes) VALUES(?, ?, ?, ?, ?, ?, ?)",
        ordinal,
        first,
        count,
        reason,
        ageClock,
        bytes.length,
        bytes);
  }

  void deleteBatch(long id) throws SQLException {
    update("DELETE FROM batch WHERE id = ?", id);
  }

  @Nullable Row batch(long id) throws SQLException {
    return row("WHERE id = ?", id);
  }

  byte[] bytes(long id) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT bytes FROM batch WHERE id = ?")) {
      statement.setLong(1, id);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? rows.getBytes(1) : new byte[0];
      }
    }
  }

  /** The lowest numbers first. */
  List<Row> oldest(long limit) throws SQLException {
    return rows("ORDER BY ordinal, first LIMIT ?", limit);
  }

  /** The lowest numbers first, drops left out. */
  List<Row> oldestReadings(long limit) throws SQLException {
    return rows("WHERE reason IS NULL ORDER BY ordinal, first LIMIT ?", limit);
  }

  /** What comes next before number {@code first}. */
  @Nullable Row before(long ordinal, long first) throws SQLException {
    return row("WHERE ordinal = ? AND first < ? ORDER BY first DESC LIMIT 1", ordinal, first);
  }

  /** What begins at number {@code first}. */
  @Nullable Row at(long ordinal, long first) throws SQLException {
    return row("WHERE ordinal = ? AND first = ?", ordinal, first);
  }

  /** The lowest number not yet handed over, or {@code nextSequence} if there is none. */
  long oldestKept(long ordinal, long nextSequence) throws SQLException {
    Row row = row("WHERE ordinal = ? ORDER BY first LIMIT 1", ordinal);
    return row == null ? nextSequence : row.first();
  }

  boolean isEmpty() throws SQLException {
    return number("SELECT count(*) FROM (SELECT 1 FROM batch LIMIT 1)") == 0;
  }

  Totals totals() throws SQLException {
    return new Totals(
        number(
            "SELECT coalesce((SELECT sum(size) FROM batch), 0) + coalesce((SELECT sum(size) FROM set_aside), 0)"),
        number("SELECT coalesce(sum(count), 0) FROM batch WHERE reason IS NULL"),
        number("SELECT count(*) FROM set_aside"));
  }

  // Set aside

  /** Moves a batch there; its bytes stay as they are. */
  void moveAside(Row row, String reason) throws SQLException {
    update(
        "INSERT INTO set_aside(ordinal, first, count, reason, size, bytes)"
            + " SELECT ordinal, first, count, ?, size, bytes FROM batch WHERE id = ?",
        reason,
        row.id());
    deleteBatch(row.id());
    if (row.reason() == null) {
      update(
          "UPDATE epoch SET set_aside = set_aside + ? WHERE ordinal = ?",
          row.count(),
          row.ordinal());
    }
  }

  /** Removes the oldest and returns its size in bytes; 0 if there is none. */
  long deleteOldestSetAside() throws SQLException {
    long id = number("SELECT coalesce(min(id), 0) FROM set_aside");
    if (id == 0) {
      return 0;
    }
    long size = number("SELECT size FROM set_aside WHERE id = " + id);
    update("DELETE FROM set_aside WHERE id = ?", id);
    return size;
  }

  // Clock

  long savedAge() throws SQLException {
    return number("SELECT age FROM clock");
  }

  long savedWall() throws SQLException {
    return number("SELECT wall FROM clock");
  }

  void saveClock(long ageMillis, long wallMillis) throws SQLException {
    update("UPDATE clock SET age = ?, wall = ?", ageMillis, wallMillis);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  // SQL

  final void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void update(String sql, @Nullable Object... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.executeUpdate();
    }
  }

  private long number(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  private @Nullable Row row(String condition, long... parameters) throws SQLException {
    List<Row> found = rows(condition, parameters);
    return found.isEmpty() ? null : found.get(0);
  }

  private List<Row> rows(String condition, long... parameters) throws SQLException {
    List<Row> found = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT id, ordinal, first, count, reason, age_clock, size FROM batch " + condition)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setLong(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(
              new Row(
                  rows.getLong(1),
                  rows.getLong(2),
                  rows.getLong(3),
                  rows.getLong(4),
                  rows.getString(5),
                  rows.getLong(6),
                  rows.getLong(7)));
        }
      }
    }
    return found;
  }
}
