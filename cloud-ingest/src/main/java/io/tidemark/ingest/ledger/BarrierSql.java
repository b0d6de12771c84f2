package io.tidemark.ingest.ledger;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.Statements;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The SQL of the barrier under way. */
final class BarrierSql {
  /**
   * How far above what a gateway says it has seen the tick is raised: another one may have seen
   * more, as far as it goes in some days.
   */
  private static final long TICKS_AHEAD = 1_000_000;

  private BarrierSql() {}

  /**
   * A barrier as it was read.
   *
   * @param begunMillis when it began, since 1970 UTC by the clock of the ingest that did; 0 if
   *     there is none yet
   */
  record Read(long begunMillis, Barrier barrier) {}

  static Read read(Statements statements) throws SQLException {
    long tick = 0;
    long begun = 0;
    try (ResultSet row =
        statements
            .with("SELECT name, value FROM counter WHERE name IN ('tick', 'barrier_begun')")
            .executeQuery()) {
      while (row.next()) {
        if (row.getString(1).equals("tick")) {
          tick = row.getLong(2);
        } else {
          begun = row.getLong(2);
        }
      }
    }
    Map<String, @Nullable Long> targets = new HashMap<>();
    Set<String> passed = new HashSet<>();
    try (ResultSet row =
        statements.with("SELECT name, target, passed FROM ledger_barrier").executeQuery()) {
      while (row.next()) {
        targets.put(row.getString(1), Sql.nullableLong(row, 2));
        if (row.getInt(3) != 0) {
          passed.add(row.getString(1));
        }
      }
    }
    return new Read(begun, new Barrier(tick, targets, passed));
  }

  /** Puts one in the place of another; only what differs is written. */
  static void replace(Statements statements, Barrier before, Barrier after) throws SQLException {
    for (String group : before.targets().keySet()) {
      if (!after.targets().containsKey(group)) {
        int unused = statements.update("DELETE FROM ledger_barrier WHERE name = ?", group);
      }
    }
    for (Map.Entry<String, @Nullable Long> group : after.targets().entrySet()) {
      String name = group.getKey();
      boolean passed = after.passed().contains(name);
      if (before.targets().containsKey(name)
          && Objects.equals(before.targets().get(name), group.getValue())
          && before.passed().contains(name) == passed) {
        continue;
      }
      int unused =
          statements.update(
              """
              INSERT INTO ledger_barrier (name, target, passed) VALUES (?, ?, ?)
              ON CONFLICT (name) DO UPDATE SET target = excluded.target, passed = excluded.passed""",
              name,
              group.getValue(),
              passed ? 1 : 0);
    }
  }

  /**
   * Gateways keep the highest tick they have seen. One that is above ours was given before SQL was
   * put back to an earlier state: ours is raised beyond, so that no report from then counts.
   *
   * @param max a tick above that is nonsense; at four a second none gets as high as the clock's
   *     milliseconds
   * @return whether it was raised
   */
  static boolean raise(
      Statements statements, long current, Collection<GroupReport> reports, long max)
      throws SQLException {
    long highest =
        reports.stream().mapToLong(GroupReport::tick).filter(t -> t <= max).max().orElse(0);
    return highest > current
        && statements.update(
                "UPDATE counter SET value = ? WHERE name = 'tick'", highest + TICKS_AHEAD)
            == 1;
  }

  static void begun(Statements statements, long millis) throws SQLException {
    int unused =
        statements.update("UPDATE counter SET value = ? WHERE name = 'barrier_begun'", millis);
  }
}
