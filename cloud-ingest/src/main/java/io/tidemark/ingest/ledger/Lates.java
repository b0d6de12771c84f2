package io.tidemark.ingest.ledger;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.storage.EpochKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What was stored late. It is noted in the transaction that makes a number stored, which happens
 * once to each: so what comes again, or is found after a crash, is not counted twice. Thread-safe.
 */
public final class Lates {
  /** Intervals kept of an epoch; beyond them, those nearest to each other become one. */
  public static final int INTERVALS_MAX = 500;

  /** Bounds of {@code after}. */
  public static final Duration AFTER_MIN = Duration.ofSeconds(1);

  /** What agents keep for at most, unless told otherwise. */
  public static final Duration AFTER_MAX = Duration.ofDays(30);

  private static final String SELECT =
      """
      SELECT epoch, first_sequence, last_sequence, readings, from_time, to_time, least, most, stored_from, stored_to,
        at_gateway FROM ledger_late WHERE device = ?""";
  private static final String SELECT_BEFORE =
      SELECT + " AND epoch = ? AND first_sequence <= ? ORDER BY first_sequence DESC";
  private static final String SELECT_ALL = SELECT + " AND epoch = ? ORDER BY first_sequence";
  private static final String SELECT_BETWEEN =
      SELECT
          + " AND to_time >= ? AND from_time < ? ORDER BY to_time DESC, epoch, first_sequence LIMIT ?";
  private static final String SELECT_NEWEST =
      SELECT + " ORDER BY stored_to DESC, epoch, first_sequence DESC LIMIT 1";
  private static final String SELECT_READINGS =
      "SELECT device, SUM(readings) FROM ledger_late WHERE device >= ? AND device <= ? GROUP BY device";

  private final Sql sql;
  private final Duration after;

  /**
   * What is kept in {@code sql}. Does nothing yet.
   *
   * @param after a reading is late if it is stored longer than this after it was taken
   */
  public Lates(Sql sql, Duration after) {
    if (after.compareTo(AFTER_MIN) < 0 || after.compareTo(AFTER_MAX) > 0) {
      throw new IllegalArgumentException(
          "tidemark.intake.late-after must be from %s to %s, but is %s: so long after it was taken a reading is stored late"
              .formatted(AFTER_MIN, AFTER_MAX, after));
    }
    this.sql = sql;
    this.after = after;
  }

  /** A reading is late if it is stored longer than this after it was taken. */
  public Duration after() {
    return after;
  }

