package io.tidemark.ingest.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidemark.ingest.alerts.Sender.Outcome;
import io.tidemark.ingest.alerts.Sender.Outcome.Kind;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Statements;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When what is delivered to whom. */
@Timeout(60)
@OnEachDatabase
final class DeliveryTest {
  private Bench bench;
  private Delivery delivery;
  private final List<String> tried = new CopyOnWriteArrayList<>();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final CountDownLatch release = new CountDownLatch(1);
  private volatile boolean isOurs = true;
  private final Deque<Outcome> outcomes = new ConcurrentLinkedDeque<>();

  @BeforeEach
  void open(@TempDir Path folder) {
    bench = new Bench(folder);
    delivery =
        new Delivery(
            bench.sql,
            connection -> isOurs,
            this::send,
            notification -> Outcome.of(Kind.DELIVERED, "by mail"),
            Bench.SETTINGS,
            new AlertMeters(registry),
            bench.clock,
            new Random(1));
  }

  @AfterEach
  void close() {
    release.countDown();
    delivery.close();
    bench.close();
  }

  private Outcome send(Notification notification) throws InterruptedException {
    tried.add(notification.receiver() + " " + notification.number());
    if (notification.receiver().contains("broken")) {
      throw new IllegalArgumentException("port out of range");
    }
    if (notification.receiver().contains("tired")) {
      bench.clock.goOn(Bench.SETTINGS.webhookTimeout().multipliedBy(3).dividedBy(5));
    }
    if (notification.receiver().contains("slow")) {
      release.await();
    }
    Outcome next = notification.receiver().contains("bad") ? outcomes.poll() : null;
    return next == null ? Outcome.of(Kind.DELIVERED, "ok") : next;
  }

  private void fires(String webhooks) throws Exception {
    bench.rule(
        "{'name':'hot','kind':'threshold','metric':'t','direction':'above','threshold':80,'for':'PT0S','webhooks':["
            + webhooks
            + "]}");
    bench.value("a", 0, 90);
    bench.round(0);
  }

  private int deliverAt(double second) throws Exception {
    bench.clock.set(Bench.at(second));
    int before = tried.size();
    delivery.deliver();
    await().pollInterval(Duration.ofMillis(2)).until(() -> !delivery.isUnderWay());
    return tried.size() - before;
  }

  private ReceiverStanding standing(String receiver) throws Exception {
    return bench
        .sql
        .read(connection -> Outbox.standings(connection, Rules.list(connection)))
        .stream()
        .filter(one -> one.receiver().equals(receiver))
        .findFirst()
        .orElseThrow();
  }

  private void failTimes(int times) {
    for (int i = 0; i < times; i++) {
      outcomes.add(Outcome.of(Kind.RETRIED, "away"));
    }
  }

  @Test
  void pausesGrowAndOneReceiverHoldsUpNoOther() throws Exception {
    failTimes(4);
    fires("'http://bad/','http://good/'");
    bench.value("a", 1, 20); // and it is over
    bench.round(1);
    assertThat(deliverAt(2)).isEqualTo(3);
    assertThat(tried)
        .containsExactlyInAnyOrder("http://bad/ 1", "http://good/ 2", "http://good/ 4");
    double now = 2;
    double before = 0;
    for (int i = 1; i <= 3; i++) {
      ReceiverStanding bad = standing("http://bad/");
      assertThat(bad.status()).isEqualTo(Outbox.WAITING);
      assertThat(bad.waiting()).isEqualTo(2);
      assertThat(bad.attempts()).isEqualTo(i);
      assertThat(bad.said()).isEqualTo("away");
      double pause = (bad.nextAtNanos() - bench.clock.nanos()) / 1e9;
      assertThat(pause).isBetween(2.5 * (1 << (i - 1)), 5.0 * (1 << (i - 1)));
      assertThat(pause).isGreaterThan(before / 2);
      before = pause;
      assertThat(deliverAt(now + pause - 0.1)).isZero();
      now += pause;
      tried.clear();
      assertThat(deliverAt(now + 0.001)).isEqualTo(1);
      assertThat(tried).containsExactly("http://bad/ 1"); // in order: not the next one first
      now = (bench.clock.nanos() - Bench.T0) / 1e9;
    }
    tried.clear();
    assertThat(deliverAt(now + 60)).isEqualTo(2);
    assertThat(tried).containsExactly("http://bad/ 1", "http://bad/ 3");
    assertThat(standing("http://bad/").status()).isEqualTo(Outbox.DELIVERED);
  }

