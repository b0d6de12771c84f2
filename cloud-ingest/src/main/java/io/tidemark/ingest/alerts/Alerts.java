package io.tidemark.ingest.alerts;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Alerts: the rules, how things stand with them, and the two threads that judge and deliver.
 * Thread-safe.
 */
public final class Alerts implements AutoCloseable {
  /** Episodes kept; the oldest go first. */
  public static final long HISTORY_MAX = 100_000;

  /** Rules there may be. */
  public static final int RULES_MAX = Rules.RULES_MAX;

  private static final Logger LOG = Logger.getLogger(Alerts.class);
  private static final long DELIVER_EVERY_MILLIS = 500;
  private static final long TIDY_EVERY_MINUTES = 10;

  private final Sql sql;
  private final AlertSettings settings;
  private final SmtpSettings smtp;
  private final AlertMeters meters;
  private final Clock clock;
  private final Touched touched = new Touched();
  private final Lease lease;
  private final Rounds rounds;
  private final Rules rules;
  private final Delivery delivery;
  private final ScheduledExecutorService judging = thread("tidemark-alerts");
  private final ScheduledExecutorService delivering = thread("tidemark-alert-outbox");
  private volatile String trouble = "";

  /**
   * What stands in the list of alerts.
   *
   * @param rule by which
   * @param device whose
   * @param sensor which; empty for the device as a whole
   * @param standing how
   */
  public record Alert(Rule rule, String device, String sensor, Standing standing) {}

  /**
   * What came of a rule's last evaluation.
   *
   * @param atNanos when that was, in nanoseconds since 1970 UTC
   * @param watched series, or devices for a rule on silence
   * @param firing of them
   * @param pending of them
   * @param noData of them
   */
  public record Judgement(
      long rule, long atNanos, long watched, long firing, long pending, long noData) {}

  /**
   * What came of a test.
   *
   * @param receiver whom it was sent to
   * @param delivered whether it has it
   * @param said what it said
   */
  public record Tested(String receiver, boolean delivered, String said) {}

  /** Does nothing until {@link #start}. */
  public Alerts(
      Sql sql,
      TimeSeriesStore store,
      Ledger ledger,
      Scopes scopes,
      AlertSettings settings,
      SmtpSettings smtp,
      MeterRegistry registry,
      Clock clock) {
    this.sql = sql;
    this.settings = settings;
    this.smtp = smtp;
    this.clock = clock;
    meters = new AlertMeters(registry);
    lease = new Lease(sql, settings.leaseFor().toNanos());
    rounds = new Rounds(sql, store, ledger, scopes, touched, lease, settings, meters, clock);
    rules = new Rules(sql, clock);
    delivery =
        new Delivery(
            sql,
            lease::isOurs,
            new Webhooks(settings.webhookTimeout(), clock),
            new Mails(smtp, settings.webhookTimeout(), clock),
            settings,
            meters,
            clock,
            new Random());
  }

