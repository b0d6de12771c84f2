package io.tidemark.gateway.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.replication.CommittedEntry;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.gateway.replication.Mark;
import io.tidemark.gateway.replication.State;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.LogEntry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogIntakeTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.123456789Z");

  private final FakeLog log = new FakeLog();
  private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
  private final List<LogIntake> made = new ArrayList<>();
  private String elsewhere;

  private LogIntake intake(IntakeSettings settings) {
    return intake(settings, Rates.ample());
  }

  private LogIntake intake(IntakeSettings settings, DeviceRates rates) {
    LogIntake intake =
        new LogIntake(settings, rates, log, Clock.fixed(NOW, ZoneOffset.UTC), () -> elsewhere);
    made.add(intake);
    return intake;
  }

  private static IntakeSettings settings() {
    return new IntakeSettings(
        "g1", 1 << 20, 64 << 10, 2, Duration.ofSeconds(20), Duration.ofMillis(250));
  }

  @AfterEach
  void closeAll() {
    log.withhold(false);
    log.commitWithheld();
    made.forEach(LogIntake::close);
  }

  @Test
  void whatIsCommittedIsAcknowledgedAndInTheLogAsItCame() throws Exception {
    LogIntake intake = intake(settings());
    Delivery delivery = Batches.delivery("d1", 0, 5);
    intake.offer(delivery, null, true, outcomes::add);
    assertThat(next()).isInstanceOf(Outcome.Committed.class);

    LogEntry entry = entries().get(0);
    assertThat(entry.gateway()).isEqualTo("g1");
    assertThat(entry.receivedAtNanos())
        .isEqualTo(NOW.getEpochSecond() * 1_000_000_000L + 123456789);
    assertThat(entry.deliveries().get(0).device()).isEqualTo("d1");
    assertThat(entry.deliveries().get(0).payload()).isEqualTo(delivery.payload());
    assertThat(intake.received()).isEqualTo(5);
    assertThat(log.counts().committed()).isEqualTo(5);
    assertThat(intake.pending()).isZero();
  }

  @Test
  void nothingIsAcknowledgedBeforeItIsCommitted() throws Exception {
    LogIntake intake = intake(settings());
    log.withhold(true);
    intake.offer(Batches.delivery("d1", 0, 3), null, true, outcomes::add);
    await().until(() -> log.withheld() == 1);
    assertThat(outcomes).isEmpty();
    assertThat(intake.pending()).isEqualTo(3);
    log.commitWithheld();
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    assertThat(intake.pending()).isZero();
    assertThat(intake.uncommittedBytes()).isZero();
  }

  @Test
  void arrivalsCollectWhileEntriesCommit() throws Exception {
    LogIntake intake = intake(settings());
    log.withhold(true);
    for (int i = 0; i < 2; i++) {
      intake.offer(Batches.delivery("d" + i, 0, 1), null, true, outcomes::add);
      int proposed = i + 1;
      await().until(() -> log.withheld() == proposed);
    }
    for (int i = 2; i < 50; i++) {
      intake.offer(Batches.delivery("d" + i, 0, 1), null, true, outcomes::add);
    }
    assertThat(log.proposals()).as("two are in flight, which is the bound").isEqualTo(2);
    log.withhold(false);
    log.commitWithheld();
    for (int i = 0; i < 50; i++) {
      assertThat(next()).isInstanceOf(Outcome.Committed.class);
    }
    assertThat(log.proposals()).isLessThan(10);
    assertThat(
            entries().stream().flatMap(entry -> entry.deliveries().stream()).map(Delivery::device))
        .hasSize(50)
        .doesNotHaveDuplicates();
  }

  @Test
  void anEntryKeepsWithinItsBytesButTakesOneDelivery() throws Exception {
    IntakeSettings s = settings();
    LogIntake intake =
        intake(
            new IntakeSettings(
                "g1", s.uncommittedMaxBytes(), 100, 1, s.commitTimeout(), s.collectMax()));
    log.withhold(true);
    intake.offer(Batches.delivery("d", 0, 1), null, true, outcomes::add);
    await().until(() -> log.withheld() == 1);
    for (int i = 0; i < 10; i++) {
      intake.offer(Batches.delivery("d", i, 100), null, true, outcomes::add);
    }
    log.withhold(false);
    log.commitWithheld();
    for (int i = 0; i < 11; i++) {
      next();
    }
    assertThat(entries()).hasSize(11).allMatch(entry -> entry.deliveries().size() == 1);
  }

  @Test
  void collectsLongerWhenTheLogHasGrownLong() throws Exception {
    lengthen(60_000);
    LogIntake intake = intake(settings());
    long before;
    Duration took;
    do {
      before = log.proposals();
      long began = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        intake.offer(Batches.delivery("d" + i, 0, 1), null, true, outcomes::add);
      }
      took = Duration.ofNanos(System.nanoTime() - began);
      for (int i = 0; i < 20; i++) {
        next();
      }
      // A pause of this thread may part them.
    } while (took.compareTo(settings().collectMax()) >= 0);
    assertThat(log.proposals() - before).isEqualTo(1);
  }

  @Test
  void oneThatComesAloneWaitsForNobody() throws Exception {
    lengthen(1_500);
    LogIntake intake = intake(settings());
    assertThat(looksForOne(intake)).isEqualTo(1);
    assertThat(looksForOne(intake)).isEqualTo(1);
  }

  @Test
  void inALongLogOneThatComesAloneWaitsForOthers() throws Exception {
    lengthen(2_100);
    assertThat(looksForOne(intake(settings()))).isGreaterThan(1);
  }

  @Test
  void afterSeveralThatCameTogetherOneWaitsForOthers() throws Exception {
    lengthen(60_000);
    LogIntake intake = intake(settings());
    long before;
    long proposals;
    do {
      before = log.looks();
      proposals = log.proposals();
      for (int i = 0; i < 2; i++) {
        intake.offer(Batches.delivery("d" + i, 0, 1), null, true, outcomes::add);
      }
      for (int i = 0; i < 2; i++) {
        next();
      }
      // A pause of this thread may part them.
    } while (log.proposals() - proposals > 1);
    // Too soon, due, nothing left, and once more after the commit.
    long quiet = before + 4;
    await().until(() -> log.looks() == quiet);
    log.advance(new Mark(60_000 - 1_500, 0));

    assertThat(looksForOne(intake)).isGreaterThan(1);
    assertThat(looksForOne(intake)).as("after one that came alone").isEqualTo(1);
  }

  private void lengthen(int entries) {
    for (int i = 0; i < entries; i++) {
      log.propose(new byte[0], 0);
    }
  }

  /** How often the log was looked at from an offer to its answer: again after each wait. */
  private long looksForOne(LogIntake intake) throws Exception {
    CompletableFuture<Long> looks = new CompletableFuture<>();
    long before = log.looks();
    intake.offer(
        Batches.delivery("d", 0, 1), null, true, outcome -> looks.complete(log.looks() - before));
    long found = looks.get(30, TimeUnit.SECONDS);
    // Nothing left, and once more after the commit.
    await().until(() -> log.looks() == before + found + 2);
    return found;
  }

  @Test
  void aLogThatGrowsMeanwhileIsWaitedForAgain() throws Exception {
    lengthen(3_000);
    LogIntake intake = intake(settings());
    intake.offer(Batches.delivery("d", 0, 1), null, true, outcomes::add);
    lengthen(2_000);
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
  }

  @Test
  void nobodyIsWokenForWhatOnlyJoinsThoseThatAreCollected() throws Exception {
    lengthen(60_000);
    LogIntake intake = intake(settings());
    long before = log.looks();
    for (int i = 0; i < 200; i++) {
      intake.offer(Batches.delivery("d" + i, 0, 1), null, true, outcomes::add);
    }
    for (int i = 0; i < 200; i++) {
      next();
    }
    assertThat(log.looks() - before).isLessThan(20);
  }

  @Test
  void collectingHasABound() throws Exception {
    lengthen(60_000);
    IntakeSettings s = settings();
    LogIntake intake =
        intake(new IntakeSettings("g1", 1 << 20, 1 << 16, 2, s.commitTimeout(), Duration.ZERO));
    for (int i = 0; i < 5; i++) {
      long before = log.proposals();
      intake.offer(Batches.delivery("d" + i, 0, 1), null, true, outcomes::add);
      next();
      assertThat(log.proposals()).isEqualTo(before + 1);
    }
  }

  /** With one delivery to an entry, and always one more that waits. */
  @Test
  void commitsMoreSlowlyWhenTheLogIsNearlyFull() throws Exception {
    IntakeSettings s = settings();
    LogIntake intake =
        intake(new IntakeSettings("g1", 1 << 20, 1, 2, s.commitTimeout(), s.collectMax()));
    log.filled(0.95);
    long start = System.nanoTime();
    for (int i = 0; i < 3; i++) {
      intake.offer(Batches.delivery("d" + i, 0, 1), null, true, outcomes::add);
    }
    for (int i = 0; i < 3; i++) {
      assertThat(next()).isInstanceOf(Outcome.Committed.class);
    }
    assertThat(System.nanoTime() - start)
        .as("half a second between entries, half way from nine tenths to all")
        .isGreaterThanOrEqualTo(Duration.ofMillis(999).toNanos());
    assertThat(log.proposals()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0.9, 0", "0.95, 500", "1, 1000", "7, 1000"})
  void entriesAreHeldBackFromNineTenthsOn(double filled, long millis) {
    assertThat(Pace.pushBackNanos(filled))
        .isCloseTo(Duration.ofMillis(millis).toNanos(), within(1_000L));
  }

  @Test
  void wrongPayloadsAreRefusedWhereTheDeviceCanBeTold() throws Exception {
    LogIntake intake = intake(settings());
    byte[] crc = Batches.readings("d1", 0, 3);
    crc[crc.length - 1] ^= 1;
    for (byte[] payload :
        List.of(new byte[] {1, 2, 3}, new byte[0], crc, Batches.brokenBody("d1"))) {
      intake.offer(new Delivery("d1", payload), null, true, outcomes::add);
      assertThat(next())
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused -> assertThat(refused.reason()).isEqualTo(Reason.UNDECODABLE));
    }
    intake.offer(new Delivery("d2", Batches.readings("d1", 0, 3)), null, true, outcomes::add);
    assertThat(next())
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(Reason.DEVICE_MISMATCH);
              assertThat(refused.text()).contains("d1").contains("d2");
            });
    assertThat(log.proposals()).isZero();
    assertThat(intake.refusedReadings(Reason.UNDECODABLE)).isEqualTo(4);
    assertThat(intake.refusedReadings(Reason.DEVICE_MISMATCH)).isEqualTo(3);
    assertThat(intake.received()).isEqualTo(7);
    assertThat(intake.pending()).isZero();
  }

  @Test
  void wrongPayloadsAreTakenWhereItCannot() throws Exception {
    LogIntake intake = intake(settings());
    intake.offer(new Delivery("d1", new byte[] {1, 2, 3}), null, false, outcomes::add);
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    intake.offer(new Delivery("d2", Batches.readings("d1", 0, 3)), null, false, outcomes::add);
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    assertThat(entries().get(0).deliveries().get(0).payload()).containsExactly(1, 2, 3);
    assertThat(log.counts().committed()).as("one that nobody can read, and three").isEqualTo(4);
  }

  @Test
  void aStatusHasNoReadings() throws Exception {
    LogIntake intake = intake(settings());
    intake.offer(new Delivery("d1", Batches.status("d1")), null, true, outcomes::add);
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    assertThat(intake.received()).isZero();
  }

  @Test
  void beyondTheBoundDeliveriesAreRefusedUntilThereIsRoom() throws Exception {
    byte[] payload = Batches.readings("d", 0, 100);
    IntakeSettings s = settings();
    LogIntake intake =
        intake(
            new IntakeSettings("g1", 3L * payload.length, 1, 1, s.commitTimeout(), s.collectMax()));
    log.withhold(true);
    for (int i = 0; i < 5; i++) {
      intake.offer(new Delivery("d", payload), null, true, outcomes::add);
    }
    for (int i = 0; i < 2; i++) {
      assertThat(next())
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused -> assertThat(refused.reason()).isEqualTo(Reason.BUSY));
    }
    assertThat(intake.received()).isEqualTo(500);
    assertThat(intake.refusedReadings(Reason.BUSY)).isEqualTo(200);
    assertThat(intake.pending()).isEqualTo(300);
    log.withhold(false);
    log.commitWithheld();
    for (int i = 0; i < 3; i++) {
      assertThat(next()).isInstanceOf(Outcome.Committed.class);
    }
    intake.offer(new Delivery("d", payload), null, true, outcomes::add);
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
  }

  @Test
  void anUnknownOutcomeIsNeitherAcknowledgedNorRefused() throws Exception {
    LogIntake intake = intake(settings());
    log.withhold(true);
    intake.offer(Batches.delivery("d1", 0, 3), null, true, outcomes::add);
    await().until(() -> log.withheld() == 1);
    log.loseWithheld();
    assertThat(next()).isInstanceOf(Outcome.Unknown.class);
    await().until(() -> intake.refusedReadings(Reason.IN_DOUBT) == 3);
    assertThat(intake.pending()).as("whoever leads counts them").isZero();
    assertThat(intake.uncommittedBytes()).isZero();
  }

  @Test
  void aCommitThatTakesTooLongIsUnknownAndOnlyWhatWasNotProposedIsRefused() throws Exception {
    IntakeSettings s = settings();
    LogIntake intake =
        intake(new IntakeSettings("g1", 1 << 20, 1, 1, Duration.ofMillis(300), s.collectMax()));
    log.withhold(true);
    intake.offer(Batches.delivery("d1", 0, 3), null, true, outcomes::add);
    await().until(() -> log.withheld() == 1);
    intake.offer(Batches.delivery("d1", 3, 3), null, true, outcomes::add);
    assertThat(List.of(next(), next()))
        .hasAtLeastOneElementOfType(Outcome.Unknown.class)
        .hasAtLeastOneElementOfType(Outcome.Refused.class);
    assertThat(intake.uncommittedBytes()).as("still held by the log").isPositive();

    log.commitWithheld();
    await().until(() -> intake.uncommittedBytes() == 0);
    assertThat(outcomes).as("told only once").isEmpty();
    assertThat(intake.pending()).isZero();
    assertThat(log.counts().committed()).isEqualTo(3);
  }

  @Test
  void whatTheLogCannotCommitIsRefused() throws Exception {
    LogIntake intake = intake(settings());
    log.role(State.Role.ELECTING);
    assertThat(intake.readiness()).isEqualTo(Readiness.UNREADY);
    intake.offer(Batches.delivery("d1", 0, 3), null, true, outcomes::add);
    assertThat(next())
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Reason.NOT_READY));
    log.role(State.Role.FULL);
    assertThat(intake.readiness()).isEqualTo(Readiness.FULL);
    intake.offer(Batches.delivery("d1", 0, 3), null, true, outcomes::add);
    assertThat(next())
        .isInstanceOfSatisfying(
            Outcome.Refused.class, refused -> assertThat(refused.reason()).isEqualTo(Reason.FULL));
  }

  @Test
  void whereElseDevicesMayGoIsAskedEachTime() {
    LogIntake intake = intake(settings());
    assertThat(intake.readiness()).isEqualTo(Readiness.READY);
    assertThat(intake.elsewhere()).isNull();
    elsewhere = "gateway2:1883";
    assertThat(intake.elsewhere()).isEqualTo("gateway2:1883");
  }

  @Test
  void closingWaitsForWhatWasTaken() throws Exception {
    LogIntake intake = intake(settings());
    for (int i = 0; i < 100; i++) {
      intake.offer(Batches.delivery("d" + i, 0, 1), null, true, outcomes::add);
    }
    intake.close();
    assertThat(outcomes).hasSize(100).allMatch(Outcome.Committed.class::isInstance);
    intake.offer(Batches.delivery("d1", 0, 3), null, true, outcomes::add);
    assertThat(outcomes).hasSize(101);
    assertThat(intake.readiness()).isEqualTo(Readiness.UNREADY);
  }

  @Test
  void closingWaitsUntilAllAreTold() throws Exception {
    LogIntake intake = intake(settings());
    Thread closing = new Thread(intake::close);
    CompletableFuture<Thread.State> meanwhile = new CompletableFuture<>();
    intake.offer(
        Batches.delivery("d1", 0, 1),
        null,
        true,
        outcome -> {
          closing.start();
          await()
              .until(
                  closing::getState,
                  state -> state == Thread.State.TIMED_WAITING || state == Thread.State.TERMINATED);
          meanwhile.complete(closing.getState());
        });
    assertThat(meanwhile.get(30, TimeUnit.SECONDS)).isEqualTo(Thread.State.TIMED_WAITING);
    closing.join(TimeUnit.SECONDS.toMillis(30));
    assertThat(closing.getState()).isEqualTo(Thread.State.TERMINATED);
  }

  private Outcome next() throws InterruptedException {
    Outcome outcome = outcomes.poll(20, TimeUnit.SECONDS);
    if (outcome == null) {
      throw new AssertionError("no outcome within 20 s");
    }
    return outcome;
  }

  private List<LogEntry> entries() throws Exception {
    List<LogEntry> entries = new ArrayList<>();
    for (CommittedEntry entry : log.read(0, Integer.MAX_VALUE).entries()) {
      entries.add(ForwardCodec.decodeEntry(entry.bytes()));
    }
    return entries;
  }
}
