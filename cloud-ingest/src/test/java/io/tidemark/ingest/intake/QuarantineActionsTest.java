package io.tidemark.ingest.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.intake.QuarantineActions.Outcome;
import io.tidemark.ingest.ledger.Action;
import io.tidemark.ingest.ledger.Actions;
import io.tidemark.ingest.ledger.Interval;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.quarantine.Group;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.ingest.quarantine.Reason;
import io.tidemark.ingest.quarantine.Selection;
import io.tidemark.ingest.sql.FormerDatabase;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.storage.FakeStore;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an operator does with the quarantine, and what the ledger says of it. */
@Timeout(60)
@OnEachDatabase
final class QuarantineActionsTest {
  @TempDir private Path folder;
  private final FakeStore store = new FakeStore();
  private Rig rig;

  /** Where the numbers of a device's batches begin. */
  private final Map<String, Long> first = new HashMap<>();

  private Rig rig() {
    return rig(Quarantine.MAX_ITEMS, Quarantine.MAX_BYTES);
  }

  private Rig rig(long maxItems, long maxBytes) {
    rig =
        new Rig(
            folder, store, Intake.QUEUE_MAX_BYTES, 100, CrashPoint.NONE, maxItems, maxBytes, "rig");
    return rig;
  }

  @AfterEach
  void close() {
    if (rig != null) {
      rig.close();
    }
  }

  private static Reading refused(long number) {
    return new Reading("main", "refused", Rig.T0 + number, Map.of("v", Value.of((double) number)));
  }

  private static Reading bad(long number) {
    return new Reading("main", "k", Rig.T0 + number, Map.of("v", Value.of(Double.NaN)));
  }

  private void send(long first, Reading... readings) throws Exception {
    rig.send(Rig.request("d", Rig.batch("d", first, List.of(readings))));
  }

  private List<Action> actions() throws Exception {
    return new Actions(rig.sql).list(null, null, Long.MAX_VALUE, 1_000);
  }

  private static Selection all(Reason reason, @Nullable String device, long after) {
    return new Selection(reason, device, after, Long.MAX_VALUE);
  }

  private static Sums sums(long produced, long stored, long quarantined, long dropped) {
    return new Sums(
        produced, produced - stored - quarantined - dropped, stored, quarantined, dropped, 0, 0, 0);
  }

  @Test
  void whatTheStoreTakesNowBecomesARowAndLeaves() throws Exception {
    rig();
    send(0, Rig.reading(0, 1), refused(1), refused(2));
    assertThat(rig.sums()).isEqualTo(sums(3, 1, 2, 0));
    store.refusedKind = "none";

    long id = rig.quarantined().get(1).id();
    Optional<Outcome> outcome = rig.intake.quarantineActions().replay(id);

    assertThat(outcome).get().extracting(Outcome::gone).isEqualTo(true);
    assertThat(rig.sums()).isEqualTo(sums(3, 2, 1, 0));
    assertThat(rig.quarantined()).extracting(Quarantined::sequence).containsExactly(2L);
    assertThat(store.rows()).as("only that one, of the same bytes").hasSize(2);
    assertThat(actions())
        .singleElement()
        .satisfies(
            action -> {
              assertThat(action.action()).isEqualTo("replay");
              assertThat(action.outcome()).isEqualTo("stored");
              assertThat(action.reason()).isEqualTo("too_many_kinds");
              assertThat(action.sequence()).isEqualTo(1);
            });
    assertThat(rig.intake.quarantineActions().replay(id)).as("it is gone").isEmpty();
    assertThat(rig.intake.rebuild(true).agreed()).isTrue();
  }

  @Test
  void whatIsStillWrongStaysAndIsSaidSo() throws Exception {
    rig();
    send(0, bad(0), Rig.reading(1, 1));
    long id = rig.quarantined().get(0).id();
    Outcome outcome = rig.intake.quarantineActions().replay(id).orElseThrow();
    assertThat(outcome.gone()).isFalse();
    assertThat(outcome.item().reason()).isEqualTo("not_finite");
    assertThat(rig.sums()).isEqualTo(sums(2, 1, 1, 0));
    assertThat(actions()).extracting(Action::outcome).containsExactly("refused");
  }

