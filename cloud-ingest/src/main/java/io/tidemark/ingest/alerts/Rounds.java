package io.tidemark.ingest.alerts;

import io.tidemark.ingest.alerts.Standing.State;
import io.tidemark.ingest.alerts.Touched.Times;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One round: take or renew the lease, judge every rule by what has come since the last one, and
 * commit episodes, standings and what is to be told in one transaction. An ingest without the lease
 * only notes of which devices it has stored readings.
 *
 * <p>A round that fails is forgotten: the next one judges everything again over the look-back. Used
 * by one thread.
 */
final class Rounds {
  private final Sql sql;
  private final TimeSeriesStore store;
  private final Ledger ledger;
  private final Scopes scopes;
  private final Touched touched;
  private final Lease lease;
  private final AlertSettings settings;
  private final AlertMeters meters;
  private final Clock clock;
  private @Nullable Memory memory;

  /** What the ingest with the lease remembers between rounds. */
  private record Memory(ThresholdJudge judge, Standings standings, long sinceNanos) {}

  Rounds(
      Sql sql,
      TimeSeriesStore store,
      Ledger ledger,
      Scopes scopes,
      Touched touched,
      Lease lease,
      AlertSettings settings,
      AlertMeters meters,
      Clock clock) {
    this.sql = sql;
    this.store = store;
    this.ledger = ledger;
    this.scopes = scopes;
    this.touched = touched;
    this.lease = lease;
    this.settings = settings;
    this.meters = meters;
    this.clock = clock;
  }

  /** Does one; true if this ingest is the one that judges. */
  boolean round() throws SqlUnavailableException, StoreUnavailableException {
    long now = Ledger.nanos(clock.instant());
    boolean isOurs = lease.take(now);
    Map<String, Times> times = new HashMap<>(touched.take());
    boolean isDone = false;
    try {
      if (isOurs) {
        judge(join(times, takeNoted()), now);
      } else {
        memory = null;
        sql.write(connection -> note(connection, times));
      }
      isDone = true;
    } finally {
      if (!isDone) {
        memory = null;
        if (!isOurs) {
          touched.giveBack(times); // who judges is not this one, and must hear of it
        }
      }
    }
    return isOurs;
  }

  private static Map<String, Times> join(Map<String, Times> ours, Map<String, Times> others) {
    Map<String, Times> all = new HashMap<>(ours);
    others.forEach((device, times) -> all.merge(device, times, Times::join));
    return all;
  }

  private void judge(Map<String, Times> times, long now)
      throws SqlUnavailableException, StoreUnavailableException {
    List<Rule> rules = new ArrayList<>(sql.read(Rules::list));
    rules.removeIf(rule -> !rule.spec().enabled());
    Fleet fleet =
        rules.isEmpty()
            ? new Fleet(Map.of(), Map.of())
            : new Fleet(ledger.lastSeen(), scopes.devicesByLabel());
    Memory current = memory;
    if (current == null) {
      Standings standings =
          sql.read(connection -> new Standings(connection, settings.noDataAfter()));
      ThresholdJudge judge = new ThresholdJudge(store, settings);
      standings.remind(judge, rules);
      current = new Memory(judge, standings, now);
      memory = current;
    }
    List<Rule> onThresholds =
        rules.stream().filter(rule -> rule.spec().threshold() != null).toList();
    Standings standings = current.standings();
    standings.begin();
    List<Found> found =
        new ArrayList<>(
            current
                .judge()
                .round(
                    onThresholds,
                    fleet,
                    times,
                    (rule, from) -> sql.read(connection -> EpisodeSql.of(connection, rule, from)),
                    now));
    for (Rule rule : onThresholds) {
      standings.judged(rule, fleet.of(rule.spec()), current.judge(), now);
    }
    boolean settled = now - current.sinceNanos() >= settings.settleFor().toNanos();
    for (Rule rule : rules) {
      if (rule.spec().threshold() == null) {
        List<Episode> open = sql.read(connection -> EpisodeSql.open(connection, rule.id()));
        List<Found> silent = SilenceJudge.judge(rule, fleet, open, settled, now);
        standings.judged(rule, fleet, open, silent);
        found.addAll(silent);
      }
    }
    commit(rules, fleet, found, standings, now);
  }

