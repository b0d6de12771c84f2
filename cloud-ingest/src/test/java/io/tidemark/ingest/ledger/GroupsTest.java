package io.tidemark.ingest.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.HandClock;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.wire.BatchHeader;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is missing while groups are added and end. */
@OnEachDatabase
final class GroupsTest {
  private final FakeStore store = new FakeStore();
  private final HandClock clock = new HandClock();
  private Sql sql;
  private Ledger ledger;

  @BeforeEach
  void open(@TempDir Path folder) {
    sql = TestDatabase.open(folder.resolve("l.db"));
    restart();
  }

  @AfterEach
  void close() {
    sql.close();
  }

  private void restart() {
    ledger = new Ledger(sql, store, clock);
  }

  /** A report that was made just now. */
  private GroupReport report(String group, long committed, long forwarded) {
    return report(group, committed, forwarded, ledger.tick());
  }

  private GroupReport report(String group, long committed, long forwarded, long tick) {
    long now = Ledger.nanos(clock.instant());
    return new GroupReport(group, committed, forwarded, tick, "", now, 0);
  }

  /** Said before the tick was seen, as a leader does that is new. */
  private GroupReport end(String group, long index) {
    long now = Ledger.nanos(clock.instant());
    return new GroupReport(group, index, index, 0, "", now, now);
  }

  private void receive(List<String> names, GroupReport... reports) throws Exception {
    LedgerChanges changes = new LedgerChanges();
    changes.known(names);
    for (GroupReport report : reports) {
      changes.group(report);
    }
    apply(changes);
  }

  /** A device has produced four readings more than before and keeps none; nothing came of them. */
  private void declare(long next) throws Exception {
    LedgerChanges changes = new LedgerChanges();
    changes.declared(new BatchHeader("d", 9, next, 0, next, next, null, false), 5);
    apply(changes);
  }

  private void apply(LedgerChanges changes) throws Exception {
    sql.write(connection -> ledger.apply(connection, changes));
    ledger.committed(changes);
    clock.goOn(Duration.ofSeconds(1)); // a barrier lasts a while at least
  }

  private long missing() throws Exception {
    return ledger.totals(Duplicates.NOT_COUNTED).missing();
  }

  private GroupReport group(String name) throws Exception {
    return ledger.groups().stream()
        .filter(report -> report.group().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theEndOfAGroupReleasesWhatWaitsForIt() throws Exception {
    receive(List.of("g1", "g4"), report("g1", 7, 7), report("g4", 9, 5));
    declare(4);
    for (int i = 0; i < 3; i++) {
      receive(List.of("g1", "g4"), report("g1", 7, 7), report("g4", 9, 5));
    }
    assertThat(missing()).as("what waits may be in g4's log").isZero();
    receive(List.of("g1", "g4"), end("g4", 9));
    for (int i = 0; i < 2; i++) {
      receive(List.of("g1"), report("g1", 7, 7));
    }
    assertThat(missing()).isEqualTo(4);
  }

  @Test
  void theEndOfTheGroupThatIsWaitedForIsEnough() throws Exception {
    receive(List.of("g4"), report("g4", 9, 5));
    declare(4);
    receive(List.of("g4"), report("g4", 9, 9)); // passes the barrier from before the declaration
    assertThat(missing()).isZero();
    receive(List.of("g4"), end("g4", 9));
    assertThat(missing()).isEqualTo(4);
  }

  @Test
  void nothingBringsAnEndedGroupBack() throws Exception {
    GroupReport older = report("g4", 9, 5);
    GroupReport end = end("g4", 9);
    receive(List.of("g1", "g4"), end, older);
    assertThat(group("g4")).as("of one transaction").isEqualTo(end);
    clock.goOn(Duration.ofSeconds(1));
    receive(List.of("g1", "g4"), older);
    receive(List.of("g1", "g4"), end("g4", 9));
    assertThat(group("g4")).as("said again").isEqualTo(end);
    restart();
    receive(List.of("g1", "g4"), report("g4", 9, 5));
    assertThat(group("g4")).as("after a restart").isEqualTo(end);

    declare(4);
    for (int i = 0; i < 2; i++) {
      receive(List.of("g1", "g4"), report("g1", 7, 7));
    }
    assertThat(missing()).isEqualTo(4);
    restart();
    declare(6);
    for (int i = 0; i < 2; i++) {
      receive(List.of("g1", "g4"), older, report("g1", 7, 7));
    }
    assertThat(missing()).isEqualTo(6);
  }

  @Test
  void aGroupAddedWhileADeclarationWaitsIsWaitedFor() throws Exception {
    receive(List.of("g1"), report("g1", 7, 7));
    declare(4);
    receive(List.of("g1"), report("g1", 7, 7)); // passes the barrier from before the declaration
    for (int i = 0; i < 3; i++) {
      receive(List.of("g1", "g4"), report("g1", 7, 7));
    }
    assertThat(missing()).as("what waits may be in g4's log").isZero();
    receive(List.of("g1", "g4"), report("g4", 5, 3));
    assertThat(missing()).isZero();
    receive(List.of("g1", "g4"), report("g4", 8, 5));
    assertThat(missing()).as("what g4 had then is forwarded").isEqualTo(4);
  }

  @Test
  void whatWasSeenBeforeARestoreDoesNotCountAfterIt() throws Exception {
    receive(List.of("g1"), report("g1", 7, 7));
    declare(4);
    for (int i = 0; i < 3; i++) {
      receive(List.of("g1"), report("g1", 7, 7, 500), report("g2", 7, 7, 501));
    }
    assertThat(missing()).isZero();
    assertThat(ledger.tick()).isGreaterThan(501);
    receive(List.of("g1"), report("g1", 7, 7), report("g2", 7, 7));
    assertThat(missing()).isEqualTo(4);

    long tick = ledger.tick();
    receive(List.of("g1"), report("g1", 7, 7, Long.MAX_VALUE));
    assertThat(ledger.tick()).as("nonsense raises nothing").isEqualTo(tick);
  }

  @Test
  void aBarrierThatWasNotCommittedHasNotBegun() throws Exception {
    receive(List.of("g1"), report("g1", 7, 7));
    declare(4);
    receive(List.of("g1"), report("g1", 7, 7)); // passes the barrier from before the declaration
    GroupReport earlier = report("g1", 7, 7);
    restart();
    assertThatThrownBy(
            () ->
                sql.write(
                    connection -> {
                      long unused = ledger.apply(connection, new LedgerChanges());
                      throw new SQLException("lost");
                    }))
        .hasMessageContaining("lost");
    receive(List.of("g1"), earlier);
    assertThat(missing()).isZero();
  }

  @Test
  void aGroupThatEndsBeforeItReportedAnythingHoldsNothingUp() throws Exception {
    receive(List.of("g1", "g4"), report("g1", 7, 7));
    receive(List.of(), end("g4", 0));
    declare(4);
    for (int i = 0; i < 2; i++) {
      receive(List.of("g1"), report("g1", 7, 7));
    }
    assertThat(missing()).isEqualTo(4);
  }
}