  @Test
  void aConflictIsNotSettledByTheRowItConflictsWith() throws Exception {
    rig();
    send(0, Rig.reading(0, 1));
    send(0, Rig.reading(0, 2));
    long id = rig.quarantined().get(0).id();
    assertThat(rig.intake.quarantineActions().replay(id).orElseThrow().gone()).isFalse();
    assertThat(rig.intake.quarantineActions().discard(id, "a test")).isPresent();
    assertThat(rig.quarantined()).isEmpty();
    assertThat(rig.sums().stored()).as("the row stays").isOne();
    assertThat(rig.sums().dropped()).isZero();
  }

  @Test
  void allOfAReasonAreReplayedInTurns() throws Exception {
    rig();
    for (int i = 0; i < 25; i++) {
      send(i, refused(i));
    }
    send(25, bad(25));
    store.refusedKind = "none";
    long after = 0;
    int turns = 0;
    List<Outcome> outcomes;
    do {
      outcomes = rig.intake.quarantineActions().replay(all(Reason.TOO_MANY_KINDS, "d", after), 10);
      after = outcomes.isEmpty() ? after : outcomes.get(outcomes.size() - 1).item().id();
      turns++;
    } while (!outcomes.isEmpty());
    assertThat(turns).isEqualTo(4);
    assertThat(rig.sums()).isEqualTo(sums(26, 25, 1, 0));
    assertThat(rig.intake.quarantineActions().replay(all(Reason.NOT_FINITE, "other", 0), 10))
        .isEmpty();
  }

  @Test
  void whatIsDiscardedIsDroppedWithAReason() throws Exception {
    rig();
    send(0, bad(0), Rig.reading(1, 1), bad(2));
    long id = rig.quarantined().get(0).id();
    assertThat(rig.intake.quarantineActions().discard(id, "the probe was out")).isPresent();
    assertThat(rig.sums()).isEqualTo(sums(3, 1, 1, 1));
    assertThat(rig.epochs("d").get(0).dropped())
        .extracting(Interval::reason)
        .containsExactly("discarded");
    assertThat(rig.quarantine.size().items()).isEqualTo(1);
    assertThat(rig.quarantine.size().bytes()).as("the other came in the same bytes").isPositive();
    assertThat(rig.intake.quarantineActions().discard(all(Reason.NOT_FINITE, null, 0), 10, "all"))
        .hasSize(1);
    assertThat(rig.sums()).isEqualTo(sums(3, 1, 0, 2));
    assertThat(rig.quarantine.size()).isEqualTo(new Quarantine.Size(0, 0));
    assertThat(actions()).extracting(Action::note).containsExactly("all", "the probe was out");
    assertThat(rig.intake.rebuild(true).agreed()).isTrue();

    // It comes again: it is looked at again.
    send(0, bad(0), Rig.reading(1, 1), bad(2));
    assertThat(rig.sums().quarantined()).isEqualTo(2);
    assertThat(rig.sums().dropped()).isZero();
  }

  @Test
  void whatCameSinceIsLeftAlone() throws Exception {
    rig();
    send(0, bad(0));
    send(1, bad(1));
    Selection first = new Selection(Reason.NOT_FINITE, "d", 0, rig.quarantined().get(1).id());
    assertThat(rig.intake.quarantineActions().replay(first, 10)).hasSize(1);
    assertThat(rig.intake.quarantineActions().discard(first, 10, "seen")).hasSize(1);
    assertThat(rig.intake.quarantineActions().discard(first, 10, "seen")).isEmpty();
    assertThat(rig.sums()).isEqualTo(sums(2, 0, 1, 1));
  }

  @Test
  void anItemsNumberIsNeverGivenToAnother() throws Exception {
    rig();
    send(0, bad(0));
    long id = rig.quarantined().get(0).id();
    rig.intake.quarantineActions().discard(id, "the newest");
    send(1, bad(1));
    assertThat(rig.quarantined().get(0).id()).isGreaterThan(id);
    assertThat(rig.intake.quarantineActions().discard(id, "too late")).isEmpty();
    assertThat(rig.sums()).isEqualTo(sums(2, 0, 1, 1));
  }