  @Test
  void aReceiversOwnTimeIsKeptAndNothingIsTriedForEver() throws Exception {
    outcomes.add(new Outcome(Kind.RETRIED, "busy", Duration.ofHours(30).toNanos()));
    failTimes(1);
    fires("'http://bad/'");
    deliverAt(0);
    assertThat(deliverAt(24 * 3600 - 1)).isZero();
    assertThat(deliverAt(24 * 3600)).isEqualTo(1); // asked for later than it is tried
    ReceiverStanding bad = standing("http://bad/");
    assertThat(bad.status()).isEqualTo(Outbox.GIVEN_UP);
    assertThat(bad.said()).isEqualTo("not delivered within 1 d; last: away");
    assertThat(deliverAt(100 * 3600)).isZero();
  }

  @Test
  void aReceiversTimeBeyondAllMeasureIsCutToHowLongItIsTried() throws Exception {
    outcomes.add(new Outcome(Kind.RETRIED, "busy", Duration.ofSeconds(8_000_000_000L).toNanos()));
    fires("'http://bad/'");
    assertThat(deliverAt(0)).isEqualTo(1);
    assertThat(standing("http://bad/").nextAtNanos()).isEqualTo(Bench.at(24 * 3600));
    assertThat(deliverAt(1)).isZero();
  }

  @Test
  void whatCannotBeSentAtAllIsGivenUp() throws Exception {
    fires("'http://broken/','http://good/'");
    assertThat(deliverAt(0)).isEqualTo(2);
    assertThat(standing("http://broken/").status()).isEqualTo(Outbox.GIVEN_UP);
    assertThat(standing("http://broken/").said()).isEqualTo("it cannot be sent: port out of range");
    assertThat(standing("http://good/").status()).isEqualTo(Outbox.DELIVERED);
    assertThat(deliverAt(1)).isZero();
    Notification test = new Notification(0, "id", 1, "http://broken/", "{}", 0, 0);
    assertThat(delivery.tryOnce(List.of(test)))
        .containsExactly(Outcome.of(Kind.GIVEN_UP, "it cannot be sent: port out of range"));
  }

  @Test
  void aSlowReceiverHoldsUpNoOtherAndLosesItsTurnWithTheLease() throws Exception {
    fires("'http://slow/','http://good/'");
    delivery.deliver();
    await().until(() -> standing("http://good/").status().equals(Outbox.DELIVERED));
    bench.value("a", 1, 20);
    bench.round(1);
    delivery.deliver();
    await().until(() -> tried.contains("http://good/ 4"));
    assertThat(tried)
        .containsExactlyInAnyOrder("http://slow/ 1", "http://good/ 2", "http://good/ 4");
    isOurs = false;
    release.countDown();
    await().until(() -> !delivery.isUnderWay());
    assertThat(standing("http://slow/").waiting()).isEqualTo(1); // the first has arrived
    assertThat(deliverAt(2)).isZero();
    isOurs = true;
    assertThat(deliverAt(3)).isEqualTo(1);
  }