  private static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        work -> {
          Thread thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Starts its threads. */
  public void start() {
    // Their results say nothing: each reports its own failures.
    var unused =
        List.of(
            judging.scheduleWithFixedDelay(
                this::judge, 0, settings.every().toMillis(), TimeUnit.MILLISECONDS),
            judging.scheduleWithFixedDelay(
                this::tidy, TIDY_EVERY_MINUTES, TIDY_EVERY_MINUTES, TimeUnit.MINUTES),
            delivering.scheduleWithFixedDelay(
                this::deliver, DELIVER_EVERY_MILLIS, DELIVER_EVERY_MILLIS, TimeUnit.MILLISECONDS));
  }

  /** Rows are stored; called by the writing thread. */
  public void stored(List<Row> rows) {
    touched.rows(rows);
  }

  private void judge() {
    try {
      if (rounds.round()) {
        meters.round(true);
      }
      trouble = "";
    } catch (SqlUnavailableException | StoreUnavailableException e) {
      failed(String.valueOf(e.getMessage()));
      LOG.debug("alerts are judged later", e);
    } catch (RuntimeException | Error e) { // thrown on, it would be the last round
      failed(e.toString());
      LOG.error("a round of alerts failed; the next one judges everything again", e);
    }
  }

  private void failed(String why) {
    meters.round(false);
    trouble = why;
  }

  private void deliver() {
    try {
      lease.renew(Ledger.nanos(clock.instant())); // a round may wait long for the store
      if (lease.isHeld()) {
        delivery.deliver();
      }
    } catch (SqlUnavailableException e) {
      LOG.debug("alerts are delivered later", e);
    } catch (RuntimeException | Error e) {
      LOG.error("delivering alerts failed; it is tried again", e);
    }
  }

  private void tidy() {
    try {
      long before = Ledger.nanos(clock.instant()) - settings.historyFor().toNanos();
      sql.write(connection -> tidy(connection, before));
    } catch (SqlUnavailableException e) {
      LOG.debug("the history of alerts is tidied later", e);
    } catch (RuntimeException | Error e) {
      LOG.error("tidying the history of alerts failed", e);
    }
  }

  /** Deletes what was over before a time, and what is too much. */
  static int tidy(Connection connection, long before) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      return statements.update(
              "DELETE FROM alert_episode WHERE ended_at IS NOT NULL AND (ended_at < ? OR found_at <"
                  + " (SELECT MIN(found_at) FROM (SELECT found_at FROM alert_episode ORDER BY found_at DESC LIMIT "
                  + HISTORY_MAX
                  + ") newest))",
              before)
          + Outbox.tidy(statements, before);
    }
  }

  /** Whether this is, of all ingests on the database, the one that judges, as far as it knows. */
  public boolean isJudging() {
    return lease.isHeld();
  }

  /** Why the last round failed; empty if it did not. */
  public String trouble() {
    return trouble;
  }

  /** All rules, by id. */
  public List<Rule> rules() throws SqlUnavailableException {
    return sql.read(Rules::list);
  }

  /** One rule. */
  public Optional<Rule> rule(long id) throws SqlUnavailableException {
    return sql.read(connection -> Rules.find(connection, id));
  }

  /** Adds a rule by itself: see {@link #create(Actor, RuleSpec)}. */
  public Optional<Rule> create(RuleSpec spec) throws SqlUnavailableException, RuleException {
    return create(Actor.INGEST, spec);
  }

  /**
   * Adds a rule; empty if there are {@link #RULES_MAX}.
   *
   * @param actor who does so, for the audit
   * @throws RuleException if it cannot be taken
   */
  public Optional<Rule> create(Actor actor, RuleSpec spec)
      throws SqlUnavailableException, RuleException {
    check(spec);
    return rules.by(actor).create(spec);
  }

  /**
   * Replaces a rule if it has this version. What fires by it is over if it judges otherwise now.
   *
   * @return empty if there is none
   * @throws RuleException if it cannot be taken
   */
  public Optional<RuleChange> replace(Actor actor, long id, long version, RuleSpec spec)
      throws SqlUnavailableException, RuleException {
    check(spec);
    return rules.by(actor).change(id, version, spec);
  }

  /**
   * Deletes a rule if it has this version. What fires by it is over.
   *
   * @return empty if there is none
   */
  public Optional<RuleChange> delete(Actor actor, long id, long version)
      throws SqlUnavailableException {
    return rules.by(actor).change(id, version, null);
  }

  private void check(RuleSpec spec) throws RuleException {
    if (!spec.emails().isEmpty() && !smtp.isConfigured()) {
      throw new RuleException(
          "emails",
          "empty while ingest has no mail server (tidemark.alerts.smtp.host)",
          String.join(", ", spec.emails()));
    }
  }

  /** Everything that is not ok, worst first, then by device. */
  public List<Alert> current() throws SqlUnavailableException {
    return sql.read(
        connection -> {
          List<Alert> alerts = new ArrayList<>();
          for (Rule rule : Rules.list(connection)) {
            alerts(connection, rule, alerts);
          }
          alerts.sort(
              java.util.Comparator.comparing((Alert alert) -> alert.standing().state())
                  .thenComparing(Alert::device)
                  .thenComparing(Alert::sensor)
                  .thenComparing(alert -> alert.rule().id()));
          return alerts;
        });
  }

  /** Until a rule that was changed is judged, what is kept of it is by the rule it was. */
  private static void alerts(Connection connection, Rule rule, List<Alert> alerts)
      throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    """
                    SELECT device, sensor, state, since, value, reading_at FROM alert_state
                    WHERE rule = ? AND EXISTS (SELECT 1 FROM alert_judgement WHERE alert_judgement.rule = alert_state.rule)""",
                    rule.id())
                .executeQuery()) {
      while (row.next()) {
        Standing.State state = Standing.State.of(row.getString(3));
        if (state != null && rule.spec().enabled()) {
          alerts.add(
              new Alert(
                  rule,
                  row.getString(1),
                  row.getString(2),
                  new Standing(
                      state, row.getLong(4), EpisodeSql.value(row, 5), Sql.nullableLong(row, 6))));
        }
      }
    }
  }

  /** What came of each rule's last evaluation; rules never judged are absent. */
  public List<Judgement> judgements() throws SqlUnavailableException {
    return sql.read(
        connection -> {
          List<Judgement> judgements = new ArrayList<>();
          try (Statements statements = new Statements(connection);
              ResultSet row =
                  statements
                      .with(
                          "SELECT rule, at, watched, firing, pending, no_data FROM alert_judgement")
                      .executeQuery()) {
            while (row.next()) {
              judgements.add(
                  new Judgement(
                      row.getLong(1),
                      row.getLong(2),
                      row.getLong(3),
                      row.getLong(4),
                      row.getLong(5),
                      row.getLong(6)));
            }
          }
          return judgements;
        });
  }

  /** How it stands with each of these rules' receivers that was ever told something. */
  public List<ReceiverStanding> deliveries(List<Rule> of) throws SqlUnavailableException {
    return sql.read(connection -> Outbox.standings(connection, of));
  }

  /** What has fired, newest first. */
  public List<Episode> history(HistoryQuery query) throws SqlUnavailableException {
    return sql.read(connection -> EpisodeSql.history(connection, query));
  }

  /** Sends a test to each of a rule's receivers, once. */
  public List<Tested> test(Rule rule) throws InterruptedException {
    long now = Ledger.nanos(clock.instant());
    RuleSpec spec = rule.spec();
    List<Notification> tests =
        spec.receivers().stream().map(receiver -> test(rule, receiver, now)).toList();
    List<Sender.Outcome> outcomes = delivery.tryOnce(tests);
    List<Tested> tested = new ArrayList<>();
    for (int i = 0; i < tests.size(); i++) {
      Sender.Outcome outcome = outcomes.get(i);
      tested.add(
          new Tested(
              tests.get(i).receiver(),
              outcome.kind() == Sender.Outcome.Kind.DELIVERED,
              outcome.said()));
    }
    return tested;
  }

  private static Notification test(Rule rule, String receiver, long now) {
    String id = UUID.randomUUID().toString();
    Episode none =
        new Episode(
            "",
            rule.id(),
            rule.spec().name(),
            "test",
            "",
            "",
            now,
            null,
            null,
            now,
            false,
            false,
            "");
    String text = "This is a test of the rule \"%s\": nothing fires.".formatted(rule.spec().name());
    return new Notification(
        0, id, rule.id(), receiver, Outbox.body(id, rule.spec(), "test", none, text, now), now, 0);
  }

  /** Ends its threads and lets another ingest take over. */
  @Override
  public void close() {
    judging.shutdownNow();
    delivering.shutdownNow();
    delivery.close();
    try {
      boolean unused = judging.awaitTermination(5, TimeUnit.SECONDS);
      lease.giveUp();
    } catch (SqlUnavailableException e) {
      LOG.debug("the lease runs out by itself", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
