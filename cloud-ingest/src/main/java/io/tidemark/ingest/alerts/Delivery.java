package io.tidemark.ingest.alerts;

import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;

/**
 * Delivers what is in the outbox: to each receiver one after the other, in order, to several at a
 * time, and none waits for another. A failure is tried again, ever more slowly, until the time for
 * it is up. At least once: a process that ends between a delivery and its note delivers again, with
 * the same id. Thread-safe.
 */
final class Delivery implements AutoCloseable {
  /** Receivers told at a time, and tested at a time. */
  static final int AT_A_TIME_MAX = 16;

  /**
   * What a receiver gets before others have their turn, if it takes it within the time for one
   * answer.
   */
  static final int TURN_MAX = 20;

  private static final Logger LOG = Logger.getLogger(Delivery.class);
  private static final Duration PAUSE_MAX = Duration.ofMinutes(10);

  private final Sql sql;
  private final Sql.Work<Boolean> isOurs;
  private final Sender webhooks;
  private final Sender mails;
  private final AlertSettings settings;
  private final AlertMeters meters;
  private final Clock clock;
  private final RandomGenerator chance;
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = threads("tidemark-alert-delivery");
  private final ExecutorService testing = threads("tidemark-alert-test");

  private record Attempt(Notification notification, Sender.Outcome outcome) {}

  /**
   * Delivers nothing by itself.
   *
   * @param isOurs whether it is this ingest that delivers: asked before each delivery
   */
  Delivery(
      Sql sql,
      Sql.Work<Boolean> isOurs,
      Sender webhooks,
      Sender mails,
      AlertSettings settings,
      AlertMeters meters,
      Clock clock,
      RandomGenerator chance) {
    this.sql = sql;
    this.isOurs = isOurs;
    this.webhooks = webhooks;
    this.mails = mails;
    this.settings = settings;
    this.meters = meters;
    this.clock = clock;
    this.chance = chance;
  }