  @Test
  void aJumpLeavesOnlyOnceItIsNoneAnyMore() throws Exception {
    rig();
    Batch far =
        Batch.ofForeign(
            "d",
            Rig.EPOCH,
            Classifier.FOREIGN_JUMP_MAX,
            Rig.readings(Classifier.FOREIGN_JUMP_MAX, 1));
    rig.send(Rig.request("d", BatchCodec.encode(far)));
    Quarantined item = rig.quarantined().get(0);
    assertThat(item.reason()).isEqualTo("sequence_jump");

    Outcome outcome = rig.intake.quarantineActions().replay(item.id()).orElseThrow();
    assertThat(outcome.gone()).as("its reading is no row").isFalse();
    assertThat(rig.quarantined()).hasSize(1);

    send(0, Rig.reading(0, 1));
    outcome = rig.intake.quarantineActions().replay(item.id()).orElseThrow();
    assertThat(outcome.gone()).isTrue();
    assertThat(rig.quarantined()).isEmpty();
    assertThat(rig.sums().stored()).isEqualTo(2);
  }

  @Test
  void groupsAreCountedByReasonDeviceAndHour() throws Exception {
    rig();
    long hour = TimeUnit.HOURS.toNanos(1);
    sendAt(Rig.T0, "d", bad(0), bad(1), refused(2));
    sendAt(Rig.T0 + 2 * hour, "e", bad(0));
    sendAt(Rig.T0 - 30 * hour, "e", bad(1));
    long now = Rig.T0 + 3 * hour - 1;

    List<Group> groups = rig.quarantine.groups(null, now);
    assertThat(groups)
        .extracting(Group::reason)
        .containsExactly(Reason.NOT_FINITE, Reason.TOO_MANY_KINDS);
    Group nan = groups.get(0);
    assertThat(nan.items()).isEqualTo(4);
    assertThat(nan.devices()).isEqualTo(2);
    assertThat(nan.lastId()).isEqualTo(rig.quarantined().get(0).id());
    assertThat(nan.firstNanos()).isEqualTo(Rig.T0 - 30 * hour);
    assertThat(nan.lastNanos()).isEqualTo(Rig.T0 + 2 * hour);
    assertThat(nan.perHour()).hasSize(Group.HOURS).endsWith(2L, 0L, 1L);
    assertThat(nan.perHour().stream().mapToLong(Long::longValue).sum())
        .as("what came before is not of the last day")
        .isEqualTo(3);
    assertThat(rig.quarantine.groups(null, now - hour).get(0).perHour())
        .as("a gateway's clock that is ahead counts as now")
        .endsWith(2L, 1L);

    assertThat(rig.quarantine.groups("e", now))
        .singleElement()
        .satisfies(
            group -> {
              assertThat(group.items()).isEqualTo(2);
              assertThat(group.devices()).isOne();
              assertThat(group.perHour()).endsWith(0L, 0L, 1L);
              assertThat(group.firstNanos()).isEqualTo(Rig.T0 - 30 * hour);
            });
    assertThat(rig.quarantine.groups("nobody", now)).isEmpty();
  }

  private void sendAt(long receivedAt, String device, Reading... readings) throws Exception {
    byte[] batch = Rig.batch(device, first.merge(device, 10L, Long::sum), List.of(readings));
    LogEntry entry = new LogEntry("g1", receivedAt, List.of(new Delivery(device, batch)));
    rig.send(new ForwardRequest("g1", 1, 1, 0, List.of(entry)));
  }

  @Test
  void aNumberThatIsThereTwiceIsQuarantinedUntilBothAreGone() throws Exception {
    rig();
    send(0, bad(0));
    send(0, new Reading("main", "k", Rig.T0, Map.of("w", Value.of(Double.NaN))));
    List<Quarantined> both = rig.quarantined();
    assertThat(both).hasSize(2);
    rig.intake.quarantineActions().discard(both.get(0).id(), "one");
    assertThat(rig.sums()).isEqualTo(sums(1, 0, 1, 0));
    rig.intake.quarantineActions().discard(both.get(1).id(), "two");
    assertThat(rig.sums()).isEqualTo(sums(1, 0, 0, 1));
  }

