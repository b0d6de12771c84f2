package io.tidemark.ingest.intake;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.NumberQuery;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is about to be written, noted in SQL before it is decided what is new. A note says two
 * things: to the other ingests on the database, that these numbers are not theirs to write now; and
 * to who finds it after a crash or a failure, for which rows to look. Of two ingests none writes a
 * number that the other is writing.
 */
final class Intents {
  /** Stands for all numbers there are: while it is there, nobody else writes. */
  static final NumberQuery EVERYTHING = new NumberQuery(new EpochKey("", 0), 0, 0, 0, 0);

  private Intents() {}

  /** Of a chunk: as few runs of numbers as they make, each with the times its readings have. */
  static List<NumberQuery> of(List<Parcel> parcels) {
    Map<EpochKey, List<NumberQuery>> byEpoch = new TreeMap<>();
    for (Parcel parcel : parcels) {
      Batch batch = parcel.batch;
      if (batch != null && batch.header().kind() == BatchHeader.Kind.READINGS) {
        byEpoch.computeIfAbsent(Classifier.key(batch), key -> new ArrayList<>()).add(of(batch));
      }
    }
    List<NumberQuery> runs = new ArrayList<>();
    byEpoch.values().forEach(batches -> join(batches, runs));
    return runs;
  }

  private static NumberQuery of(Batch batch) {
    LongSummaryStatistics times =
        batch.readings().stream().mapToLong(Reading::timeNanos).summaryStatistics();
    long first = batch.header().firstSequence();
    return new NumberQuery(
        Classifier.key(batch),
        first,
        first + batch.header().count() - 1,
        times.getMin(),
        times.getMax());
  }

  private static void join(List<NumberQuery> batches, List<NumberQuery> runs) {
    batches.sort(Comparator.comparingLong(NumberQuery::first));
    NumberQuery run = batches.get(0);
    for (NumberQuery next : batches) {
      if (next.first() <= run.last() + 1) {
        run = NumberQuery.join(run, next);
      } else {
        runs.add(run);
        run = next;
      }
    }
    runs.add(run);
  }

  /**
   * Who else has noted some of the same: numbers, or instants of the same epoch, as not every store
   * has room for two rows at one instant that are written at one time.
   */
  static Set<String> owners(Connection connection, String self, List<NumberQuery> runs)
      throws SQLException {
    Map<EpochKey, List<NumberQuery>> own = new HashMap<>();
    for (NumberQuery run : runs) {
      own.computeIfAbsent(run.key(), key -> new ArrayList<>()).add(run);
    }
    Set<String> owners = new TreeSet<>();
    for (Noted noted : all(connection)) {
      if (noted.owner().equals(self) || owners.contains(noted.owner())) {
        continue;
      }
      if (noted.isEverything()
          || own.getOrDefault(noted.run().key(), List.of()).stream()
              .anyMatch(run -> meet(run, noted.run()))) {
        owners.add(noted.owner());
      }
    }
    return owners;
  }

  private static boolean meet(NumberQuery a, NumberQuery b) {
    return (a.first() <= b.last() && b.first() <= a.last())
        || (a.fromNanos() <= b.toNanos() && b.fromNanos() <= a.toNanos());
  }

  /** A note and whose it is. */
  record Noted(String owner, NumberQuery run) {
    boolean isEverything() {
      return run.key().equals(EVERYTHING.key());
    }
  }

  static void add(Connection connection, String owner, List<NumberQuery> runs) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO intent (device, epoch, first_sequence, last_sequence, from_time, to_time, owner)
            VALUES (?, ?, ?, ?, ?, ?, ?)""")) {
      for (NumberQuery run : runs) {
        statement.setString(1, run.key().device());
        statement.setLong(2, run.key().epoch());
        statement.setLong(3, run.first());
        statement.setLong(4, run.last());
        statement.setLong(5, run.fromNanos());
        statement.setLong(6, run.toNanos());
        statement.setString(7, owner);
        statement.addBatch();
      }
      int[] unused = statement.executeBatch();
    }
  }

  static List<Noted> all(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT device, epoch, first_sequence, last_sequence, from_time, to_time, owner FROM intent")) {
      List<Noted> all = new ArrayList<>();
      while (rows.next()) {
        all.add(
            new Noted(
                rows.getString(7),
                new NumberQuery(
                    new EpochKey(rows.getString(1), rows.getLong(2)),
                    rows.getLong(3),
                    rows.getLong(4),
                    rows.getLong(5),
                    rows.getLong(6))));
      }
      return all;
    }
  }

  /**
   * Takes back what {@link #add} noted.
   *
   * @throws SQLException if not all of it is there any more: another ingest took this one for gone
   */
  static void remove(Connection connection, String owner, List<NumberQuery> runs)
      throws SQLException {
    int removed = 0;
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM intent WHERE device = ? AND epoch = ? AND first_sequence = ? AND owner = ?")) {
      for (NumberQuery run : runs) {
        statement.setString(1, run.key().device());
        statement.setLong(2, run.key().epoch());
        statement.setLong(3, run.first());
        statement.setString(4, owner);
        statement.addBatch();
      }
      for (int rows : statement.executeBatch()) {
        removed += rows;
      }
    }
    if (removed < runs.size()) {
      throw new SQLException(
          "another ingest took this one for gone, and has seen to what it was writing");
    }
  }
}
