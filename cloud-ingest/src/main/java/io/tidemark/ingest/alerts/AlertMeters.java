package io.tidemark.ingest.alerts;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What alerts have done since ingest started. Each attempt at a delivery is one of delivered,
 * retried and given_up; what is given up because too much waits is given_up too.
 */
final class AlertMeters {
  private final MeterRegistry registry;
  private final AtomicLong firing = new AtomicLong();
  private final AtomicLong pending = new AtomicLong();
  private final AtomicLong noData = new AtomicLong();
  private final AtomicLong waiting = new AtomicLong();
  private final Counter judged;
  private final Counter failed;

  AlertMeters(MeterRegistry registry) {
    this.registry = registry;
    gauge("firing", "Series for which a rule fires", firing);
    gauge("pending", "Series beyond a limit, not yet for long enough", pending);
    gauge("no.data", "Series without data to judge by", noData);
    gauge("waiting", "Notifications not delivered yet", waiting);
    judged = rounds("judged");
    failed = rounds("failed");
    for (Sender.Outcome.Kind kind : Sender.Outcome.Kind.values()) {
      attempts("webhook", kind);
      attempts("email", kind);
    }
  }

  private void gauge(String name, String description, AtomicLong value) {
    Gauge.builder("tidemark.ingest.alerts." + name, value, AtomicLong::doubleValue)
        .description(description)
        .register(registry);
  }

  private Counter rounds(String outcome) {
    return Counter.builder("tidemark.ingest.alerts.rounds")
        .description("Rounds of evaluation")
        .tag("outcome", outcome)
        .register(registry);
  }

  private Counter attempts(String by, Sender.Outcome.Kind kind) {
    return Counter.builder("tidemark.ingest.alerts.deliveries")
        .description("Attempts to deliver a notification")
        .tag("by", by)
        .tag("outcome", kind.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  void round(boolean isGood) {
    (isGood ? judged : failed).increment();
  }

  void attempt(Notification notification, Sender.Outcome.Kind kind) {
    attempts(notification.isMail() ? "email" : "webhook", kind).increment();
  }

  /** So many were given up for a receiver because more waited than may. */
  void tooMuch(String receiver, int count) {
    attempts(Notification.isMail(receiver) ? "email" : "webhook", Sender.Outcome.Kind.GIVEN_UP)
        .increment(count);
  }

  void standing(long nowFiring, long nowPending, long nowNoData) {
    firing.set(nowFiring);
    pending.set(nowPending);
    noData.set(nowNoData);
  }

  void waiting(long now) {
    waiting.set(now);
  }

  /** What there is now to say, another ingest says. */
  void othersJudge() {
    standing(0, 0, 0);
    waiting(0);
  }
}
