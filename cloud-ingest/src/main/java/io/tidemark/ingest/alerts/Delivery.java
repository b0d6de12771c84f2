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
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;

/**
 * Delivers what is in the outbox: to each receiver one after the other, in order, to several at a
 * time. A failure is tried again, ever more slowly, until the time for it is up. At least once: a
 * process that ends between a delivery and its note delivers again, with the same id.
 */
final class Delivery implements AutoCloseable {
  /** Deliveries under way at a time. */
  static final int AT_A_TIME_MAX = 16;

  private static final Duration PAUSE_MAX = Duration.ofMinutes(10);

  private final Sql sql;
  private final Sender webhooks;
  private final Sender mails;
  private final AlertSettings settings;
  private final AlertMeters meters;
  private final Clock clock;
  private final RandomGenerator chance;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          AT_A_TIME_MAX,
          work -> {
            Thread thread = new Thread(work, "tidemark-alert-delivery");
            thread.setDaemon(true);
            return thread;
          });

  private record Attempt(Notification notification, Sender.Outcome outcome) {}

  Delivery(
      Sql sql,
      Sender webhooks,
      Sender mails,
      AlertSettings settings,
      AlertMeters meters,
      Clock clock,
      RandomGenerator chance) {
    this.sql = sql;
    this.webhooks = webhooks;
    this.mails = mails;
    this.settings = settings;
    this.meters = meters;
    this.clock = clock;
    this.chance = chance;
  }

  /** Tries all that are due; returns how many that were. */
  int deliver() throws SqlUnavailableException, InterruptedException {
    int tried = 0;
    while (true) {
      long now = Ledger.nanos(clock.instant());
      List<Notification> due = sql.read(connection -> Outbox.due(connection, now, AT_A_TIME_MAX));
      if (due.isEmpty()) {
        meters.waiting(sql.read(Outbox::waiting));
        return tried;
      }
      List<Attempt> attempts = attempt(due);
      long after = Ledger.nanos(clock.instant());
      sql.write(
          connection -> {
            try (Statements statements = new Statements(connection)) {
              for (Attempt attempt : attempts) {
                note(statements, attempt, after);
              }
              return true;
            }
          });
      attempts.forEach(attempt -> meters.attempt(attempt.notification(), kind(attempt, after)));
      tried += due.size();
    }
  }

  /** Tries each once, all at a time; what came of it, in the same order. */
  List<Sender.Outcome> tryOnce(List<Notification> notifications) throws InterruptedException {
    return attempt(notifications).stream().map(Attempt::outcome).toList();
  }

  private List<Attempt> attempt(List<Notification> due) throws InterruptedException {
    List<Callable<Attempt>> tasks = new ArrayList<>();
    for (Notification notification : due) {
      Sender sender = notification.isMail() ? mails : webhooks;
      tasks.add(() -> new Attempt(notification, sender.send(notification)));
    }
    List<Attempt> attempts = new ArrayList<>();
    for (Future<Attempt> task : threads.invokeAll(tasks)) {
      try {
        attempts.add(task.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("an attempt at a delivery failed in itself", e);
      }
    }
    return attempts;
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
        long last = notification.createdAtNanos() + settings.deliverFor().toNanos();
        long pause = Math.max(pause(notification.attempts()), outcome.retryAfterNanos());
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
  }
}