  /** So many more for each receiver of the first rule. */
  private void tell(int times) throws Exception {
    Rule rule = bench.sql.read(Rules::list).get(0);
    Episode episode = bench.sql.read(connection -> EpisodeSql.open(connection, rule.id())).get(0);
    bench.sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            for (int i = 0; i < times; i++) {
              Outbox.tell(statements, rule.spec(), "firing", episode, "", bench.clock.nanos());
            }
            return true;
          }
        });
  }

  @Test
  void aReceiverThatTakesItsTimeHasAShorterTurn() throws Exception {
    fires("'http://tired/'");
    tell(4);
    assertThat(deliverAt(1)).isEqualTo(2);
    assertThat(deliverAt(30)).isEqualTo(2);
    assertThat(deliverAt(60)).isEqualTo(1);
  }

  @Test
  void whoHasNotFailedIsToldBeforeThoseThatHave() throws Exception {
    failTimes(2);
    fires("'http://bad/1','http://bad/2'");
    assertThat(deliverAt(0)).isEqualTo(2);
    bench.clock.set(Bench.at(10));
    bench.rule(
        "{'name':'q','kind':'silent','device':'b','for':'PT10S','webhooks':['http://good/']}");
    bench.round(20);
    long now = Bench.at(60);
    assertThat(bench.sql.<List<String>>read(connection -> Outbox.due(connection, now, 2)))
        .hasSize(2)
        .first()
        .isEqualTo("http://good/");
  }

  @Test
  void whatIsDeliveredStaysSoWhateverComesOfAnotherAttempt() throws Exception {
    fires("'http://good/'");
    Notification sent =
        bench.sql.read(
            connection -> Outbox.next(connection, "http://good/", Bench.at(0)).orElseThrow());
    bench.sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            Outbox.done(statements, sent, Outbox.GIVEN_UP, "too many wait", 1);
            Outbox.again(statements, sent, "away", Bench.at(9));
            assertThat(Outbox.standings(connection, Rules.list(connection)).get(0).said())
                .isEqualTo("too many wait");
            Outbox.done(statements, sent, Outbox.DELIVERED, "it has it after all", 2);
            Outbox.done(statements, sent, Outbox.GIVEN_UP, "away", 3);
            Outbox.again(statements, sent, "away", Bench.at(9));
            return true;
          }
        });
    ReceiverStanding good = standing("http://good/");
    assertThat(good.status()).isEqualTo(Outbox.DELIVERED);
    assertThat(good.said()).isEqualTo("it has it after all");
    assertThat(good.doneAtNanos()).isEqualTo(2);
  }

  @Test
  void whatWaitsIsBoundedAndTheOldestIsGivenUp() throws Exception {
    failTimes(1);
    fires("'http://bad/'");
    tell(Outbox.WAITING_MAX + 2);
    assertThat(deliverAt(1)).isEqualTo(1);
    assertThat(tried).containsExactly("http://bad/ 4"); // and not the three before
    ReceiverStanding bad = standing("http://bad/");
    assertThat(bad.waiting()).isEqualTo(Outbox.WAITING_MAX);
    assertThat(bad.said()).isEqualTo("away; " + Outbox.TOO_MANY);
    assertThat(
            registry
                .get("tidemark.ingest.alerts.deliveries")
                .tags("by", "webhook", "outcome", "given_up")
                .counter()
                .count())
        .isEqualTo(3);
    assertThat(registry.get("tidemark.ingest.alerts.waiting").gauge().value())
        .isEqualTo(Outbox.WAITING_MAX);
  }

  @Test
  void whatIsOverIsKeptForATime() throws Exception {
    fires("'http://good/'");
    deliverAt(1);
    bench.value("a", 2, 20);
    bench.round(3);
    bench.value("b", 4, 90);
    bench.round(5);
    bench.sql.write(connection -> Alerts.tidy(connection, Bench.at(2)));
    assertThat(bench.episodes()).containsExactly("a 0-2", "b 4-");
    assertThat(bench.told()).hasSize(2);
    bench.sql.write(connection -> Alerts.tidy(connection, Bench.at(2.5)));
    assertThat(bench.episodes()).containsExactly("b 4-");
  }

  @Test
  void mailIsRefusedWhileThereIsNoServer() throws Exception {
    try (Alerts alerts = AlertsCrashChild.alerts(bench.sql, bench.store)) {
      RuleSpec spec =
          Bench.spec("{'name':'q','kind':'silent','for':'PT1M','emails':['ops@example.org']}");
      assertThatThrownBy(() -> alerts.create(spec))
          .isInstanceOfSatisfying(
              RuleException.class,
              e -> {
                assertThat(e.field()).isEqualTo("emails");
                assertThat(e.rule()).contains("tidemark.alerts.smtp.host");
              });
      for (int i = 0; i < Alerts.RULES_MAX; i++) {
        assertThat(alerts.create(Bench.spec("{'name':'q','kind':'silent','for':'PT1M'}")))
            .isPresent();
      }
      assertThat(alerts.create(Bench.spec("{'name':'q','kind':'silent','for':'PT1M'}"))).isEmpty();
    }
  }
}