  private static ExecutorService threads(String name) {
    return Executors.newFixedThreadPool(
        AT_A_TIME_MAX,
        work -> {
          Thread thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Gives a turn to receivers for whom something is due, as many as there are threads free; does
   * not wait for them. Called by one thread.
   */
  void deliver() throws SqlUnavailableException {
    giveUpWhatIsTooMuch();
    long now = Ledger.nanos(clock.instant());
    List<String> receivers = sql.read(connection -> Outbox.due(connection, now, 2 * AT_A_TIME_MAX));
    for (String receiver : receivers) {
      if (underWay.size() < AT_A_TIME_MAX && underWay.add(receiver)) {
        try {
          threads.execute(() -> turn(receiver));
        } catch (RejectedExecutionException e) {
          return; // it is closed
        }
      }
    }
  }

  private void giveUpWhatIsTooMuch() throws SqlUnavailableException {
    Map<String, Long> waiting = sql.read(Outbox::waiting);
    long now = Ledger.nanos(clock.instant());
    for (Map.Entry<String, Long> one : waiting.entrySet()) {
      if (one.getValue() > Outbox.WAITING_MAX) {
        String receiver = one.getKey();
        int given = sql.write(connection -> Outbox.giveUpOldest(connection, receiver, now));
        meters.tooMuch(receiver, given);
        one.setValue(one.getValue() - given);
      }
    }
    meters.waiting(waiting.values().stream().mapToLong(Long::longValue).sum());
  }

  /** Whether a receiver has its turn. */
  boolean isUnderWay() {
    return !underWay.isEmpty();
  }

  private void turn(String receiver) {
    try {
      long until = Ledger.nanos(clock.instant()) + settings.webhookTimeout().toNanos();
      boolean goesOn = true;
      for (int told = 0; goesOn && told < TURN_MAX; told++) {
        goesOn = next(receiver) && Ledger.nanos(clock.instant()) < until;
      }
    } catch (SqlUnavailableException e) {
      LOG.debug("alerts are delivered later", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is closed
    } catch (RuntimeException e) {
      LOG.error("delivering alerts failed; it is tried again", e);
    } finally {
      underWay.remove(receiver);
    }
  }

  /** Tries what is due next; false if nothing is, or another ingest delivers now. */
  private boolean next(String receiver) throws SqlUnavailableException, InterruptedException {
    long now = Ledger.nanos(clock.instant());
    Optional<Notification> next =
        sql.read(
            connection ->
                isOurs.with(connection)
                    ? Outbox.next(connection, receiver, now)
                    : Optional.<Notification>empty());
    if (next.isEmpty()) {
      return false;
    }
    Attempt attempt = attempt(next.get());
    long after = Ledger.nanos(clock.instant());
    sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            note(statements, attempt, after);
            return true;
          }
        });
    meters.attempt(attempt.notification(), kind(attempt, after));
    return true;
  }

  /** Tries each once, several at a time; what came of it, in the same order. */
  List<Sender.Outcome> tryOnce(List<Notification> notifications) throws InterruptedException {
    List<Callable<Attempt>> tasks = new ArrayList<>();
    for (Notification notification : notifications) {
      tasks.add(() -> attempt(notification));
    }
    List<Sender.Outcome> outcomes = new ArrayList<>();
    for (Future<Attempt> task : testing.invokeAll(tasks)) {
      try {
        outcomes.add(task.get().outcome());
      } catch (ExecutionException e) {
        throw new IllegalStateException("an attempt at a delivery failed in itself", e);
      }
    }
    return outcomes;
  }

  private Attempt attempt(Notification notification) throws InterruptedException {
    Sender sender = notification.isMail() ? mails : webhooks;
    try {
      return new Attempt(notification, sender.send(notification));
    } catch (RuntimeException e) { // the same would come of every further attempt
      LOG.warn("a notification of rule " + notification.rule() + " cannot be sent", e);
      String said = "it cannot be sent: " + e.getMessage();
      return new Attempt(notification, Sender.Outcome.of(Sender.Outcome.Kind.GIVEN_UP, said));
    }
  }

  private Sender.Outcome.Kind kind(Attempt attempt, long now) {
    boolean isLast =
        now - attempt.notification().createdAtNanos() >= settings.deliverFor().toNanos();
    Sender.Outcome.Kind kind = attempt.outcome().kind();
    return kind == Sender.Outcome.Kind.RETRIED && isLast ? Sender.Outcome.Kind.GIVEN_UP : kind;
  }

  private void note(Statements statements, Attempt attempt, long now) throws SQLException {
    Notification notification = attempt.notification();
    Sender.Outcome outcome = attempt.outcome();
    switch (kind(attempt, now)) {
      case DELIVERED ->
          Outbox.done(statements, notification, Outbox.DELIVERED, outcome.said(), now);
      case GIVEN_UP ->
          Outbox.done(
              statements,
              notification,
              Outbox.GIVEN_UP,
              outcome.kind() == Sender.Outcome.Kind.GIVEN_UP
                  ? outcome.said()
                  : "not delivered within %s; last: %s"
                      .formatted(Words.duration(settings.deliverFor()), outcome.said()),
              now);
      case RETRIED -> {
        long longest = settings.deliverFor().toNanos();
        long last = notification.createdAtNanos() + longest;
        long asked = Math.min(outcome.retryAfterNanos(), longest); // else a sum with it overflows
        long pause = Math.max(pause(notification.attempts()), asked);
        Outbox.again(statements, notification, outcome.said(), Math.min(last, now + pause));
      }
    }
  }

  /** Doubles with each failure, to a limit; a part of it is left to chance. */
  private long pause(long failuresBefore) {
    long doubled =
        settings.retryPause().toNanos() << Math.min(failuresBefore, 20); // no further: it overflows
    long pause = Math.min(doubled < 0 ? Long.MAX_VALUE : doubled, PAUSE_MAX.toNanos());
    return pause / 2 + chance.nextLong(pause / 2 + 1);
  }

  @Override
  public void close() {
    threads.shutdownNow();
    testing.shutdownNow();
  }
}