  @Test
  void atItsBoundTheOldestAreDroppedAndDeclared() throws Exception {
    rig(3, Quarantine.MAX_BYTES);
    for (int i = 0; i < 5; i++) {
      send(i, bad(i));
    }
    assertThat(rig.sums()).isEqualTo(sums(5, 0, 3, 2));
    assertThat(rig.quarantined()).extracting(Quarantined::sequence).containsExactly(4L, 3L, 2L);
    assertThat(rig.epochs("d").get(0).dropped())
        .extracting(Interval::reason)
        .containsExactly("quarantine_full");
    assertThat(actions()).extracting(Action::action).containsExactly("evict", "evict");
    assertThat(rig.counter("tidemark.ingest.quarantine.evicted")).isEqualTo(2);
  }

  @Test
  void bytesAreBoundedToo() throws Exception {
    rig(Quarantine.MAX_ITEMS, 150);
    for (int i = 0; i < 10; i++) {
      send(i, bad(i));
    }
    assertThat(rig.quarantine.size().bytes()).isLessThanOrEqualTo(150).isPositive();
    Sums sums = rig.sums();
    assertThat(sums.quarantined() + sums.dropped()).isEqualTo(10);
    assertThat(sums.dropped()).isPositive();
  }

  @Test
  void aReplayWhoseAnswerIsLostIsDoneAgain() throws Exception {
    rig();
    send(0, refused(0));
    long id = rig.quarantined().get(0).id();
    store.refusedKind = "none";
    store.failAfterWriting = true;
    assertThatThrownBy(() -> rig.intake.quarantineActions().replay(id))
        .isInstanceOf(StoreUnavailableException.class);
    assertThat(rig.quarantined()).hasSize(1);
    assertThat(rig.intake.quarantineActions().replay(id).orElseThrow().gone()).isTrue();
    assertThat(rig.sums()).isEqualTo(sums(1, 1, 0, 0));
    assertThat(rig.intake.rebuild(true).agreed()).isTrue();
  }

  @Test
  void ofTwoWhoActOnOneItemOneIsTooLate() throws Exception {
    rig();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int i = 0; i < 20; i++) {
        send(i, bad(i));
        long id = rig.quarantined().get(0).id();
        Callable<Optional<Outcome>> discard =
            () -> rig.intake.quarantineActions().discard(id, "me first");
        List<Future<Optional<Outcome>>> both = threads.invokeAll(List.of(discard, discard));
        int done = 0;
        for (Future<Optional<Outcome>> one : both) {
          done += one.get(30, TimeUnit.SECONDS).isPresent() ? 1 : 0;
        }
        assertThat(done).isOne();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(rig.sums()).isEqualTo(sums(20, 0, 0, 20));
    assertThat(actions()).hasSize(20);
  }

  @Test
  void wholePayloadsCanBeDiscarded() throws Exception {
    rig();
    rig.send(Rig.request("d", "no batch".getBytes(StandardCharsets.UTF_8)));
    long id = rig.quarantined().get(0).id();
    assertThat(rig.intake.quarantineActions().replay(id).orElseThrow().gone()).isFalse();
    assertThat(rig.intake.quarantineActions().discard(id, "noise")).isPresent();
    assertThat(rig.quarantine.size().items()).isZero();
  }

  @Test
  void aDatabaseOfTheFirstVersionIsTakenOver() throws Exception {
    Path file = folder.resolve("old.db");
    FormerDatabase.make(
        file,
        1,
        "INSERT INTO quarantine_payload (sha256, bytes) VALUES ('x', x'010203')",
        "INSERT INTO quarantine_item (id, device, reason, detail, received_at, sha256, identity)"
            + " VALUES (9, 'd', 'undecodable', '', 1, 'x', 'y')");
    try (Sql sql = new Sql("jdbc:sqlite:" + file)) {
      Quarantine quarantine = new Quarantine(sql, 10, 10);
      assertThat(quarantine.size()).isEqualTo(new Quarantine.Size(1, 3));
    }
  }
}