  /**
   * Of a device, what was taken between two times (nanoseconds since 1970 UTC, the first inclusive,
   * the second exclusive): at most {@code limit}, those taken last, ascending.
   */
  public List<Late> between(String device, long from, long to, int limit)
      throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            List<Late> found = list(statements, SELECT_BETWEEN, device, from, to, limit);
            Collections.reverse(found);
            return found;
          }
        });
  }

  /** All of a device at a glance. */
  public LateSum sum(String device) throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            List<Late> newest = list(statements, SELECT_NEWEST, device);
            return newest.isEmpty()
                ? new LateSum(0, 0, null)
                : sum(statements, device, newest.get(0));
          }
        });
  }

  /**
   * How many readings of each device were stored late, of those from {@code first} to {@code last},
   * both inclusive; of whom there are none is not among them.
   */
  public Map<String, Long> readings(String first, String last) throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet rows = statements.with(SELECT_READINGS, first, last).executeQuery()) {
            Map<String, Long> readings = new HashMap<>();
            while (rows.next()) {
              readings.put(rows.getString(1), rows.getLong(2));
            }
            return readings;
          }
        });
  }

  private static LateSum sum(Statements statements, String device, Late newest)
      throws SQLException {
    try (ResultSet row =
        statements
            .with("SELECT SUM(readings), MAX(most) FROM ledger_late WHERE device = ?", device)
            .executeQuery()) {
      row.next();
      return new LateSum(row.getLong(1), row.getLong(2), newest);
    }
  }

  private static List<Late> list(Statements statements, String select, Object... values)
      throws SQLException {
    try (ResultSet rows = statements.with(select, values).executeQuery()) {
      List<Late> found = new ArrayList<>();
      while (rows.next()) {
        found.add(late(rows));
      }
      return found;
    }
  }

  private static Late late(ResultSet row) throws SQLException {
    return new Late(
        row.getLong(1),
        row.getLong(2),
        row.getLong(3),
        row.getLong(4),
        row.getLong(5),
        row.getLong(6),
        row.getLong(7),
        row.getLong(8),
        row.getLong(9),
        row.getLong(10),
        Sql.nullableLong(row, 11));
  }

  // ---- within the ledger's transactions

  /** Adds what has just become stored; what it meets becomes one with it. */
  static void keep(Statements statements, EpochKey key, Late added, int intervalsMax)
      throws SQLException {
    List<Late> met = met(statements, key, added);
    Late joined = added;
    for (Late other : met) {
      joined = joined.join(other);
    }
    for (Late other : met) {
      if (other.first() != joined.first()) {
        delete(statements, key, other);
      }
    }
    put(statements, key, joined);
    if (met.isEmpty() && count(statements, key) > intervalsMax) {
      joinNearest(statements, key, intervalsMax / 2);
    }
  }

  /**
   * Numbers of the epoch are no longer stored: of none more are late than are stored.
   *
   * @param recorded what is recorded of the epoch now, ascending
   */
  static void cap(Statements statements, EpochKey key, List<Interval> recorded)
      throws SQLException {
    for (Late late : list(statements, SELECT_ALL, key.device(), key.epoch())) {
      long stored =
          recorded.stream()
              .filter(interval -> interval.state() == State.STORED)
              .mapToLong(interval -> common(interval, late))
              .sum();
      if (stored == 0) {
        delete(statements, key, late);
      } else if (stored < late.readings()) {
        put(statements, key, late.atMost(stored));
      }
    }
  }

  /** How many numbers are in both. */
  private static long common(Interval interval, Late late) {
    long first = Math.max(interval.first(), late.first());
    long last = Math.min(interval.last(), late.last());
    return Math.max(0, last - first + 1);
  }

  private static List<Late> met(Statements statements, EpochKey key, Late added)
      throws SQLException {
    try (ResultSet rows =
        statements
            .with(SELECT_BEFORE, key.device(), key.epoch(), added.last() + 1)
            .executeQuery()) {
      List<Late> met = new ArrayList<>();
      // Disjoint, so descending by their starts is descending by their ends: behind the first that
      // is too low, all are.
      while (rows.next()) {
        Late late = late(rows);
        if (!late.meets(added)) {
          break;
        }
        met.add(late);
      }
      return met;
    }
  }

  private static long count(Statements statements, EpochKey key) throws SQLException {
    try (ResultSet row =
        statements
            .with(
                "SELECT COUNT(*) FROM ledger_late WHERE device = ? AND epoch = ?",
                key.device(),
                key.epoch())
            .executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Leaves this many, by joining those with the fewest numbers between them. */
  private static void joinNearest(Statements statements, EpochKey key, int left)
      throws SQLException {
    List<Late> all = list(statements, SELECT_ALL, key.device(), key.epoch());
    // The widest gaps stay; of equally wide ones, as many as there is room for.
    long[] gaps = new long[all.size() - 1];
    for (int i = 0; i < gaps.length; i++) {
      gaps[i] = all.get(i + 1).first() - all.get(i).last();
    }
    long[] ascending = LongStream.of(gaps).sorted().toArray();
    long kept = ascending[gaps.length - left + 1];
    long room = left - 1 - LongStream.of(gaps).filter(gap -> gap > kept).count();
    @Nullable Late current = null;
    for (int i = 0; i < all.size(); i++) {
      Late next = all.get(i);
      delete(statements, key, next);
      if (current != null) {
        long gap = gaps[i - 1];
        boolean isApart = gap > kept || (gap == kept && room-- > 0);
        if (isApart) {
          put(statements, key, current);
        } else {
          next = current.join(next);
        }
      }
      current = next;
    }
    if (current != null) {
      put(statements, key, current);
    }
  }

  private static void put(Statements statements, EpochKey key, Late late) throws SQLException {
    statements.update(
        """
        INSERT INTO ledger_late (device, epoch, first_sequence, last_sequence, readings, from_time, to_time, least, most,
          stored_from, stored_to, at_gateway) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (device, epoch, first_sequence) DO UPDATE SET last_sequence = excluded.last_sequence,
          readings = excluded.readings, from_time = excluded.from_time, to_time = excluded.to_time,
          least = excluded.least, most = excluded.most, stored_from = excluded.stored_from,
          stored_to = excluded.stored_to, at_gateway = excluded.at_gateway""",
        key.device(),
        key.epoch(),
        late.first(),
        late.last(),
        late.readings(),
        late.fromNanos(),
        late.toNanos(),
        late.leastNanos(),
        late.mostNanos(),
        late.storedFromNanos(),
        late.storedToNanos(),
        late.atGatewayNanos());
  }

  private static void delete(Statements statements, EpochKey key, Late late) throws SQLException {
    statements.update(
        "DELETE FROM ledger_late WHERE device = ? AND epoch = ? AND first_sequence = ?",
        key.device(),
        key.epoch(),
        late.first());
  }
}
