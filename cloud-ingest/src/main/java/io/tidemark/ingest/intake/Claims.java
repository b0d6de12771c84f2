package io.tidemark.ingest.intake;

import io.tidemark.ingest.intake.Intents.Noted;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.NumberQuery;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Which numbers this ingest writes and no other one on the database does, and whose notes are left
 * behind. An ingest whose database has lost sight of it for {@link #GONE_AFTER_SECONDS} is taken
 * for gone: by then it has long stopped beginning to write what it noted before ({@link
 * #BEGIN_MAX_SECONDS}). Used by one thread at a time, which has the ledger's lock.
 */
final class Claims {
  /** How long an ingest may be out of the database's sight, in seconds: it may be reconnecting. */
  static final int GONE_AFTER_SECONDS = 15;

  /** How long after it noted them an ingest may begin to write rows, in seconds. */
  static final int BEGIN_MAX_SECONDS = 5;

  private final Sql sql;
  private final LongSupplier nanoTime;

  /** Since when others with notes are out of sight. */
  private final Map<String, Long> outOfSight = new HashMap<>();

  private long notingNanoTime;

  Claims(Sql sql, LongSupplier nanoTime) {
    this.sql = sql;
    this.nanoTime = nanoTime;
  }

  /**
   * Notes these runs, for this ingest alone; false, and nothing is noted, if another one writes
   * some of it.
   */
  boolean take(List<NumberQuery> runs) throws SqlUnavailableException {
    notingNanoTime = nanoTime.getAsLong();
    if (runs.isEmpty()) {
      return true;
    }
    return sql.write(
        connection -> {
          if (sql.isShared()) {
            Set<String> owners = Intents.owners(connection, sql.ingest(), runs);
            if (!owners.isEmpty()) {
              return false;
            }
          }
          Intents.add(connection, sql.ingest(), runs);
          return true;
        });
  }

  /** When it last began to note something, by its clock: nobody can have seen it before. */
  long notingNanoTime() {
    return notingNanoTime;
  }

  /** Within a transaction: these are written. */
  void release(Connection connection, List<NumberQuery> runs) throws SQLException {
    Intents.remove(connection, sql.ingest(), runs);
  }

  /** What this ingest itself has noted and not released. */
  List<Noted> own() throws SqlUnavailableException {
    return sql.read(Intents::all).stream()
        .filter(noted -> noted.owner().equals(sql.ingest()))
        .toList();
  }

  /** What others have noted that are gone. To be asked once a second or so. */
  List<Noted> leftBehind() throws SqlUnavailableException {
    return sql.read(
        connection -> {
          List<Noted> others =
              Intents.all(connection).stream()
                  .filter(noted -> !noted.owner().equals(sql.ingest()))
                  .toList();
          Set<String> gone = gone(connection, owners(others));
          return others.stream().filter(noted -> gone.contains(noted.owner())).toList();
        });
  }

  private static Set<String> owners(List<Noted> notes) {
    return notes.stream().map(Noted::owner).collect(Collectors.toCollection(TreeSet::new));
  }

  private Set<String> gone(Connection connection, Set<String> owners) throws SQLException {
    outOfSight.keySet().retainAll(owners);
    Set<String> gone = new TreeSet<>();
    for (String owner : owners) {
      if (!sql.isGone(connection, owner)) {
        outOfSight.remove(owner);
        continue;
      }
      long since = outOfSight.computeIfAbsent(owner, unused -> nanoTime.getAsLong());
      if (!sql.isShared()
          || nanoTime.getAsLong() - since >= TimeUnit.SECONDS.toNanos(GONE_AFTER_SECONDS)) {
        gone.add(owner);
      }
    }
    return gone;
  }

  /**
   * Within a transaction that writes: all of these are seen to.
   *
   * @throws SQLException if one whose they are has come back meanwhile, and may be writing
   */
  void clear(Connection connection, List<Noted> notes) throws SQLException {
    Map<String, List<Noted>> byOwner = notes.stream().collect(Collectors.groupingBy(Noted::owner));
    for (Map.Entry<String, List<Noted>> owner : byOwner.entrySet()) {
      if (!owner.getKey().equals(sql.ingest()) && !sql.staysGone(connection, owner.getKey())) {
        throw new SQLException(
            "another ingest is back that was taken for gone, and sees itself to what it was writing");
      }
      Intents.remove(
          connection, owner.getKey(), owner.getValue().stream().map(Noted::run).toList());
    }
  }

  /** Notes everything: others finish what they have under way, and begin nothing. */
  void announce() throws SqlUnavailableException {
    sql.write(
        connection -> {
          if (Intents.all(connection).stream().anyMatch(Noted::isEverything)) {
            throw new SQLException(
                "the ledger is being rebuilt already; try again when it is done");
          }
          Intents.add(connection, sql.ingest(), List.of(Intents.EVERYTHING));
          return true;
        });
  }

  /** Whether others have noted anything. */
  boolean isAnybodyWriting() throws SqlUnavailableException {
    return sql.read(Intents::all).stream().anyMatch(noted -> !noted.owner().equals(sql.ingest()));
  }
}
