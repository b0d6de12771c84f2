package io.tidemark.ingest.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.ingest.ledger.EpochLedger;
import io.tidemark.ingest.ledger.GroupReport;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@OnEachDatabase
final class IntakeTest {
  private final FakeStore store = new FakeStore();
  private Rig rig;
  private Path folder;

  @BeforeEach
  void start(@TempDir Path temp) {
    folder = temp;
    rig = new Rig(temp, store);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  @Test
  void theSameBatchTenTimesIsOneRowAReading() throws Exception {
    byte[] batch = Rig.batch("d", 0, Rig.readings(0, 250)); // more than a chunk
    for (int i = 0; i < 10; i++) {
      rig.send(Rig.request("d", batch));
    }
    assertThat(store.rows()).hasSize(250);
    assertThat(rig.sums()).isEqualTo(new Sums(250, 0, 250, 0, 0, 0, 0, 9));
    assertThat(rig.quarantined()).isEmpty();
    assertThat(rig.counter("tidemark.ingest.readings.received")).isEqualTo(250);
    assertThat(rig.counter("tidemark.ingest.readings.stored")).isEqualTo(250);
  }

  /** A count that begins while rows are being written is not taken to have seen them. */
  @Test
  void whatWasCountedDuringAWriteIsCountedAgain() throws Exception {
    store.write(List.of(new Row(new EpochKey("d", Rig.EPOCH), 0, Rig.reading(7, 0)))); // by others
    store.gate = new CountDownLatch(1);
    CompletableFuture<Long> answer =
        rig.submit(Rig.request("d", Rig.batch("d", 0, Rig.readings(0, 1))));
    await().until(() -> store.writes.get() == 2);
    assertThat(rig.ledger.duplicates(true).total()).isZero();
    store.gate.countDown();
    answer.get(30, TimeUnit.SECONDS);
    assertThat(rig.ledger.duplicates(true).total()).isEqualTo(1);
  }

  @Test
  void theSameBatchTenTimesAtOnceIsOneRowAReading() throws Exception {
    byte[] batch = Rig.batch("d", 0, Rig.readings(0, 60));
    store.gate = new CountDownLatch(1);
    List<CompletableFuture<Long>> answers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      answers.add(rig.submit(Rig.request("d", batch, batch)));
    }
    store.gate.countDown();
    for (CompletableFuture<Long> answer : answers) {
      answer.get(30, TimeUnit.SECONDS);
    }
    assertThat(store.rows()).hasSize(60);
    assertThat(rig.sums()).isEqualTo(new Sums(60, 0, 60, 0, 0, 0, 0, 19));
  }

