package io.tidemark.ingest.alerts;

import io.tidemark.ingest.alerts.Fold.Stand;
import io.tidemark.ingest.alerts.SeriesMemory.Newest;
import io.tidemark.ingest.alerts.Standing.State;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the series stand that are not ok, as others may read it in SQL: only what has changed is
 * written. Used by the thread of the rounds.
 */
final class Standings {
  /** Series without data that are listed of a rule; more are only counted. */
  static final int NO_DATA_MAX = 1_000;

  /** A series that has been without data for so long has been taken away. */
  static final Duration FORGET_AFTER = Duration.ofDays(7);

  private final long noDataNanos;

  /** What is in SQL. */
  private final Map<Key, Standing> written = new HashMap<>();

  private Map<Key, Standing> next = new HashMap<>();
  private final Map<Long, Counts> counts = new HashMap<>();

  private record Key(long rule, Series series) {}

  /** How many series a rule watches, and of those that are not ok how many are in each state. */
  record Counts(long watched, Map<State, Long> byState) {
    long of(State state) {
      return byState.getOrDefault(state, 0L);
    }
  }

  /** Reads what is in SQL. */
  Standings(Connection connection, Duration noDataAfter) throws SQLException {
    noDataNanos = noDataAfter.toNanos();
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    "SELECT rule, device, sensor, state, since, value, reading_at FROM alert_state")
                .executeQuery()) {
      while (row.next()) {
        State state = State.of(row.getString(4));
        written.put(
            new Key(row.getLong(1), new Series(row.getString(2), row.getString(3))),
            new Standing(
                state == null ? State.NO_DATA : state,
                row.getLong(5),
                EpisodeSql.value(row, 6),
                Sql.nullableLong(row, 7)));
      }
    }
  }

  /** Tells of series whose last reading is older than what is read after a start. */
  void remind(SeriesMemory memory, Collection<Rule> rules) {
    Map<Long, Rule> byId = new HashMap<>();
    rules.forEach(rule -> byId.put(rule.id(), rule));
    written.forEach(
        (key, standing) -> {
          Rule rule = byId.get(key.rule());
          Long time = standing.readingAt();
          Double value = standing.value();
          if (rule != null && time != null && value != null) {
            memory.remember(rule.spec().metric(), key.series(), time, value);
          }
        });
  }

  /** Begins a round. */
  void begin() {
    next = new HashMap<>();
    counts.clear();
  }

  /** A rule on a threshold has been judged. */
  void judged(Rule rule, Set<String> watched, SeriesMemory memory, long now) {
    Tally tally = new Tally(rule);
    memory
        .newest(rule.spec().metric())
        .forEach(
            (series, newest) -> {
              if (ThresholdJudge.isWatched(rule, watched, series)) {
                tally.add(series, standing(memory.stand(rule, series), newest, now), newest, now);
              }
            });
    if (tally.watched == 0 && !rule.spec().device().isEmpty()) {
      Series named = new Series(rule.spec().device(), "");
      tally.put(named, new Standing(State.NO_DATA, rule.judgedSinceNanos(), null, null));
    }
    counts.put(rule.id(), new Counts(tally.watched, tally.byState));
  }

  private Standing standing(@Nullable Stand stand, Newest newest, long now) {
    if (stand != null && stand.firingSince() != Fold.NONE) {
      return new Standing(State.FIRING, stand.firingSince(), newest.value(), newest.time());
    }
    if (now - newest.time() > noDataNanos) {
      return new Standing(State.NO_DATA, newest.time(), newest.value(), newest.time());
    }
    return stand == null
        ? OK
        : new Standing(State.PENDING, stand.beyondSince(), newest.value(), newest.time());
  }

  /** Never written. */
  private static final Standing OK = new Standing(State.PENDING, 0, null, null);

  /** Collects one rule's standings. */
  private final class Tally {
    private final Rule rule;
    private final Map<State, Long> byState = new EnumMap<>(State.class);
    private long watched;

    Tally(Rule rule) {
      this.rule = rule;
    }

    void add(Series series, Standing standing, Newest newest, long now) {
      boolean isGone =
          standing.state() == State.NO_DATA && now - newest.time() > FORGET_AFTER.toNanos();
      if (isGone) {
        return;
      }
      if (standing == OK) {
        watched++;
      } else {
        put(series, standing);
      }
    }

    void put(Series series, Standing standing) {
      watched++;
      long before = byState.merge(standing.state(), 1L, Long::sum) - 1;
      if (standing.state() != State.NO_DATA || before < NO_DATA_MAX) {
        next.put(new Key(rule.id(), series), standing);
      }
    }
  }

  /** A rule on silence has been judged. */
  void judged(Rule rule, Fleet fleet, List<Episode> open, List<Found> found) {
    Map<String, Long> firing = new HashMap<>();
    open.forEach(episode -> firing.put(episode.device(), episode.startedAt()));
    for (Found one : found) {
      firing.remove(one.series().device());
      one.spans().stream()
          .filter(Span::isOpen)
          .forEach(span -> firing.put(one.series().device(), span.start()));
    }
    Set<String> watched = fleet.of(rule.spec());
    firing.keySet().retainAll(watched);
    firing.forEach(
        (device, since) ->
            next.put(
                new Key(rule.id(), new Series(device, "")),
                new Standing(
                    State.FIRING, since, null, SilenceJudge.lastSeen(rule, fleet, device))));
    Map<State, Long> byState = new EnumMap<>(State.class);
    byState.put(State.FIRING, (long) firing.size());
    counts.put(rule.id(), new Counts(watched.size(), byState));
  }

  /** Writes what has changed since the last round, and that these rules were judged. */
  void write(Statements statements, Set<Long> rules, long now) throws SQLException {
    for (Map.Entry<Key, Standing> entry : next.entrySet()) {
      Key key = entry.getKey();
      Standing standing = entry.getValue();
      if (!rules.contains(key.rule()) || standing.equals(written.get(key))) {
        continue;
      }
      PreparedStatement insert =
          statements.with(
              """
              INSERT INTO alert_state (rule, device, sensor, state, since, value, reading_at) VALUES (?, ?, ?, ?, ?, ?, ?)
              ON CONFLICT (rule, device, sensor) DO UPDATE SET state = excluded.state, since = excluded.since,
                value = excluded.value, reading_at = excluded.reading_at""",
              key.rule(),
              key.series().device(),
              key.series().sensor(),
              standing.state().word(),
              standing.since());
      EpisodeSql.setDouble(insert, 6, standing.value());
      Sql.setLong(insert, 7, standing.readingAt());
      insert.executeUpdate();
    }
    for (Key key : written.keySet()) {
      if (!next.containsKey(key)) {
        statements.update(
            "DELETE FROM alert_state WHERE rule = ? AND device = ? AND sensor = ?",
            key.rule(),
            key.series().device(),
            key.series().sensor());
      }
    }
    for (Map.Entry<Long, Counts> entry : counts.entrySet()) {
      if (rules.contains(entry.getKey())) {
        judgement(statements, entry.getKey(), entry.getValue(), now);
      }
    }
  }

  private static void judgement(Statements statements, long rule, Counts counts, long now)
      throws SQLException {
    statements.update(
        """
        INSERT INTO alert_judgement (rule, at, watched, firing, pending, no_data) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (rule) DO UPDATE SET at = excluded.at, watched = excluded.watched, firing = excluded.firing,
          pending = excluded.pending, no_data = excluded.no_data""",
        rule,
        now,
        counts.watched(),
        counts.of(State.FIRING),
        counts.of(State.PENDING),
        counts.of(State.NO_DATA));
  }

  /** What was written is committed. */
  void committed(Set<Long> rules) {
    written.keySet().removeIf(key -> rules.contains(key.rule()) || !next.containsKey(key));
    next.forEach(
        (key, standing) -> {
          if (rules.contains(key.rule())) {
            written.put(key, standing);
          }
        });
  }

  /** Of all rules together. */
  long total(State state) {
    return counts.values().stream().mapToLong(rule -> rule.of(state)).sum();
  }
}
