package io.tidemark.ingest.intake;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.NumberQuery;
import io.tidemark.ingest.storage.Row;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * What is about to be written, noted in SQL before the store is asked to. A note found later says
 * which rows to look for: a crash or a failure may have come between the rows and the ledger.
 */
final class Intents {
  private Intents() {}

  /** Runs of numbers, each with the times its rows have. Rows of an epoch come together. */
  static List<NumberQuery> of(List<Row> rows) {
    List<NumberQuery> runs = new ArrayList<>();
    int begin = 0;
    while (begin < rows.size()) {
      Row first = rows.get(begin);
      long from = first.reading().timeNanos();
      long to = from;
      int end = begin + 1;
      while (end < rows.size() && rows.get(end).follows(rows.get(end - 1))) {
        long time = rows.get(end).reading().timeNanos();
        from = Math.min(from, time);
        to = Math.max(to, time);
        end++;
      }
      runs.add(
          new NumberQuery(first.key(), first.sequence(), rows.get(end - 1).sequence(), from, to));
      begin = end;
    }
    return runs;
  }

  static void add(Connection connection, List<NumberQuery> runs) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO intent (device, epoch, first_sequence, last_sequence, from_time, to_time)
            VALUES (?, ?, ?, ?, ?, ?)""")) {
      for (NumberQuery run : runs) {
        statement.setString(1, run.key().device());
        statement.setLong(2, run.key().epoch());
        statement.setLong(3, run.first());
        statement.setLong(4, run.last());
        statement.setLong(5, run.fromNanos());
        statement.setLong(6, run.toNanos());
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  static List<NumberQuery> all(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT device, epoch, first_sequence, last_sequence, from_time, to_time FROM intent")) {
      List<NumberQuery> runs = new ArrayList<>();
      while (rows.next()) {
        runs.add(
            new NumberQuery(
                new EpochKey(rows.getString(1), rows.getLong(2)),
                rows.getLong(3),
                rows.getLong(4),
                rows.getLong(5),
                rows.getLong(6)));
      }
      return runs;
    }
  }

  /** Takes back what {@link #add} noted. */
  static void remove(Connection connection, List<NumberQuery> runs) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM intent WHERE device = ? AND epoch = ? AND first_sequence = ?")) {
      for (NumberQuery run : runs) {
        statement.setString(1, run.key().device());
        statement.setLong(2, run.key().epoch());
        statement.setLong(3, run.first());
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  static void clear(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("DELETE FROM intent");
    }
  }
}
