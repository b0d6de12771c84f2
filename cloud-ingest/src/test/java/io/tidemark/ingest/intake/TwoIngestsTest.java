package io.tidemark.ingest.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.ingest.intake.Intents.Noted;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.NumberQuery;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two ingests on one database of PostgreSQL and one store: none writes what the other is writing.
 */
@Timeout(120)
@OnEachDatabase(TestDatabase.POSTGRESQL)
final class TwoIngestsTest {
  private static final EpochKey KEY = new EpochKey("d", Rig.EPOCH);

  private final FakeStore store = new FakeStore();
  @TempDir Path folder;
  private Rig one;
  private Rig other;

  @BeforeEach
  void start() {
    one = new Rig(folder, store, "one");
    other = new Rig(folder, store, "other");
  }

  @AfterEach
  void stop() {
    store.gates.values().forEach(CountDownLatch::countDown);
    store.scanGate.countDown();
    one.close();
    other.close();
  }

  private static ForwardRequest request(double value) {
    return Rig.request("d", Rig.batch("d", 0, List.of(Rig.reading(0, value))));
  }

  private void sendAgain(Rig rig, ForwardRequest request) {
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsInstanceOf(ExecutionException.class)
        .untilAsserted(
            () -> assertThat(rig.submit(request).get(30, TimeUnit.SECONDS)).isPositive());
  }

  @Test
  void ofOneNumberWithTwoContentsOneIsARowWhoeverIsTold() throws Exception {
    store.gates.put("d", new CountDownLatch(1));
    CompletableFuture<Long> first = one.submit(request(1));
    await().until(() -> store.writes.get() == 1);
    CompletableFuture<Long> second = other.submit(request(2));
    assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(BusyException.class)
        .hasMessageContaining("another ingest is writing the same");
    assertThat(store.writes).as("the other one has not written").hasValue(1);
    assertThat(other.intake.isReady()).as("that is nobody's fault").isTrue();
    store.gates.get("d").countDown();
    assertThat(first.get(30, TimeUnit.SECONDS)).isPositive();
    sendAgain(other, request(2));
    assertThat(store.rows()).hasSize(1);
    assertThat(other.quarantined()).hasSize(1);
    assertThat(other.sums()).isEqualTo(new Sums(1, 0, 1, 0, 0, 0, 0, 0));
  }

  @Test
  void othersGoOnBesideIt() throws Exception {
    store.gates.put("d", new CountDownLatch(1));
    CompletableFuture<Long> first = one.submit(request(1));
    await().until(() -> store.writes.get() == 1);
    other.send(Rig.request("e", Rig.batch("e", 0, Rig.readings(0, 10))));
    assertThat(first).isNotDone();
    store.gates.get("d").countDown();
    assertThat(first.get(30, TimeUnit.SECONDS)).isPositive();
    assertThat(one.sums().stored()).isEqualTo(11);
  }

  @Test
  void theSameReadingByBothIsOneRowAndOneRedelivery() throws Exception {
    List<Reading> readings = Rig.readings(0, 50);
    ForwardRequest request = Rig.request("d", Rig.batch("d", 0, readings));
    for (int i = 0; i < 10; i++) {
      CompletableFuture<Long> a = one.submit(request);
      CompletableFuture<Long> b = other.submit(request);
      a.handle((tick, failure) -> 0).get(30, TimeUnit.SECONDS);
      b.handle((tick, failure) -> 0).get(30, TimeUnit.SECONDS);
    }
    sendAgain(one, request);
    assertThat(store.rows()).hasSize(50);
    assertThat(one.sums().stored()).isEqualTo(50);
    assertThat(one.quarantined()).isEmpty();
  }

  @Test
  void whoHasNothingToDoIsNotReadyWhileSqlIsAway() throws Exception {
    await().until(one.intake::isReady);
    TestDatabase.admit(folder.resolve("rig.db"), false);
    await().until(() -> one.intake.trouble().contains("not currently accepting connections"));
    await().during(Duration.ofMillis(1_500)).until(() -> !one.intake.isReady());
    TestDatabase.admit(folder.resolve("rig.db"), true);
    await().until(one.intake::isReady);
    assertThat(one.send(request(1))).isPositive();
  }

  @Test
  void itIsInSightWhateverItsIntakeWaitsFor() throws Exception {
    one.ledger.writing().lock();
    try {
      await().until(() -> one.ledger.writing().hasQueuedThreads());
      TestDatabase.admit(folder.resolve("rig.db"), false);
      TestDatabase.admit(folder.resolve("rig.db"), true);
      await()
          .ignoreExceptions()
          .until(() -> !other.sql.<Boolean>read(c -> other.sql.isGone(c, "one")));
    } finally {
      one.ledger.writing().unlock();
    }
  }

