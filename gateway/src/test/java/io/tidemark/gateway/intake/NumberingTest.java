package io.tidemark.gateway.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.replication.CommittedEntry;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.gateway.replication.State;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Devices that do not count: one row for each delivery that was accepted. */
@Timeout(60)
final class NumberingTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private final FakeLog log = new FakeLog();
  private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
  private LogIntake intake = intake(Duration.ofSeconds(20), 1 << 20);

  private LogIntake intake(Duration commitTimeout, long uncommittedMaxBytes) {
    return new LogIntake(
        new IntakeSettings(
            "g1", uncommittedMaxBytes, 64 << 10, 2, commitTimeout, Duration.ofMillis(250)),
        Rates.ample(),
        log,
        Clock.fixed(NOW, ZoneOffset.UTC),
        () -> null);
  }

  private void restart(Duration commitTimeout, long uncommittedMaxBytes) {
    intake.close();
    intake = intake(commitTimeout, uncommittedMaxBytes);
  }

  @AfterEach
  void close() {
    log.withhold(false);
    log.commitWithheld();
    intake.close();
  }

  private void offer(String device, String json) {
    offer(device, json, true);
  }

  private void offer(String device, String json, boolean mayRefuse) {
    byte[] payload = json.getBytes(StandardCharsets.UTF_8);
    intake.offer(new Delivery(device, payload), null, mayRefuse, outcomes::add);
  }

  private Outcome next() throws InterruptedException {
    Outcome outcome = outcomes.poll(20, TimeUnit.SECONDS);
    assertThat(outcome).as("an outcome").isNotNull();
    return outcome;
  }

  private Outcome.Refused refused() throws InterruptedException {
    Outcome outcome = next();
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return (Outcome.Refused) outcome;
  }

  private List<Delivery> deliveries() throws Exception {
    List<Delivery> deliveries = new ArrayList<>();
    for (CommittedEntry entry : log.read(0, Integer.MAX_VALUE).entries()) {
      deliveries.addAll(ForwardCodec.decodeEntry(entry.bytes()).deliveries());
    }
    return deliveries;
  }

  private List<Batch> batches() throws Exception {
    List<Batch> batches = new ArrayList<>();
    for (Delivery delivery : deliveries()) {
      batches.add(BatchCodec.decode(delivery.payload()));
    }
    return batches;
  }

  @Test
  void readingsAreNumberedFromNoughtByDevice() throws Exception {
    for (String json : List.of("{\"t\":1}", "[{\"t\":2},{\"t\":3}]", "{\"t\":4}")) {
      offer("a", json);
      assertThat(next()).isInstanceOf(Outcome.Committed.class);
    }
    offer("b", "{\"t\":5}");
    assertThat(next()).isInstanceOf(Outcome.Committed.class);

    List<Batch> batches = batches();
    assertThat(batches)
        .extracting(batch -> batch.header().device() + batch.header().firstSequence())
        .containsExactly("a0", "a1", "a3", "b0");
    assertThat(batches.subList(0, 3))
        .extracting(batch -> batch.header().epoch())
        .containsOnly(batches.get(0).header().epoch());
    assertThat(batches.get(3).header().epoch()).isNotEqualTo(batches.get(0).header().epoch());
    assertThat(intake.received()).isEqualTo(5);
    assertThat(intake.pending()).isZero();
  }

  @Test
  void anotherProcessCountsInAnotherEpoch() throws Exception {
    offer("a", "{\"t\":1}");
    next();
    restart(Duration.ofSeconds(20), 1 << 20);
    offer("a", "{\"t\":1}");
    next();
    assertThat(batches()).extracting(batch -> batch.header().firstSequence()).containsOnly(0L);
    assertThat(batches().get(0).header().epoch()).isNotEqualTo(batches().get(1).header().epoch());
  }

  private void offerWill(String device) {
    intake.offerWill(Delivery.ofWill(device, "t", new byte[] {1}), outcomes::add);
  }

  @Test
  void lastWordsComeBehindWhatWaits() throws Exception {
    log.withhold(true);
    IntStream.range(0, 3).forEach(i -> offer("a", "{\"t\":" + i + "}"));
    offerWill("a");
    for (int i = 0; i < 4; i++) {
      await().until(() -> log.withheld() == 1);
      assertThat(log.commitOldestWithheld()).isTrue();
      assertThat(next()).isInstanceOf(Outcome.Committed.class);
    }
    log.withhold(false);
    assertThat(deliveries())
        .extracting(delivery -> delivery.willTopic() != null)
        .containsExactly(false, false, false, true);
    assertThat(intake.received()).isEqualTo(3);
    assertThat(intake.pending()).isZero();
    offer("a", "{\"t\":3}");
    next();
    assertThat(BatchCodec.decode(deliveries().get(4).payload()).header().firstSequence())
        .as("they use no number up")
        .isEqualTo(3);
  }

  @Test
  void lastWordsOfWhichNobodyKnowsAreNotTriedAgain() throws Exception {
    log.withhold(true);
    offer("a", "{\"t\":0}");
    offerWill("a");
    await().until(() -> log.withheld() == 1);
    assertThat(log.commitOldestWithheld()).isTrue();
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    await().until(() -> log.withheld() == 1);
    log.withhold(false);
    log.loseWithheld();
    assertThat(next()).isInstanceOf(Outcome.Unknown.class);
  }

  @Test
  void lastWordsWaitWithinTheBound() throws Exception {
    restart(Duration.ofSeconds(20), 200);
    log.withhold(true);
    offer("a", "{\"t\":0}");
    intake.offerWill(Delivery.ofWill("a", "t".repeat(190), new byte[10]), outcomes::add);
    offerWill("a");
    assertThat(refused().reason()).isEqualTo(Reason.BUSY);
  }

  @Test
  void oneOfADeviceIsUncommittedAtATime() throws Exception {
    log.withhold(true);
    // Far more than entries may be in flight: if they did not wait, some would share one.
    IntStream.range(0, 10).forEach(i -> offer("a", "{\"t\":" + i + "}"));
    offer("b", "{\"t\":99}");
    await().until(() -> log.withheld() > 0);
    log.withhold(false);
    log.commitWithheld();
    for (int i = 0; i < 11; i++) {
      assertThat(next()).isInstanceOf(Outcome.Committed.class);
    }
    for (CommittedEntry entry : log.read(0, Integer.MAX_VALUE).entries()) {
      assertThat(ForwardCodec.decodeEntry(entry.bytes()).deliveries())
          .filteredOn(delivery -> delivery.device().equals("a"))
          .hasSizeLessThanOrEqualTo(1);
    }
    assertThat(batches())
        .filteredOn(batch -> batch.header().device().equals("a"))
        .extracting(batch -> batch.header().firstSequence())
        .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
  }

  @Test
  void whatWasNotProposedUsesNoNumberUp() throws Exception {
    offer("a", "{\"t\":1}");
    next();
    log.role(State.Role.ELECTING);
    offer("a", "{\"t\":2}");
    assertThat(refused().reason()).isEqualTo(Reason.NOT_READY);
    log.role(State.Role.LEADING);
    offer("a", "{\"t\":3}");
    next();
    assertThat(batches())
        .extracting(batch -> batch.header().firstSequence())
        .containsExactly(0L, 1L);
    assertThat(intake.pending()).isZero();
  }

  @Test
  void whatCannotBeCommittedDoesNotWaitBehindWhatIsInDoubt() throws Exception {
    log.withhold(true);
    offer("a", "{\"t\":1}");
    await().until(() -> log.withheld() == 1);
    log.role(State.Role.ELECTING);
    offer("a", "{\"t\":2}");
    assertThat(refused().reason()).isEqualTo(Reason.NOT_READY);
    log.role(State.Role.LEADING);
    log.commitWithheld();
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
  }

  @Test
  void whatIsInDoubtIsProposedAgainAsItWas() throws Exception {
    log.withhold(true);
    offer("a", "{\"t\":1}");
    offer("a", "{\"t\":2}");
    await().until(() -> log.withheld() == 1);
    log.loseWithheld();
    await().until(() -> log.withheld() == 1);
    assertThat(outcomes).as("nobody is told yet").isEmpty();
    // Turned away this time; the first time may have been another.
    log.role(State.Role.ELECTING);
    log.loseWithheld();
    log.role(State.Role.LEADING);
    await().until(() -> log.withheld() == 1);
    log.withhold(false);
    log.commitWithheld();
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    assertThat(batches())
        .extracting(batch -> batch.header().firstSequence())
        .containsExactly(0L, 1L);
    assertThat(batches())
        .extracting(batch -> batch.header().epoch())
        .containsOnly(batches().get(0).header().epoch());
  }

  @Test
  void whatIsInDoubtForLongIsGivenUpWithItsEpoch() throws Exception {
    restart(Duration.ofSeconds(1), 1 << 20);
    offer("a", "{\"t\":1}");
    next();
    log.withhold(true);
    offer("a", "{\"t\":2}");
    assertThat(next()).isInstanceOf(Outcome.Unknown.class);
    log.withhold(false);
    log.commitWithheld();
    offer("a", "{\"t\":3}");
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    List<Batch> batches = batches();
    Batch last = batches.get(batches.size() - 1);
    assertThat(last.header().firstSequence()).isZero();
    assertThat(last.header().epoch()).isNotEqualTo(batches.get(0).header().epoch());
  }

  @Test
  void whatWaitsIsBoundedInBytesAndTime() throws Exception {
    restart(Duration.ofSeconds(1), 262_144 + 1_024);
    log.withhold(true);
    String large = "{\"t\":\"" + "x".repeat(4_000) + "\"}";
    offer("a", "{\"t\":1}");
    for (int i = 0; i < 70; i++) {
      offer("a", large);
    }
    for (String text :
        List.of("bytes wait for a number and 263168 are allowed", "not numbered within PT1S")) {
      await().until(() -> outcomes.stream().anyMatch(o -> o.toString().contains(text)));
    }
  }

  @Test
  void closingSettlesAll() throws Exception {
    log.withhold(true);
    offer("a", "{\"t\":1}");
    offer("a", "{\"t\":2}");
    await().until(() -> log.withheld() == 1);
    Thread closing = new Thread(intake::close);
    closing.start();
    assertThat(refused().reason()).isEqualTo(Reason.NOT_READY);
    log.commitWithheld();
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    closing.join();
    offer("a", "{\"t\":3}");
    assertThat(refused().reason()).isEqualTo(Reason.NOT_READY);
  }

  @Test
  void numberedAndUnnumberedOfOnePayloadGoTogether() throws Exception {
    offer(
        "a",
        "[{\"epoch\":4,\"sequence\":8,\"time\":\"2026-03-01T11:00:00Z\",\"values\":{\"t\":1}},{\"t\":2}]");
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    assertThat(log.proposals()).isOne();
    assertThat(batches())
        .extracting(batch -> batch.header().firstSequence())
        .containsExactly(8L, 0L);
    assertThat(intake.received()).isEqualTo(2);
  }

  @Test
  void aNumberedPayloadDoesNotWaitForTheOneBefore() throws Exception {
    log.withhold(true);
    for (int i = 0; i < 2; i++) {
      offer(
          "a",
          "{\"epoch\":4,\"sequence\":%d,\"time\":\"2026-03-01T11:00:00Z\",\"values\":{\"t\":1}}"
              .formatted(i));
      int count = i + 1;
      await().until(() -> log.withheld() == count);
    }
  }

  @Test
  void whatCannotBeReadIsRefusedOrKeptWithTheReason() throws Exception {
    offer("a", "{\"t\":");
    assertThat(refused())
        .satisfies(
            refused -> {
              assertThat(refused.reason()).isEqualTo(Reason.UNDECODABLE);
              assertThat(refused.text()).contains("line 1");
            });
    offer("a", "{\"t\":", false);
    assertThat(next()).isInstanceOf(Outcome.Committed.class);
    assertThat(deliveries())
        .singleElement()
        .satisfies(
            delivery -> {
              assertThat(new String(delivery.payload(), StandardCharsets.UTF_8))
                  .isEqualTo("{\"t\":");
              assertThat(delivery.problem()).contains("line 1");
            });
    offer("a", " ".repeat(262_145));
    assertThat(refused().reason()).isEqualTo(Reason.TOO_LARGE);
  }
}
