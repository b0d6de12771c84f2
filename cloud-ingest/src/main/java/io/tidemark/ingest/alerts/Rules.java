package io.tidemark.ingest.alerts;

import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rules. Thread-safe. */
final class Rules {
  /** Rules there may be: all are judged in every round. */
  static final int RULES_MAX = 200;

  private final Sql sql;
  private final Clock clock;
  private final Audit audit;
  private final Actor actor;

  Rules(Sql sql, Clock clock) {
    this(sql, clock, new Audit(sql, clock), Actor.INGEST);
  }

  private Rules(Sql sql, Clock clock, Audit audit, Actor actor) {
    this.sql = sql;
    this.clock = clock;
    this.audit = audit;
    this.actor = actor;
  }

  /** The same, changed by somebody: so the audit has it. */
  Rules by(Actor somebody) {
    return new Rules(sql, clock, audit, somebody);
  }

  /** All, by id. */
  static List<Rule> list(Connection connection) throws SQLException {
    return read(connection, "ORDER BY id");
  }

  private static List<Rule> read(Connection connection, String where, Object... values)
      throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    "SELECT id, version, judged_since, definition FROM alert_rule " + where, values)
                .executeQuery()) {
      List<Rule> rules = new ArrayList<>();
      while (row.next()) {
        rules.add(
            new Rule(
                row.getLong(1), row.getLong(2), row.getLong(3), RuleJson.kept(row.getString(4))));
      }
      return rules;
    }
  }

  static Optional<Rule> find(Connection connection, long id) throws SQLException {
    return read(connection, "WHERE id = ?", id).stream().findFirst();
  }

  /** Adds a rule; empty if there are too many. */
  Optional<Rule> create(RuleSpec spec) throws SqlUnavailableException {
    long now = Ledger.nanos(clock.instant());
    return sql.write(
        connection -> {
          if (list(connection).size() >= RULES_MAX) {
            return Optional.empty();
          }
          try (Statements statements = new Statements(connection)) {
            statements.update("UPDATE counter SET value = value + 1 WHERE name = 'alert_rules'");
            statements.update(
                "INSERT INTO alert_rule (id, version, judged_since, definition)"
                    + " SELECT value, 1, ?, ? FROM counter WHERE name = 'alert_rules'",
                now,
                RuleJson.write(spec).toString());
          }
          List<Rule> rules = list(connection);
          Rule made = rules.get(rules.size() - 1);
          audit.add(connection, actor, What.RULE_MADE, subject(made), null, RuleJson.write(spec));
          return Optional.of(made);
        });
  }

  /**
   * Replaces a rule, or deletes it.
   *
   * @param version only if it is this one
   * @param spec what it becomes; null: it goes
   * @return empty if there is none
   */
  Optional<RuleChange> change(long id, long version, @Nullable RuleSpec spec)
      throws SqlUnavailableException {
    long now = Ledger.nanos(clock.instant());
    return sql.write(
        connection -> {
          Rule rule = find(connection, id).orElse(null);
          if (rule == null) {
            return Optional.empty();
          }
          if (version != rule.version()) {
            return Optional.of(new RuleChange(false, rule));
          }
          try (Statements statements = new Statements(connection)) {
            RuleChange change =
                spec == null
                    ? delete(connection, statements, rule, now)
                    : replace(connection, statements, rule, spec, now);
            if (change.isMade()) {
              audit.add(
                  connection,
                  actor,
                  spec == null ? What.RULE_DELETED : What.RULE_CHANGED,
                  subject(rule),
                  RuleJson.write(rule.spec()),
                  spec == null ? null : RuleJson.write(spec));
            }
            return Optional.of(change);
          }
        });
  }

  private static String subject(Rule rule) {
    return rule.id() + " " + rule.spec().name();
  }

  private static RuleChange delete(
      Connection connection, Statements statements, Rule rule, long now) throws SQLException {
    int deleted =
        statements.update(
            "DELETE FROM alert_rule WHERE id = ? AND version = ?", rule.id(), rule.version());
    if (deleted == 0) {
      return new RuleChange(false, rule);
    }
    endAll(connection, statements, rule, "the rule was deleted", now);
    statements.update("DELETE FROM alert_state WHERE rule = ?", rule.id());
    statements.update("DELETE FROM alert_judgement WHERE rule = ?", rule.id());
    return new RuleChange(true, rule);
  }

  private static RuleChange replace(
      Connection connection, Statements statements, Rule rule, RuleSpec spec, long now)
      throws SQLException {
    boolean judgesAnew = !rule.spec().judgesLike(spec);
    long judgedSince = judgesAnew ? now : rule.judgedSinceNanos();
    int replaced =
        statements.update(
            "UPDATE alert_rule SET version = version + 1, judged_since = ?, definition = ? WHERE id = ? AND version = ?",
            judgedSince,
            RuleJson.write(spec).toString(),
            rule.id(),
            rule.version());
    if (replaced == 0) {
      return new RuleChange(false, rule);
    }
    if (judgesAnew) {
      String why = spec.enabled() ? "the rule was changed" : "the rule was switched off";
      endAll(connection, statements, rule, why, now);
      statements.update("DELETE FROM alert_judgement WHERE rule = ?", rule.id());
    }
    return new RuleChange(true, new Rule(rule.id(), rule.version() + 1, judgedSince, spec));
  }

  private static void endAll(
      Connection connection, Statements statements, Rule rule, String why, long now)
      throws SQLException {
    Recorder recorder = new Recorder(statements, now);
    for (Episode episode : EpisodeSql.open(connection, rule.id())) {
      recorder.end(rule, episode, why);
    }
  }
}