  @Test
  void aNumberWithOtherContentsIsQuarantinedAndTheRowStays() throws Exception {
    rig.send(Rig.request("d", Rig.batch("d", 0, Rig.readings(0, 3))));
    byte[] other = Rig.batch("d", 1, List.of(Rig.reading(1, 99), Rig.reading(2, 2)));
    byte[] elsewhen = Rig.batch("d", 0, List.of(Rig.reading(7, 0)));
    rig.send(Rig.request("d", other, elsewhen));
    rig.send(Rig.request("d", other));
    assertThat(store.rows()).hasSize(3).doesNotHaveDuplicates();
    assertThat(rig.quarantined())
        .extracting(Quarantined::reason, Quarantined::sequence)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("conflict", 1L),
            org.assertj.core.groups.Tuple.tuple("conflict", 0L));
    assertThat(rig.sums()).isEqualTo(new Sums(3, 0, 3, 0, 0, 0, 0, 2));
  }

  @Test
  void aConflictWithinOneRequestIsFound() throws Exception {
    byte[] one = Rig.batch("d", 0, List.of(Rig.reading(0, 1)));
    byte[] two = Rig.batch("d", 0, List.of(Rig.reading(0, 2)));
    byte[] three = Rig.batch("d", 0, List.of(Rig.reading(1, 1)));
    rig.send(Rig.request("d", one, two, three));
    assertThat(store.rows()).hasSize(1);
    assertThat(rig.quarantined())
        .extracting(Quarantined::reason)
        .containsOnly("conflict")
        .hasSize(2);
  }

  @Test
  void twoReadingsOfOneSensorAtOneInstantAreTwoRows() throws Exception {
    rig.send(Rig.request("d", Rig.batch("d", 0, List.of(Rig.reading(5, 1), Rig.reading(5, 1)))));
    assertThat(store.rows()).hasSize(2);
  }

  @Test
  void whatCannotBeARowIsQuarantinedWithItsReason() throws Exception {
    Map<String, Reading> bad = new LinkedHashMap<>();
    bad.put("not_finite", Rig.reading(0, Double.NaN));
    bad.put("reserved_name", with("seq", Rig.T0));
    bad.put("time_out_of_range", with("v", Admission.TIME_MIN_NANOS - 1));
    bad.put("too_many_kinds", new Reading("s", "refused", Rig.T0, Map.of("v", Value.of(1))));
    List<Reading> readings = new ArrayList<>(bad.values());
    readings.add(with("x_text", Rig.T0));
    readings.add(with("x_bool", Rig.T0));
    readings.add(Rig.reading(1, Double.POSITIVE_INFINITY));
    readings.add(with("v", Rig.T0 + 1_000_000 + Admission.AHEAD_MAX_NANOS + 1));
    readings.add(with("v", Rig.T0 + 1_000_000 + Admission.AHEAD_MAX_NANOS));
    readings.add(with("v", Admission.TIME_MIN_NANOS));
    byte[] batch = Rig.batch("d", 0, readings);
    byte[] broken = batch.clone();
    broken[broken.length / 2] ^= 1;

    rig.send(Rig.request("d", batch, broken, broken, Rig.batch("other", 0, Rig.readings(0, 1))));

    List<Quarantined> items = rig.quarantined();
    assertThat(items).hasSize(8 + 3);
    assertThat(items).extracting(Quarantined::reason).containsAll(bad.keySet());
    assertThat(items)
        .filteredOn(item -> item.sequence() == null)
        .extracting(Quarantined::reason)
        .containsExactlyInAnyOrder("undecodable", "undecodable", "device_mismatch");
    assertThat(items)
        .filteredOn(item -> item.reason().equals("not_finite"))
        .allSatisfy(item -> assertThat(item.payload()).isEqualTo(batch));
    assertThat(rig.sums()).isEqualTo(new Sums(10, 0, 2, 8, 0, 0, 0, 0));
    assertThat(rig.epochs("other")).isEmpty();
    assertThat(rig.counter("tidemark.ingest.readings.received")).isEqualTo(13);
    assertThat(rig.counter("tidemark.ingest.readings.quarantined")).isEqualTo(11);

    rig.send(Rig.request("d", batch, broken, broken));
    assertThat(rig.quarantined()).hasSize(11);
    assertThat(rig.sums()).isEqualTo(new Sums(10, 0, 2, 8, 0, 0, 0, 1));
    assertThat(rig.counter("tidemark.ingest.readings.received")).isEqualTo(13);
  }

  private static Reading with(String metric, long time) {
    return new Reading("s", "k", time, Map.of(metric, Value.of(1)));
  }

  @Test
  void whileTheStoreIsAwayNothingIsPromisedAndThenAllIsWell() throws Exception {
    store.away = true;
    ForwardRequest request = Rig.request("d", Rig.batch("d", 0, Rig.readings(0, 5)));
    assertThatThrownBy(() -> rig.send(request)).isInstanceOf(BusyException.class);
    assertThat(rig.intake.isReady()).isFalse();
    store.away = false;
    rig.send(request);
    assertThat(rig.sums()).isEqualTo(new Sums(5, 0, 5, 0, 0, 0, 0, 0));
    assertThat(rig.intake.budget().used()).isZero();
    await().until(rig.intake::isReady);
  }

  @Test
  void rowsWhoseAnswerWasLostAreFoundAgain() throws Exception {
    store.failAfterWriting = true;
    byte[] batch = Rig.batch("d", 0, Rig.readings(0, 5));
    assertThatThrownBy(() -> rig.send(Rig.request("d", batch))).isInstanceOf(BusyException.class);
    // Before it comes again, other contents under one of its numbers: must not become a second row.
    rig.send(Rig.request("d", Rig.batch("d", 3, List.of(Rig.reading(77, 1)))));
    assertThat(store.rows()).hasSize(5);
    assertThat(rig.quarantined()).extracting(Quarantined::reason).containsExactly("conflict");
    rig.send(Rig.request("d", batch));
    assertThat(rig.sums()).isEqualTo(new Sums(5, 0, 5, 0, 0, 0, 0, 1));
  }

  @Test
  void aRowThatCanOnlyBeSeenIsNoRowYet() throws Exception {
    store.unacknowledging = true;
    byte[] batch = Rig.batch("d", 0, Rig.readings(0, 5));
    assertThatThrownBy(() -> rig.send(Rig.request("d", batch))).isInstanceOf(BusyException.class);
    assertThat(store.rows()).hasSize(5);
    assertThatThrownBy(() -> rig.send(Rig.request("d", batch)))
        .as("comes again, and the rows can be seen")
        .isInstanceOf(BusyException.class);
    assertThatThrownBy(() -> rig.intake.rebuild(false))
        .isInstanceOf(StoreUnavailableException.class);
    assertThat(rig.sums()).isEqualTo(Sums.ZERO);
    store.restart();
    assertThat(store.rows()).isEmpty();
    rig.send(Rig.request("d", batch));
    assertThat(store.rows()).hasSize(5);
    assertThat(rig.sums()).isEqualTo(new Sums(5, 0, 5, 0, 0, 0, 0, 0));
    assertThat(rig.intake.rebuild(true).agreed()).isTrue();
  }

  private static byte[] foreign(long first, int count) {
    return BatchCodec.encode(Batch.ofForeign("d", Rig.EPOCH, first, Rig.readings(first, count)));
  }

  @Test
  void aNumberWrittenByHandIsBelievedOnlySoFar() throws Exception {
    rig.send(Rig.request("d", foreign(Classifier.FOREIGN_JUMP_MAX, 1)));
    assertThat(rig.sums()).as("counts nothing").isEqualTo(Sums.ZERO);
    assertThat(rig.quarantined())
        .singleElement()
        .satisfies(
            item -> {
              assertThat(item.reason()).isEqualTo("sequence_jump");
              assertThat(item.detail()).contains("1000000").contains("from 0");
              assertThat(item.sequence()).isNull();
            });
    rig.send(Rig.request("d", foreign(Classifier.FOREIGN_JUMP_MAX - 1, 1)));
    assertThat(rig.sums().produced()).isEqualTo(Classifier.FOREIGN_JUMP_MAX);
    rig.send(Rig.request("d", foreign(2 * Classifier.FOREIGN_JUMP_MAX, 1)));
    assertThat(rig.sums().produced()).isEqualTo(Classifier.FOREIGN_JUMP_MAX);
    // Within one request what came before counts.
    rig.send(
        Rig.request(
            "d",
            foreign(2 * Classifier.FOREIGN_JUMP_MAX - 1, 1),
            foreign(2 * Classifier.FOREIGN_JUMP_MAX, 2)));
    assertThat(rig.sums().produced()).isEqualTo(2 * Classifier.FOREIGN_JUMP_MAX + 2);
    assertThat(rig.quarantined()).hasSize(2);
  }

  @Test
  void anAgentsNumbersAreBelieved() throws Exception {
    rig.send(Rig.request("d", Rig.batch("d", 50_000_000, Rig.readings(50_000_000, 1))));
    assertThat(rig.sums().produced()).isEqualTo(50_000_001);
    assertThat(rig.quarantined()).isEmpty();
  }

  @Test
  void whatAGatewayCouldNotReadKeepsItsWords() throws Exception {
    byte[] payload = "{\"t\":".getBytes(StandardCharsets.UTF_8);
    List<Delivery> deliveries = List.of(Delivery.withProblem("d", payload, "it ends behind t"));
    rig.send(
        new ForwardRequest(
            "g1", 1, 1, 0, List.of(new LogEntry("g1", Rig.T0 + 1_000_000, deliveries))));
    assertThat(rig.quarantined())
        .singleElement()
        .satisfies(
            item -> {
              assertThat(item.reason()).isEqualTo("undecodable");
              assertThat(item.detail()).isEqualTo("it ends behind t");
              assertThat(item.payload()).isEqualTo(payload);
            });
  }

  @Test
  void whatWaitsIsBounded() throws Exception {
    rig.close();
    rig = new Rig(folder, store, 1_000, 100, CrashPoint.NONE);
    ByteBudget.Lease first = rig.intake.budget().lease();
    assertThat(first.grow(900)).isTrue();
    assertThat(rig.intake.budget().lease().grow(101)).isFalse();
    store.gate = new CountDownLatch(1);
    CompletableFuture<Long> answer =
        rig.intake.submit(Rig.request("d", Rig.batch("d", 0, Rig.readings(0, 1))), first);
    await().until(() -> store.writes.get() > 0);
    assertThat(rig.intake.budget().used()).isEqualTo(900);
    store.gate.countDown();
    answer.get(30, TimeUnit.SECONDS);
    assertThat(rig.intake.budget().used()).isZero();
  }

  @Test
  void dropsAndStatusesAreInTheLedger() throws Exception {
    byte[] drop = BatchCodec.encode(Batch.ofDrop("d", Rig.EPOCH, 2, 3, "journal_full", 10, 5));
    byte[] status = BatchCodec.encode(Batch.ofStatus("d", Rig.EPOCH, 12, 5));
    rig.send(Rig.request("d", Rig.batch("d", 0, Rig.readings(0, 2)), drop, status));
    assertThat(rig.sums()).isEqualTo(new Sums(12, 7, 2, 0, 3, 0, 0, 0));
    EpochLedger epoch = rig.epochs("d").get(0);
    assertThat(epoch.dropped())
        .singleElement()
        .satisfies(range -> assertThat(range.reason()).isEqualTo("journal_full"));
    assertThat(epoch.watermark()).isEqualTo(5);
    // A dropped number that comes after all is stored.
    rig.send(Rig.request("d", Rig.batch("d", 3, Rig.readings(3, 1))));
    assertThat(rig.sums()).isEqualTo(new Sums(12, 7, 3, 0, 2, 0, 0, 0));
  }

  @Test
  void whatIsBelowOldestKeptIsMissingOnceAllGroupsHaveForwardedWhatTheyHad() throws Exception {
    byte[] status = BatchCodec.encode(Batch.ofStatus("d", Rig.EPOCH, 10, 6));
    long tick = rig.send(Rig.request(5, 3, 0, "d", Rig.batch("d", 0, Rig.readings(0, 2)), status));
    assertThat(rig.sums()).isEqualTo(new Sums(10, 8, 2, 0, 0, 0, 0, 0));
    // The group has more than it has forwarded: what waits may be in there.
    for (int i = 0; i < 5; i++) {
      tick = rig.send(Rig.request(9, 8, tick, "d"));
    }
    assertThat(rig.sums().missing()).isZero();
    await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> {
              long seen = rig.ledger.tick();
              rig.send(Rig.request(9, 9, seen, "d"));
              return rig.sums().missing() == 4;
            });
    assertThat(rig.sums()).isEqualTo(new Sums(10, 4, 2, 0, 0, 4, 0, 0));
    assertThat(rig.epochs("d").get(0).missing())
        .singleElement()
        .satisfies(
            range -> {
              assertThat(range.first()).isEqualTo(2);
              assertThat(range.last()).isEqualTo(5);
            });
    // What was missing and comes after all is stored.
    rig.send(Rig.request("d", Rig.batch("d", 2, Rig.readings(2, 2))));
    assertThat(rig.sums()).isEqualTo(new Sums(10, 4, 4, 0, 0, 2, 0, 0));
  }

  @Test
  void nothingIsMissingAsLongAsAGroupThatOthersTellOfHasNotReported() throws Exception {
    byte[] status = BatchCodec.encode(Batch.ofStatus("d", Rig.EPOCH, 4, 4));
    rig.send(Rig.request(1, 1, 0, "d", status));
    List<String> both = List.of("g1", "g2");
    await()
        .during(400, TimeUnit.MILLISECONDS)
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> {
              rig.send(
                  new ForwardRequest("g1", 1, 1, rig.ledger.tick(), both, "g2", false, List.of()));
              return rig.sums().missing() == 0;
            });
    assertThat(rig.ledger.groups())
        .as("who leads, as it said")
        .extracting(GroupReport::leader)
        .containsExactly("g2", "");
    rig.close();
    rig = new Rig(folder, store);
    rig.send(new ForwardRequest("g1", 1, 1, rig.ledger.tick(), List.of(), "", false, List.of()));
    assertThat(rig.ledger.groups())
        .as("and it is remembered")
        .extracting(GroupReport::group)
        .contains("g2");
    await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> {
              for (String group : both) {
                rig.send(
                    new ForwardRequest(
                        group, 1, 1, rig.ledger.tick(), List.of(), "", false, List.of()));
              }
              return rig.sums().missing() == 4;
            });
  }

  @Test
  void ticksNeverRepeatAcrossRestarts() throws Exception {
    long before = rig.send(Rig.request(1, 1, 0, "d"));
    rig.close();
    rig = new Rig(folder, store);
    assertThat(rig.send(Rig.request(1, 1, 0, "d"))).isGreaterThan(before);
  }
}
