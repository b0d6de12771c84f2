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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One round: take or renew the lease, judge every rule by what has come since the last one, and
 * commit episodes, standings and what is to be told in one transaction. An ingest without the lease
 * only notes of which devices it has stored readings.
 *
 * <p>A round that fails is forgotten: the next one judges everything again over the look-back, and
 * what had come for the one that failed. Used by one thread.
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

  /** Since when this ingest has had the lease and heard of devices; null: it has not. */
  private @Nullable Long listeningSince;

  private long doneAt;

  /** What the ingest with the lease remembers between rounds. */
  private record Memory(SeriesMemory series, ThresholdJudge judge, Standings standings) {}

  /**
   * What there is to judge, by device.
   *
   * @param all times of new readings
   * @param noted of them, those that are noted in SQL
   */
  private record Work(Map<String, Times> all, Map<String, Times> noted) {}

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
    Lease.Hold hold = lease.take(now);
    if (hold != Lease.Hold.KEPT) {
      memory = null; // another may have judged meanwhile
      listeningSince = null;
    }
    boolean isOurs = hold != Lease.Hold.ANOTHERS;
    Map<String, Times> times = new HashMap<>(touched.take());
    boolean isDone = false;
    try {
      if (isOurs) {
        listen(now);
        long horizon = ThresholdJudge.horizon(now);
        Map<String, Times> noted = sql.read(connection -> noted(connection, horizon));
        judge(new Work(join(times, noted), noted), now);
        doneAt = Ledger.nanos(clock.instant());
      } else {
        meters.othersJudge();
        sql.write(connection -> note(connection, times));
      }
      isDone = true;
    } finally {
      if (!isDone) {
        memory = null;
        touched.giveBack(times);
      }
    }
    return isOurs;
  }

  /**
   * Begins to listen anew if rounds have failed for so long that gateways may hold much back. A
   * single failure is no reason: one a minute would mean that silence is never judged.
   */
  private void listen(long now) {
    long pause = settings.settleFor().plus(settings.every().multipliedBy(2)).toNanos();
    if (listeningSince == null || now - doneAt > pause) {
      listeningSince = now;
    }
  }

  private boolean isSettled(long now) {
    Long since = listeningSince;
    return since != null && now - since >= settings.settleFor().toNanos();
  }

  private static Map<String, Times> join(Map<String, Times> ours, Map<String, Times> others) {
    Map<String, Times> all = new HashMap<>(ours);
    others.forEach((device, times) -> all.merge(device, times, Times::join));
    return all;
  }

  private void judge(Work work, long now)
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
      SeriesMemory series = new SeriesMemory();
      standings.remind(series, rules);
      current = new Memory(series, new ThresholdJudge(store, series, settings), standings);
      memory = current;
    }
    List<Rule> onThresholds =
        rules.stream().filter(rule -> rule.spec().threshold() != null).toList();
    Standings standings = current.standings();
    standings.begin();
    List<Found> found =
        new ArrayList<>(
            current.judge().round(onThresholds, fleet, due(work.all(), now), this::recorded, now));
    for (Rule rule : onThresholds) {
      standings.judged(rule, fleet.of(rule.spec()), current.series(), now);
    }
    for (Rule rule : rules) {
      if (rule.spec().threshold() == null) {
        List<Episode> open = sql.read(connection -> EpisodeSql.open(connection, rule.id()));
        List<Found> silent = SilenceJudge.judge(rule, fleet, open, isSettled(now), now);
        standings.judged(rule, fleet, open, silent);
        found.addAll(silent);
      }
    }
    commit(rules, fleet, found, current, work, now);
  }

  private List<Episode> recorded(long rule, long from) throws SqlUnavailableException {
    return sql.read(connection -> EpisodeSql.of(connection, rule, from));
  }

  private void commit(
      List<Rule> rules, Fleet fleet, List<Found> found, Memory current, Work work, long now)
      throws SqlUnavailableException {
    List<Outside> outside = sql.read(connection -> outside(connection, rules, fleet));
    Standings standings = current.standings();
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
                for (Outside one : outside) {
                  if (asJudged.contains(one.rule().id())) {
                    recorder.end(
                        one.rule(), one.episode(), "the rule watches the device no longer");
                  }
                }
                standings.write(statements, asJudged, now);
                // What was judged by a rule that has changed meanwhile is judged again.
                boolean areAllJudged = asJudged.size() == rules.size();
                forget(statements, work.noted());
                note(statements, areAllJudged ? later(work.all(), now) : work.all());
              }
              return asJudged;
            });
    standings.committed(written);
    current.judge().committed(written);
    meters.standing(
        standings.total(State.FIRING),
        standings.total(State.PENDING),
        standings.total(State.NO_DATA));
  }

  /** What a rule fires for a device that it does not watch any more. */
  private record Outside(Rule rule, Episode episode) {}

  /** Devices can lose a label while a rule fires for them. */
  private static List<Outside> outside(Connection connection, List<Rule> rules, Fleet fleet)
      throws SQLException {
    List<Outside> outside = new ArrayList<>();
    for (Rule rule : rules) {
      Set<String> watched = fleet.of(rule.spec());
      for (Episode episode : EpisodeSql.open(connection, rule.id())) {
        if (!watched.contains(episode.device())) {
          outside.add(new Outside(rule, episode));
        }
      }
    }
    return outside;
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

  /** What can be judged now: readings of times to come wait. */
  private static Map<String, Times> due(Map<String, Times> all, long now) {
    return cut(all, times -> times.upTo(ThresholdJudge.horizon(now)));
  }

  private static Map<String, Times> later(Map<String, Times> all, long now) {
    return cut(all, times -> times.after(ThresholdJudge.horizon(now)));
  }

  private static Map<String, Times> cut(
      Map<String, Times> all, Function<Times, @Nullable Times> part) {
    Map<String, Times> cut = new HashMap<>();
    all.forEach(
        (device, times) -> {
          Times some = part.apply(times);
          if (some != null) {
            cut.put(device, some);
          }
        });
    return cut;
  }

  private static int note(Connection connection, Map<String, Times> times) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      note(statements, times);
    }
    return times.size();
  }

  private static void note(Statements statements, Map<String, Times> times) throws SQLException {
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

  /** Deletes what was noted, unless more has been noted of the device since it was read. */
  private static void forget(Statements statements, Map<String, Times> noted) throws SQLException {
    for (Map.Entry<String, Times> entry : noted.entrySet()) {
      statements.update(
          "DELETE FROM alert_touched WHERE device = ? AND from_time = ? AND to_time = ?",
          entry.getKey(),
          entry.getValue().from(),
          entry.getValue().to());
    }
  }

  /** What is noted of devices some of whose readings can be judged now. */
  private static Map<String, Times> noted(Connection connection, long horizon) throws SQLException {
    Map<String, Times> noted = new HashMap<>();
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    "SELECT device, from_time, to_time FROM alert_touched WHERE from_time <= ?",
                    horizon)
                .executeQuery()) {
      while (row.next()) {
        noted.put(row.getString(1), new Times(row.getLong(2), row.getLong(3)));
      }
    }
    return noted;
  }
}
