package io.tidemark.ingest.ledger;

import io.tidemark.ingest.ledger.RebuildReport.EpochDifference;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.storage.EpochKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Compares what the ledger has as stored with the rows there are, and repairs it. */
final class Rebuild {
  private final Connection connection;
  private final Statements statements;
  private final StoredNumbers rows;
  private final long nowNanos;

  Rebuild(Connection connection, StoredNumbers rows, long nowNanos) {
    this.connection = connection;
    statements = new Statements(connection);
    this.rows = rows;
    this.nowNanos = nowNanos;
  }

  RebuildReport run(boolean dryRun) throws SQLException {
    try (statements) {
      return compare(dryRun);
    }
  }

  private RebuildReport compare(boolean dryRun) throws SQLException {
    Set<EpochKey> keys = new TreeSet<>(rows.epochs().keySet());
    LedgerSql.epochs(connection, null).forEach(epoch -> keys.add(epoch.key()));
    List<EpochDifference> differences = new ArrayList<>();
    for (EpochKey key : keys) {
      StoredNumbers.Numbers numbers = rows.epochs().getOrDefault(key, new StoredNumbers.Numbers());
      List<Interval> intervals = LedgerSql.intervals(statements, key, 0, Long.MAX_VALUE);
      List<Interval> stored =
          intervals.stream().filter(interval -> interval.state() == State.STORED).toList();
      List<Range> added = difference(numbers.ranges(), ranges(stored));
      List<Range> removed = difference(ranges(stored), numbers.ranges());
      if (added.isEmpty() && removed.isEmpty() && numbers.surplus() == 0) {
        continue;
      }
      differences.add(
          new EpochDifference(
              key.device(),
              key.epoch(),
              stored.stream().mapToLong(Interval::count).sum(),
              numbers.count(),
              numbers.surplus(),
              capped(added),
              capped(removed)));
      if (!dryRun) {
        repair(key, intervals, added, removed);
      }
    }
    return new RebuildReport(differences.isEmpty(), dryRun, differences);
  }

  private void repair(EpochKey key, List<Interval> before, List<Range> added, List<Range> removed)
      throws SQLException {
    LedgerChanges.EpochChange change = new LedgerChanges.EpochChange();
    if (!added.isEmpty()) {
      // An epoch whose ledger is lost comes back as far as its rows show.
      change.nextSequence = added.get(added.size() - 1).last() + 1;
      change.firstSeen = nowNanos;
      change.lastSeen = nowNanos;
    }
    LedgerSql.declare(statements, key, change);
    Intervals intervals = new Intervals(before);
    added.forEach(
        range -> intervals.put(new Interval(range.first(), range.last(), State.STORED, "")));
    removed.forEach(range -> intervals.remove(State.STORED, range.first(), range.last()));
    LedgerSql.replace(statements, key, before, intervals.all());
    for (Range range : removed) {
      LedgerSql.missing(connection, key, range, nowNanos);
    }
    if (!removed.isEmpty()) {
      Lates.cap(statements, key, intervals.all());
    }
  }

  private static List<Range> ranges(List<Interval> intervals) {
    return intervals.stream().map(i -> new Range(i.first(), i.last())).toList();
  }

  /** What is in {@code a} and not in {@code b}; both ascending. */
  private static List<Range> difference(List<Range> a, List<Range> b) {
    List<Interval> holes =
        b.stream()
            .map(range -> new Interval(range.first(), range.last(), State.STORED, ""))
            .toList();
    List<Range> difference = new ArrayList<>();
    int from = 0;
    for (Range range : a) {
      while (from < holes.size() && holes.get(from).last() < range.first()) {
        from++;
      }
      difference.addAll(
          Intervals.gaps(holes.subList(from, holes.size()), range.first(), range.last()));
    }
    return difference;
  }

  private static List<Range> capped(List<Range> ranges) {
    return ranges.size() <= Ledger.RANGES_MAX
        ? ranges
        : List.copyOf(ranges.subList(0, Ledger.RANGES_MAX));
  }
}