  @Test
  void aBarrierIsPassedByReportsToEither() throws Exception {
    byte[] batch = Rig.batch("d", 0, Rig.readings(0, 1));
    one.send(Rig.request("d", batch));
    // Numbers 1 to 4 are declared, and are not kept by the device any more.
    byte[] status = BatchCodec.encode(Batch.ofStatus("d", Rig.EPOCH, 5, 5));
    one.send(Rig.request(2, 2, one.ledger.tick(), "d", status));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              long tick = Math.max(one.ledger.tick(), other.ledger.tick());
              long unused = other.send(Rig.request(2, 2, tick, "d"));
              return one.sums().missing() == 4;
            });
  }

  @Test
  void whatAnIngestHasNotForwardedIsNotMissedByTheOther() throws Exception {
    one.send(Rig.request("d", Rig.batch("d", 0, Rig.readings(0, 1))));
    // The group has committed 9 entries, and forwarded one.
    one.send(
        Rig.request(
            9, 1, one.ledger.tick(), "d", BatchCodec.encode(Batch.ofStatus("d", Rig.EPOCH, 5, 5))));
    for (int i = 0; i < 10; i++) {
      long tick = other.send(Rig.request(9, 1, Long.MAX_VALUE, "d"));
      assertThat(tick).isPositive();
    }
    assertThat(one.sums().missing()).isZero();
    assertThat(one.sums().waiting()).isEqualTo(4);
  }

  private CompletableFuture<Boolean> rebuild() {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return other.intake.rebuild(false).agreed();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void aRebuildWaitsForWhatTheOtherWrites() throws Exception {
    store.gates.put("d", new CountDownLatch(1));
    CompletableFuture<Long> first = one.submit(request(1));
    await().until(() -> store.writes.get() == 1);
    CompletableFuture<Boolean> agreed = rebuild();
    await().until(() -> other.sql.read(Intents::all).stream().anyMatch(Noted::isEverything));
    assertThat(agreed).isNotDone();
    store.gates.get("d").countDown();
    assertThat(first.get(30, TimeUnit.SECONDS)).isPositive();
    assertThat(agreed.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(one.sums().stored()).isEqualTo(1);
    assertThat(other.sql.read(Intents::all)).isEmpty();
  }

  @Test
  void aRebuildWhosePauseHasEndedChangesNothing() throws Exception {
    one.send(request(1));
    store.scanGate = new CountDownLatch(1);
    CompletableFuture<Boolean> agreed = rebuild();
    await().until(() -> store.scans.get() == 1);
    // It is taken for gone, so others write again; its scan does not show what.
    one.sql.write(
        connection -> {
          Intents.remove(connection, "other", List.of(Intents.EVERYTHING));
          return true;
        });
    one.send(Rig.request("d", Rig.batch("d", 1, Rig.readings(1, 1))));
    store.remove(KEY, 1);
    store.scanGate.countDown();
    assertThatThrownBy(() -> agreed.get(30, TimeUnit.SECONDS))
        .hasStackTraceContaining("another ingest took this one for gone");
    assertThat(one.sums().stored()).isEqualTo(2);
  }

  @Test
  void theTimeToBeginRunsFromBeforeTheNote() throws Exception {
    AtomicLong nanoTime = new AtomicLong();
    CountDownLatch asked = new CountDownLatch(1);
    Claims claims =
        new Claims(
            other.sql,
            () -> {
              asked.countDown();
              return nanoTime.get();
            });
    CompletableFuture<Boolean> taken =
        one.sql.write( // so that it has to wait for its turn
            connection -> {
              CompletableFuture<Boolean> waits =
                  CompletableFuture.supplyAsync(
                      () -> {
                        try {
                          return claims.take(List.of(new NumberQuery(KEY, 0, 9, 0, 9)));
                        } catch (SqlUnavailableException e) {
                          throw new IllegalStateException(e);
                        }
                      });
              await().until(() -> asked.getCount() == 0);
              nanoTime.set(TimeUnit.SECONDS.toNanos(Claims.BEGIN_MAX_SECONDS));
              return waits;
            });
    assertThat(taken.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(claims.notingNanoTime()).isZero();
  }

  private static void clear(Sql sql, Claims claims, List<Noted> notes) throws Exception {
    sql.write(
        connection -> {
          claims.clear(connection, notes);
          return true;
        });
  }

  @Test
  void whatAnIngestThatIsGoneHasNotedIsSeenToAfterAWhile() throws Exception {
    AtomicLong nanoTime = new AtomicLong();
    NumberQuery run = new NumberQuery(new EpochKey("d", 1), 0, 9, 0, 9);
    try (Sql mine = TestDatabase.open(folder.resolve("rig.db"), "watcher");
        Sql gone = TestDatabase.open(folder.resolve("rig.db"), "gone")) {
      Claims claims = new Claims(mine, nanoTime::get);
      assertThat(new Claims(gone, nanoTime::get).take(List.of(run))).isTrue();
      assertThat(claims.take(List.of(run))).isFalse();
      assertThat(claims.leftBehind()).isEmpty();
      nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(Claims.GONE_AFTER_SECONDS));
      assertThat(claims.leftBehind()).as("it is connected").isEmpty();
      gone.close();
      await().until(() -> mine.read(connection -> mine.isGone(connection, "gone")));
      assertThat(claims.leftBehind()).as("it may come back").isEmpty();
      nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(Claims.GONE_AFTER_SECONDS));
      List<Noted> left = claims.leftBehind();
      assertThat(left).extracting(Noted::run).containsExactly(run);
      try (Sql back = TestDatabase.open(folder.resolve("rig.db"), "gone")) {
        back.present();
        assertThatThrownBy(() -> clear(mine, claims, left))
            .isInstanceOf(SqlUnavailableException.class)
            .hasMessageContaining("is back");
        assertThat(mine.read(Intents::all)).hasSize(1);
      }
      await().until(() -> mine.read(connection -> mine.isGone(connection, "gone")));
      clear(mine, claims, left);
      assertThat(claims.take(List.of(run))).isTrue();
    }
  }
}
