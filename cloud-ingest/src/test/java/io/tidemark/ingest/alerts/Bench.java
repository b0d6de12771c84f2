package io.tidemark.ingest.alerts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidemark.ingest.HandClock;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Rules judged over a store in memory by a clock that a test sets; SQL is real. */
final class Bench implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  static final AlertSettings SETTINGS = settings(Duration.ZERO);

  /** 2026-03-01T12:00:00Z. */
  static final long T0 = 1_772_366_400_000_000_000L;

  static final long SECOND = 1_000_000_000L;

  final HandClock clock = new HandClock();
  final FakeStore store;
  final Sql sql;
  final Map<String, Set<String>> labels = new HashMap<>();

  /** Done in a round, after it has read the rules and before it judges. */
  Runnable duringRound = () -> {};

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AlertSettings settings;
  private Touched touched = new Touched();
  private Rounds rounds;
  private long sequence;

  Bench(Path folder) {
    this(folder, SETTINGS, new FakeStore());
  }

  Bench(Path folder, AlertSettings settings, FakeStore store) {
    this.settings = settings;
    this.store = store;
    sql = TestDatabase.open(folder.resolve("test.db"));
    rounds = newRounds();
  }

  static AlertSettings settings(Duration settleFor) {
    return new AlertSettings(
        Duration.ofSeconds(5),
        Duration.ofHours(1),
        Duration.ofMinutes(5),
        settleFor,
        Duration.ofSeconds(15),
        Duration.ofHours(24),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofDays(90));
  }

  private Rounds newRounds() {
    return new Rounds(
        sql,
        store,
        new Ledger(sql, store, clock),
        () -> {
          duringRound.run();
          return labels;
        },
        touched,
        new Lease(sql, settings.leaseFor().toNanos()),
        settings,
        new AlertMeters(registry),
        clock);
  }

  /** As after kill -9: nothing but SQL and the store is left, and the lease has run out. */
  void restart() throws Exception {
    touched = new Touched();
    rounds = newRounds();
    sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            return statements.update("UPDATE alert_lease SET until_time = 0");
          }
        });
  }

  Rule rule(String json) throws Exception {
    Optional<Rule> rule = new Rules(sql, clock).create(spec(json));
    return rule.orElseThrow();
  }

  static RuleSpec spec(String json) throws Exception {
    JsonNode node = JSON.readTree(json.replace('\'', '"'));
    return RuleJson.read(node);
  }

  Rule hot(String more) throws Exception {
    return rule(
        "{'name':'hot','kind':'threshold','metric':'t','direction':'above','threshold':80,'for':'PT1M',"
            + "'webhooks':['http://r/']"
            + more
            + "}");
  }

  /** Stores a value, {@code second} seconds after {@link HandClock#T0}. */
  void value(String device, double second, double value) throws Exception {
    values(List.of(row(device, second, value)));
  }

  void values(List<Row> rows) throws Exception {
    store.write(rows);
    seen(rows);
    touched.rows(rows);
  }

  Row row(String device, double second, double value) {
    return new Row(
        new EpochKey(device, 1),
        sequence++,
        new Reading("s", "k", at(second), Map.of("t", Value.of(value))));
  }

  static long at(double second) {
    return T0 + (long) (second * SECOND);
  }

  private void seen(List<Row> rows) throws Exception {
    for (Row row : rows) {
      heard(row.key().device(), row.reading().timeNanos());
    }
  }

  /** A gateway received something of a device. */
  void heard(String device, long nanos) throws Exception {
    sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            return statements.update(
                """
                INSERT INTO ledger_epoch (device, epoch, next_sequence, oldest_kept, pending_kept, settled_kept,
                  redelivered, first_seen, last_seen) VALUES (?, 1, 0, 0, 0, 0, 0, ?, ?)
                ON CONFLICT (device, epoch) DO UPDATE SET last_seen = excluded.last_seen
                WHERE excluded.last_seen > ledger_epoch.last_seen""",
                device,
                nanos,
                nanos);
          }
        });
  }

  /** A round, {@code second} seconds after {@link HandClock#T0}. */
  boolean round(double second) throws Exception {
    clock.set(at(second));
    return rounds.round();
  }

  /** Episodes as {@code device start-end}, in seconds; withdrawn ones in brackets. */
  List<String> episodes() throws Exception {
    List<Episode> all =
        sql.read(
            connection ->
                EpisodeSql.history(
                    connection,
                    new HistoryQuery(Long.MIN_VALUE, Long.MAX_VALUE, null, null, null, 1_000)));
    List<String> texts = new ArrayList<>();
    for (Episode episode : all) {
      String text =
          "%s %s-%s"
              .formatted(
                  episode.device(),
                  seconds(episode.startedAt()),
                  episode.endedAt() == null ? "" : seconds(episode.end()));
      texts.add(0, episode.withdrawn() ? "(" + text + ")" : text);
    }
    return texts;
  }

  private static long seconds(long nanos) {
    return Math.floorDiv(nanos - T0, SECOND);
  }

  /** What was put into the outbox: state and text. */
  List<String> told() throws Exception {
    List<String> told = new ArrayList<>();
    for (JsonNode body : bodies()) {
      told.add(body.path("state").asText() + " " + body.path("device").asText());
    }
    return told;
  }

  List<JsonNode> bodies() throws Exception {
    List<String> bodies =
        sql.read(
            connection -> {
              try (Statements statements = new Statements(connection);
                  ResultSet row =
                      statements
                          .with("SELECT body FROM alert_notification ORDER BY number")
                          .executeQuery()) {
                List<String> found = new ArrayList<>();
                while (row.next()) {
                  found.add(row.getString(1));
                }
                return found;
              }
            });
    List<JsonNode> nodes = new ArrayList<>();
    for (String body : bodies) {
      nodes.add(JSON.readTree(body));
    }
    return nodes;
  }

  /** What the metrics say of {@code firing}, {@code pending} and so on. */
  double gauge(String name) {
    return registry.get("tidemark.ingest.alerts." + name).gauge().value();
  }

  /** What is in the list of states: {@code device state since}. */
  List<String> states() throws Exception {
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet row =
                  statements
                      .with("SELECT device, state, since FROM alert_state ORDER BY device, rule")
                      .executeQuery()) {
            List<String> found = new ArrayList<>();
            while (row.next()) {
              found.add(row.getString(1) + " " + row.getString(2) + " " + seconds(row.getLong(3)));
            }
            return found;
          }
        });
  }

  @Override
  public void close() {
    sql.close();
  }
}
