package io.tidemark.ingest.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.ingest.ledger.RebuildReport;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two chunks at a time: what one must not know of the other, and what it must. */
@Timeout(120)
@OnEachDatabase
final class InFlightTest {
  private final FakeStore store = new FakeStore();
  private Rig rig;

  @BeforeEach
  void start(@TempDir Path temp) {
    rig = new Rig(temp, store);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private static ForwardRequest request(String device, long first, int count) {
    return Rig.request(device, Rig.batch(device, first, Rig.readings(first, count)));
  }

  private CompletableFuture<Long> submitGated(String device, long first, int writes)
      throws InterruptedException {
    store.gates.putIfAbsent(device, new CountDownLatch(1));
    CompletableFuture<Long> answer = rig.submit(request(device, first, 10));
    await().until(() -> store.writes.get() == writes);
    return answer;
  }

  private void open(String device) {
    store.gates.get(device).countDown();
  }

  @Test
  void theNextChunkIsWrittenBesideTheOneBeforeAndAnsweredAfterIt() throws Exception {
    CompletableFuture<Long> first = submitGated("a", 0, 1);
    CompletableFuture<Long> second = submitGated("b", 0, 2);
    open("b");
    await().until(() -> store.rows().size() == 10);
    assertThat(second).isNotDone();
    open("a");
    assertThat(first.get(30, TimeUnit.SECONDS))
        .isLessThanOrEqualTo(second.get(30, TimeUnit.SECONDS));
    assertThat(rig.sums()).isEqualTo(new Sums(20, 0, 20, 0, 0, 0, 0, 0));
  }

  @Test
  void aChunkWithNumbersOfTheOneBeforeWaitsForIt() throws Exception {
    CompletableFuture<Long> first = submitGated("a", 0, 1);
    CompletableFuture<Long> again = rig.submit(request("a", 5, 10));
    // Behind it, so that it is known to have been looked at.
    await().until(() -> rig.intake.decodedAhead());
    assertThat(store.writes).hasValue(1);
    open("a");
    first.get(30, TimeUnit.SECONDS);
    again.get(30, TimeUnit.SECONDS);
    assertThat(store.rows()).hasSize(15);
    assertThat(rig.sums()).isEqualTo(new Sums(15, 0, 15, 0, 0, 0, 0, 1));
  }

  @Test
  void aBatchThatWasOvertakenDoesNotWait() throws Exception {
    store.gates.put("a", new CountDownLatch(1));
    CompletableFuture<Long> first =
        rig.submit(
            Rig.request(
                "a",
                Rig.batch("a", 20, Rig.readings(20, 10)),
                Rig.batch("a", 0, Rig.readings(0, 10))));
    await().until(() -> store.writes.get() == 1);
    CompletableFuture<Long> overtaken = submitGated("a", 10, 2);
    open("a");
    first.get(30, TimeUnit.SECONDS);
    overtaken.get(30, TimeUnit.SECONDS);
    assertThat(store.rows()).hasSize(30);
    assertThat(rig.sums()).isEqualTo(new Sums(30, 0, 30, 0, 0, 0, 0, 0));
  }

  @Test
  void oneThatIsCommittedKeepsTheNotesOfTheNext() throws Exception {
    CompletableFuture<Long> first = submitGated("a", 0, 1);
    CompletableFuture<Long> second = submitGated("b", 0, 2);
    open("a");
    first.get(30, TimeUnit.SECONDS);
    store.failAfterWriting = true;
    open("b");
    assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(StoreUnavailableException.class);
    // Its rows are there though nobody said so: other contents are a conflict, and no second row.
    rig.send(Rig.request("b", Rig.batch("b", 3, List.of(Rig.reading(77, 1)))));
    assertThat(store.rows()).hasSize(20);
    assertThat(rig.quarantined()).extracting(Quarantined::reason).containsExactly("conflict");
    assertThat(rig.sums()).isEqualTo(new Sums(20, 0, 20, 0, 0, 0, 0, 0));
  }

  @Test
  void ifTheFirstFailsNothingIsPromisedOfTheSecond() throws Exception {
    CompletableFuture<Long> first = submitGated("a", 0, 1);
    CompletableFuture<Long> second = submitGated("b", 0, 2);
    open("b");
    await().until(() -> store.rows().size() == 10);
    store.failAfterWriting = true;
    open("a");
    assertThatThrownBy(() -> first.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(BusyException.class);
    assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(BusyException.class);
    rig.send(request("a", 0, 10));
    rig.send(request("b", 0, 10));
    assertThat(store.rows()).hasSize(20);
    assertThat(rig.sums()).isEqualTo(new Sums(20, 0, 20, 0, 0, 0, 0, 2));
    assertThat(rig.intake.budget().used()).isZero();
    assertThat(rig.ledger.writing().isLocked()).isFalse();
  }

  @Test
  void aRequestOfSeveralChunksFailsIfOneOfThemDoes() throws Exception {
    List<Delivery> deliveries = List.of(delivery("a", 100), delivery("b", 100), delivery("c", 100));
    ForwardRequest request =
        new ForwardRequest(
            "g1", 1, 1, 0, List.of(new LogEntry("g1", Rig.T0 + 1_000_000, deliveries)));
    store.gates.put("b", new CountDownLatch(1));
    store.gates.put("c", new CountDownLatch(1));
    CompletableFuture<Long> answer = rig.submit(request);
    await().until(() -> store.writes.get() == 3);
    store.failAfterWriting = true;
    open("b");
    open("c");
    assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(BusyException.class);
    rig.send(request);
    assertThat(store.rows()).hasSize(300);
    assertThat(rig.sums().stored()).isEqualTo(300);
    assertThat(rig.sums().produced()).isEqualTo(300);
    assertThat(rig.quarantined()).isEmpty();
  }

  private static Delivery delivery(String device, int readings) {
    return new Delivery(device, Rig.batch(device, 0, Rig.readings(0, readings)));
  }

  @Test
  void whoWaitsForTheLedgerGetsATurnUnderLoad() throws Exception {
    CompletableFuture<Long> first = submitGated("a", 0, 1);
    CompletableFuture<RebuildReport> rebuilt =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return rig.intake.rebuild(true);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    await().until(() -> rig.ledger.writing().hasQueuedThreads());
    CompletableFuture<Long> second = rig.submit(request("b", 0, 10));
    await().until(() -> rig.intake.decodedAhead());
    assertThat(store.writes).hasValue(1);
    open("a");
    assertThat(rebuilt.get(30, TimeUnit.SECONDS).agreed()).isTrue();
    first.get(30, TimeUnit.SECONDS);
    second.get(30, TimeUnit.SECONDS);
    assertThat(rig.sums()).isEqualTo(new Sums(20, 0, 20, 0, 0, 0, 0, 0));
  }

  @Test
  void closingFinishesWhatIsUnderWayAndFailsTheRest() throws Exception {
    CompletableFuture<Long> first = submitGated("a", 0, 1);
    CompletableFuture<Long> second = rig.submit(request("a", 5, 10));
    CompletableFuture<Long> third = rig.submit(request("a", 20, 10));
    await().until(() -> rig.intake.decodedAhead());
    CompletableFuture<Void> closed = CompletableFuture.runAsync(rig.intake::close);
    await().until(() -> !rig.intake.isReady());
    open("a");
    closed.get(30, TimeUnit.SECONDS);
    first.get(30, TimeUnit.SECONDS);
    assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS))
        .hasMessageContaining("ingest is stopping");
    assertThatThrownBy(() -> third.get(30, TimeUnit.SECONDS))
        .hasMessageContaining("ingest is stopping");
  }
}