  private void commit(
      List<Rule> rules, Fleet fleet, List<Found> found, Standings standings, long now)
      throws SqlUnavailableException {
    Set<Long> written =
        sql.write(
            connection -> {
              if (!lease.isOurs(connection)) {
                throw new SQLException("another ingest has begun to judge alerts");
              }
              Set<Long> asJudged = unchanged(connection, rules);
              try (Statements statements = new Statements(connection)) {
                Recorder recorder = new Recorder(statements, now);
                for (Found one : found) {
                  if (asJudged.contains(one.rule().id())) {
                    recorder.record(one);
                  }
                }
                for (Rule rule : rules) {
                  if (asJudged.contains(rule.id())) {
                    endOutside(connection, recorder, rule, fleet.of(rule.spec()));
                  }
                }
                standings.write(statements, asJudged, now);
              }
              return asJudged;
            });
    standings.committed(written);
    meters.standing(
        standings.total(State.FIRING),
        standings.total(State.PENDING),
        standings.total(State.NO_DATA));
  }

  /** Devices can lose a label while a rule fires for them. */
  private static void endOutside(
      Connection connection, Recorder recorder, Rule rule, Set<String> watched)
      throws SQLException {
    for (Episode episode : EpisodeSql.open(connection, rule.id())) {
      if (!watched.contains(episode.device())) {
        recorder.end(rule, episode, "the rule watches the device no longer");
      }
    }
  }

  /**
   * Rules that were not changed while they were judged; the others are judged in the next round.
   */
  private static Set<Long> unchanged(Connection connection, List<Rule> rules) throws SQLException {
    Set<Long> unchanged = new HashSet<>();
    Map<Long, Long> versions = new HashMap<>();
    Rules.list(connection).forEach(rule -> versions.put(rule.id(), rule.version()));
    for (Rule rule : rules) {
      if (Long.valueOf(rule.version()).equals(versions.get(rule.id()))) {
        unchanged.add(rule.id());
      }
    }
    return unchanged;
  }

  private static int note(Connection connection, Map<String, Times> times) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      for (Map.Entry<String, Times> entry : times.entrySet()) {
        statements.update(
            """
            INSERT INTO alert_touched (device, from_time, to_time) VALUES (?, ?, ?)
            ON CONFLICT (device) DO UPDATE SET
              from_time = CASE WHEN excluded.from_time < alert_touched.from_time THEN excluded.from_time
                ELSE alert_touched.from_time END,
              to_time = CASE WHEN excluded.to_time > alert_touched.to_time THEN excluded.to_time
                ELSE alert_touched.to_time END""",
            entry.getKey(),
            entry.getValue().from(),
            entry.getValue().to());
      }
    }
    return times.size();
  }

  private Map<String, Times> takeNoted() throws SqlUnavailableException {
    Map<String, Times> noted = sql.read(Rounds::noted);
    return noted.isEmpty() ? noted : sql.write(Rounds::clearNoted);
  }

  private static Map<String, Times> clearNoted(Connection connection) throws SQLException {
    Map<String, Times> noted = noted(connection);
    try (Statements statements = new Statements(connection)) {
      statements.update("DELETE FROM alert_touched");
    }
    return noted;
  }

  private static Map<String, Times> noted(Connection connection) throws SQLException {
    Map<String, Times> noted = new HashMap<>();
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with("SELECT device, from_time, to_time FROM alert_touched")
                .executeQuery()) {
      while (row.next()) {
        noted.put(row.getString(1), new Times(row.getLong(2), row.getLong(3)));
      }
    }
    return noted;
  }
}
