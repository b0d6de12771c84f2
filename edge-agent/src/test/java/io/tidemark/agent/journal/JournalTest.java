package io.tidemark.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private final Path dir;
  private final Bench bench;

  JournalTest(@TempDir Path dir) {
    this.dir = dir;
    this.bench = new Bench(dir);
  }

  @Test
  void readingsAreNumberedInOneBatchOnlyWhenCommitted() throws Exception {
    try (Journal journal = bench.open()) {
      for (int i = 0; i < 3; i++) {
        assertThat(journal.record(bench.reading("s"))).isTrue();
      }
      assertThat(journal.take(10)).isEmpty();
      assertThat(journal.counts().recorded()).isZero();

      journal.flush();

      Batch batch = Bench.decode(journal.take(10).get(0));
      BatchHeader header = batch.header();
      assertThat(header.device()).isEqualTo("pi-1");
      assertThat(header.epoch()).isBetween(1L, (1L << 53) - 1);
      assertThat(
              List.of(
                  header.firstSequence(),
                  header.count(),
                  header.nextSequence(),
                  header.oldestKept()))
          .containsExactly(0L, 3L, 3L, 0L);
      assertThat(batch.readings())
          .extracting(reading -> reading.values().get("x"))
          .containsExactly(Value.of(0.0), Value.of(1.0), Value.of(2.0));
      assertThat(journal.counts().recorded()).isEqualTo(3);
      assertThat(journal.counts().waiting()).isEqualTo(3);
    }
  }

  @Test
  void itCommitsByItselfAfterTheInterval() throws Exception {
    JournalSettings settings =
        new JournalSettings(dir, "pi-1", 1 << 20, Duration.ofDays(1), Duration.ofMillis(50));
    AtomicInteger news = new AtomicInteger();
    try (Journal journal = Journal.open(settings)) {
      journal.onNews(news::incrementAndGet);
      journal.record(bench.reading("s"));
      await().until(() -> journal.counts().recorded() == 1);
      await().until(() -> news.get() > 0);
      Parcel parcel = journal.take(1).get(0);
      journal.acknowledged(parcel.id());
      await().until(() -> journal.counts().acknowledged() == 1);
    }
  }

  @Test
  void aFullBatchDoesNotWaitForTheInterval() throws Exception {
    JournalSettings settings =
        new JournalSettings(dir, "pi-1", 1 << 20, Duration.ofDays(1), Duration.ofHours(1));
    try (Journal journal = Journal.open(settings)) {
      for (int i = 0; i < JournalSettings.BATCH_MAX_READINGS; i++) {
        journal.record(bench.reading("s"));
      }
      await().until(() -> journal.counts().recorded() == JournalSettings.BATCH_MAX_READINGS);
    }
  }

  @Test
  void whatIsTooLargeForOneBatchBecomesSeveral() throws Exception {
    try (Journal journal = bench.open()) {
      Map<String, Value> values = new LinkedHashMap<>();
      for (int i = 0; i < 4; i++) {
        values.put("text" + i, Value.of("x".repeat(4_000)));
      }
      for (int i = 0; i < 20; i++) {
        assertThat(
                journal.record(
                    new Reading("s", "test", Bench.START.toEpochMilli() * 1_000_000 + i, values)))
            .isTrue();
      }
      journal.flush();
      List<Batch> batches = Bench.deliverAll(journal);
      assertThat(batches).hasSizeGreaterThan(1);
      assertThat(batches.stream().mapToLong(batch -> batch.header().count()).sum()).isEqualTo(20);
    }
  }

  @Test
  void aReadingThatIsTooLargeIsNotTakenAndCounted() throws Exception {
    try (Journal journal = bench.open()) {
      Map<String, Value> values = new LinkedHashMap<>();
      for (int i = 0; i < 16; i++) {
        values.put("text" + i, Value.of("x".repeat(4_000)));
      }
      assertThat(journal.record(new Reading("s", "test", 1, values))).isFalse();
      assertThat(journal.counts().lost()).containsEntry("too_large", 1L);
    }
  }

  @Test
  void timesOfASensorStrictlyIncrease() throws Exception {
    List<Reading> delivered = new ArrayList<>();
    try (Journal journal = bench.open()) {
      journal.record(bench.reading("a"));
      journal.record(bench.reading("a"));
      journal.record(bench.reading("b"));
      bench.now = bench.now.minusSeconds(30); // a small step back
      journal.record(bench.reading("a"));
      journal.flush();
      delivered.addAll(Bench.deliverAll(journal).get(0).readings());
    }
    try (Journal journal = bench.open()) { // the step is remembered over a restart
      journal.record(bench.reading("a"));
      journal.flush();
      delivered.addAll(Bench.deliverAll(journal).get(0).readings());
    }
    long start = Bench.START.toEpochMilli() * 1_000_000;
    assertThat(delivered)
        .extracting(reading -> reading.sensor() + (reading.timeNanos() - start))
        .containsExactly("a0", "a1", "b0", "a2", "a3");
  }

  @Test
  void aClockSetBackWhileRunningBeginsANewEpoch() throws Exception {
    try (Journal journal = bench.open()) {
      bench.batch(journal, 2);
      bench.now = bench.now.minusSeconds(61);
      bench.batch(journal, 3);

      List<Batch> batches = Bench.deliverAll(journal);
      assertThat(batches).hasSize(2);
      assertThat(batches.get(1).header().epoch()).isNotEqualTo(batches.get(0).header().epoch());
      assertThat(batches.get(1).header().firstSequence()).isZero();
      assertThat(batches.get(1).readings().get(0).timeNanos())
          .isLessThan(batches.get(0).readings().get(0).timeNanos());
    }
  }

  @Test
  void aClosedEpochGetsALastStatusOnceItIsDrained() throws Exception {
    try (Journal journal = bench.open()) {
      bench.batch(journal, 2);
    }
    bench.now = bench.now.minus(Duration.ofDays(1));
    try (Journal journal = bench.open()) {
      assertThat(journal.statuses()).hasSize(1); // the current one; the old one still has a batch
      Batch old = Bench.deliverAll(journal).get(0);
      assertThat(journal.isDrained()).isFalse();

      StatusNote last = journal.statuses().get(0);
      BatchHeader header = Bench.decode(last.bytes()).header();
      assertThat(last.last()).isTrue();
      assertThat(header.epoch()).isEqualTo(old.header().epoch());
      assertThat(header.kind()).isEqualTo(BatchHeader.Kind.STATUS);
      assertThat(List.of(header.nextSequence(), header.oldestKept())).containsExactly(2L, 2L);

      journal.statusAcknowledged(last);
      assertThat(journal.statuses()).hasSize(1);
      assertThat(journal.isDrained()).isTrue();
    }
    try (Journal journal = bench.open()) {
      assertThat(journal.statuses()).hasSize(1); // and it stays finished
    }
    assertThat(JournalView.read(dir)).hasSize(2); // but its sums are kept
  }

  @Test
  void anotherBoardBeginsANewEpoch() throws Exception {
    bench.board = "100000001";
    long first = epochOfOneBatch();
    long second = epochOfOneBatch();
    bench.board = "100000002";
    long third = epochOfOneBatch();
    bench.board = ""; // could not be read: not another board
    long fourth = epochOfOneBatch();

    assertThat(second).isEqualTo(first);
    assertThat(third).isNotEqualTo(first);
    assertThat(fourth).isEqualTo(third);
  }

  @Test
  void anotherNameBeginsANewEpochAndTheOldBatchesKeepTheirs() throws Exception {
    try (Journal journal = bench.open()) {
      bench.batch(journal, 1);
    }
    bench.device = "pi-2";
    try (Journal journal = bench.open()) {
      bench.batch(journal, 1);
      assertThat(journal.take(10)).extracting(Parcel::device).containsExactly("pi-1", "pi-2");
    }
  }

  @Test
  void anUnusedEpochLeavesNoTrace() throws Exception {
    bench.open().close();
    bench.device = "pi-2";
    try (Journal journal = bench.open()) {
      assertThat(journal.isDrained()).isTrue();
      assertThat(journal.statuses()).hasSize(1);
    }
    assertThat(JournalView.read(dir)).extracting(JournalView.Epoch::device).containsExactly("pi-2");
  }

  @Test
  void whatIsOutIsNotGivenTwiceUnlessPutBack() throws Exception {
    try (Journal journal = bench.open()) {
      bench.batch(journal, 1);
      bench.batch(journal, 1);
      bench.batch(journal, 1);
      List<Parcel> out = journal.take(2);
      assertThat(numbers(out)).containsExactly(0L, 1L);
      assertThat(numbers(journal.take(5))).containsExactly(2L);
      assertThat(journal.take(5)).isEmpty();

      journal.acknowledged(out.get(1).id());
      journal
          .putBackAll(); // the acknowledged one is not sent again, though that is not written yet
      assertThat(numbers(journal.take(5))).containsExactly(0L, 2L);
      journal.putBack(out.get(0).id());
      assertThat(numbers(journal.take(5))).containsExactly(0L);
    }
  }

  @Test
  void oldestKeptIsTheLowestNumberNotHandedOver() throws Exception {
    try (Journal journal = bench.open()) {
      bench.batch(journal, 2);
      bench.batch(journal, 2);
      List<Parcel> out = journal.take(2);
      journal.acknowledged(out.get(1).id());
      bench.batch(journal, 1);
      assertThat(Bench.decode(journal.take(1).get(0)).header().oldestKept()).isZero();
      journal.acknowledged(out.get(0).id());
      bench.batch(journal, 1);
      assertThat(Bench.decode(journal.take(1).get(0)).header().oldestKept()).isEqualTo(4);
    }
  }

  @Test
  void atTheLimitTheOldestAreDroppedAndDeclaredAsOneRange() throws Exception {
    bench.maxBytes = 4_000;
    try (Journal journal = bench.open()) {
      for (int i = 0; i < 200; i++) {
        bench.batch(journal, 5);
        assertThat(journal.counts().bytes()).isLessThanOrEqualTo(4_000 + 200);
      }
      List<Batch> batches = Bench.deliverAll(journal);
      BatchHeader drop = batches.get(0).header();
      assertThat(drop.kind()).isEqualTo(BatchHeader.Kind.DROP);
      assertThat(drop.dropReason()).isEqualTo("journal_full");
      assertThat(drop.firstSequence()).isZero();
      assertThat(batches.stream().skip(1))
          .allMatch(batch -> batch.header().kind() == BatchHeader.Kind.READINGS);
      assertThat(batches.stream().mapToLong(batch -> batch.header().count()).sum())
          .isEqualTo(1_000);
      JournalCounts counts = journal.counts();
      assertThat(counts.dropped()).containsOnlyKeys("journal_full");
      assertThat(counts.recorded())
          .isEqualTo(1_000)
          .isEqualTo(
              counts.acknowledged() + JournalCounts.sum(counts.dropped()) + counts.waiting());
      assertThat(JournalView.read(dir).get(0).dropped()).isEqualTo(drop.count());
    }
  }

  @Test
  void whatIsOnItsWayIsDroppedLast() throws Exception {
    bench.maxBytes = 4_000;
    try (Journal journal = bench.open()) {
      bench.batch(journal, 5);
      bench.batch(journal, 5);
      List<Parcel> out = journal.take(1);
      for (int i = 0; i < 100; i++) {
        bench.batch(journal, 5);
      }
      journal.acknowledged(out.get(0).id());
      journal.flush();
      List<Batch> rest = Bench.deliverAll(journal);
      assertThat(rest.get(0).header().firstSequence()).isEqualTo(5); // 0 to 4 are not in the drop
      assertThat(journal.counts().acknowledged() + JournalCounts.sum(journal.counts().dropped()))
          .isEqualTo(510);
    }
  }

  @Test
  void anAcknowledgementForWhatWasDroppedIsHarmless() throws Exception {
    bench.maxBytes = 2_000;
    try (Journal journal = bench.open()) {
      bench.batch(journal, 5);
      List<Parcel> out = journal.take(1);
      while (!journal.counts().dropped().containsKey("journal_full")) {
        out.addAll(journal.take(100)); // everything is on its way
        bench.batch(journal, 5);
      }
      long recorded = journal.counts().recorded();
      out.forEach(parcel -> journal.acknowledged(parcel.id()));
      journal.flush();
      JournalCounts counts = journal.counts();
      assertThat(counts.acknowledged() + JournalCounts.sum(counts.dropped()) + counts.waiting())
          .isEqualTo(recorded);
      assertThat(Bench.deliverAll(journal).get(0).header().kind()).isEqualTo(BatchHeader.Kind.DROP);
    }
  }

  @Test
  void aDropOnItsWayIsNotChanged() throws Exception {
    bench.maxBytes = 2_000;
    try (Journal journal = bench.open()) {
      while (journal.counts().dropped().isEmpty()) {
        bench.batch(journal, 5);
      }
      Parcel drop = journal.take(1).get(0);
      assertThat(drop.declaresDrop()).isTrue();
      long first = Bench.decode(drop).header().count();
      for (int i = 0; i < 20; i++) {
        bench.batch(journal, 5);
      }
      journal.acknowledged(drop.id());
      journal.flush();
      BatchHeader second = Bench.decode(journal.take(1).get(0)).header();
      assertThat(second.kind()).isEqualTo(BatchHeader.Kind.DROP);
      assertThat(second.firstSequence()).isEqualTo(first);
      assertThat(second.oldestKept()).isZero(); // as of when it was made
    }
  }

  @Test
  void whatIsTooOldIsDroppedAndDeclared() throws Exception {
    bench.maxAge = Duration.ofHours(1);
    try (Journal journal = bench.open()) {
      bench.batch(journal, 3);
      bench.passes(Duration.ofMinutes(50));
      bench.batch(journal, 4);
      bench.passes(Duration.ofMinutes(11));
      journal.flush();
      List<Batch> batches = Bench.deliverAll(journal);
      assertThat(batches)
          .extracting(batch -> String.valueOf(batch.header().dropReason()))
          .containsExactly("expired", "null");
      assertThat(batches.get(0).header().count()).isEqualTo(3);
      assertThat(journal.counts().dropped()).containsEntry("expired", 3L);
    }
  }

  @Test
  void timeSwitchedOffCountsAsAgeButAClockSetForwardDoesNot() throws Exception {
    bench.maxAge = Duration.ofHours(1);
    try (Journal journal = bench.open()) {
      bench.batch(journal, 3);
      bench.now = bench.now.plus(Duration.ofDays(10_000)); // the network has told the time
      journal.flush();
      bench.passes(Duration.ofSeconds(11));
      bench.batch(journal, 1);
      assertThat(journal.counts().dropped()).isEmpty();
    }
    bench.now = bench.now.plus(Duration.ofHours(2));
    try (Journal journal = bench.open()) {
      journal.flush();
      assertThat(journal.counts().dropped()).containsEntry("expired", 4L);
    }
  }

  @Test
  void whatIsRefusedIsSetAsideAndDeclared() throws Exception {
    try (Journal journal = bench.open()) {
      bench.batch(journal, 3);
      bench.batch(journal, 2);
      journal.setAside(journal.take(1).get(0).id(), "refused:0x99");
      journal.flush();
      List<Batch> batches = Bench.deliverAll(journal);
      assertThat(batches)
          .extracting(batch -> String.valueOf(batch.header().dropReason()))
          .containsExactly("refused:0x99", "null");
      assertThat(batches.get(0).header().count()).isEqualTo(3);
      JournalView.Epoch epoch = JournalView.read(dir).get(0);
      assertThat(List.of(epoch.setAside(), epoch.dropped(), epoch.waiting(), epoch.oldestKept()))
          .containsExactly(3L, 3L, 0L, 5L);
    }
  }

  @Test
  void aRefusedDeclarationEndsThere() throws Exception {
    try (Journal journal = bench.open()) {
      bench.batch(journal, 3);
      journal.setAside(journal.take(1).get(0).id(), "refused:0x87");
      journal.flush();
      Parcel declaration = journal.take(1).get(0);
      assertThat(declaration.declaresDrop()).isTrue();
      journal.setAside(declaration.id(), "refused:0x87");
      journal.flush();
      assertThat(journal.take(1)).isEmpty();
      assertThat(journal.isDrained()).isTrue();
      assertThat(journal.counts().dropped()).containsEntry("refused:0x87", 3L);
    }
  }

  @Test
  void whatWasSetAsideMakesRoomFirst() throws Exception {
    bench.maxBytes = 4_000;
    try (Journal journal = bench.open()) {
      bench.batch(journal, 50);
      journal.setAside(journal.take(1).get(0).id(), "refused:0x99");
      journal.flush();
      long before = journal.counts().bytes();
      while (journal.counts().bytes() >= before) {
        before = journal.counts().bytes();
        bench.batch(journal, 5);
      }
      assertThat(journal.counts().dropped()).containsOnlyKeys("refused:0x99");
    }
  }

  @Test
  void aSecondAgentIsRefused() throws Exception {
    try (Journal journal = bench.open()) {
      assertThatThrownBy(bench::open)
          .isInstanceOf(JournalException.class)
          .hasMessageContaining(dir.toString())
          .hasMessageContaining("in use by another agent");
      bench.batch(journal, 1);
    }
    bench.open().close();
  }

  @Test
  void aDamagedJournalIsMovedAsideAndANewEpochBegins() throws Exception {
    long before = epochOfOneBatch();
    Path file = dir.resolve("journal.db");
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bytes.length; i += 3) {
      bytes[i] ^= 0x55;
    }
    Files.write(file, bytes);

    assertThat(epochOfOneBatch()).isNotEqualTo(before);
    try (Stream<Path> files = Files.list(dir)) {
      Path aside =
          files.filter(path -> path.toString().contains(".corrupt-")).findFirst().orElseThrow();
      assertThat(Files.readAllBytes(aside)).isEqualTo(bytes); // never deleted
    }
  }

  @Test
  void damageInTheMiddleIsFoundToo() throws Exception {
    try (Journal journal = bench.open()) {
      for (int i = 0; i < 50; i++) {
        bench.batch(journal, 100);
      }
    }
    Path file = dir.resolve("journal.db");
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < 400; i++) {
      bytes[4096 * 5 + i] = (byte) 0xff;
    }
    Files.write(file, bytes);
    try (Journal journal = bench.open()) {
      bench.batch(journal, 1);
      assertThat(Bench.deliverAll(journal)).hasSize(1);
    }
  }

  @Test
  void aNewerFormatIsNotTouched() throws Exception {
    bench.open().close();
    try (Store store = new Store(dir.resolve("journal.db"))) {
      store.execute("PRAGMA user_version=99");
    }
    assertThatThrownBy(bench::open)
        .isInstanceOf(JournalException.class)
        .hasMessageContaining("newer agent");
  }

  @Test
  void aFolderThatCannotBeIsSaidSo() throws IOException {
    Path file = Files.createFile(dir.resolve("file"));
    Bench wrong = new Bench(file);
    assertThatThrownBy(wrong::open)
        .isInstanceOf(JournalException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void aFullDiskLosesNothingThatWasNumberedAndHeals() throws Exception {
    try (Journal journal = bench.open()) {
      bench.batch(journal, 10);
      bench.maxPages = 12;
      bench.failBeforeCommit = "disk I/O error";
      bench.batch(journal, 10); // fails, and the store is opened again: now full
      bench.failBeforeCommit = null;
      for (int i = 0; i < 200 && journal.counts().lost().isEmpty(); i++) {
        bench.batch(journal, 200);
      }
      JournalCounts full = journal.counts();
      assertThat(full.failures()).isGreaterThan(1);
      assertThat(full.lost()).containsOnlyKeys("memory_full");
      assertThat(full.taken()).isEqualTo(full.recorded() + JournalSettings.PENDING_MAX_READINGS);

      bench.maxPages = 1_000_000;
      journal.flush();
      assertThat(journal.counts().recorded()).isEqualTo(full.taken());
      assertContiguous(Bench.deliverAll(journal), full.taken());
    }
  }

  @Test
  void howLongReadingsWaitToBeCommittedIsKnown() throws Exception {
    try (Journal journal = bench.open()) {
      bench.passes(Duration.ofMinutes(3));
      assertThat(journal.uncommitted()).as("nothing waits").isZero();
      bench.failBeforeCommit = "disk I/O error";
      bench.batch(journal, 10);
      bench.passes(Duration.ofSeconds(70));
      bench.batch(journal, 10);
      assertThat(journal.uncommitted()).isEqualTo(Duration.ofSeconds(70));
      bench.failBeforeCommit = null;
      bench.passes(Duration.ofMinutes(5));
      journal.flush();
      assertThat(journal.uncommitted()).isZero();
    }
  }

  @Test
  void aCommitOfUnknownOutcomeIsNeitherLostNorDoubled() throws Exception {
    try (Journal journal = bench.open()) {
      bench.batch(journal, 3);
      bench.failAfterCommit = "fsync failed";
      bench.batch(journal, 4); // did happen
      bench.failAfterCommit = null;
      bench.batch(journal, 2);
      bench.failBeforeCommit = "disk I/O error";
      bench.batch(journal, 5); // did not happen
      bench.failBeforeCommit = null;
      journal.flush();

      List<Batch> batches = Bench.deliverAll(journal);
      assertContiguous(batches, 14);
      assertThat(
              batches.stream()
                  .flatMap(batch -> batch.readings().stream())
                  .map(reading -> reading.values().get("x")))
          .doesNotHaveDuplicates()
          .hasSize(14);
      assertThat(journal.counts().recorded()).isEqualTo(14);
    }
  }

  @Test
  void theViewReadsWhileTheAgentRuns() throws Exception {
    assertThatThrownBy(() -> JournalView.read(dir))
        .isInstanceOf(JournalException.class)
        .hasMessageContaining("no journal");
    try (Journal journal = bench.open()) {
      bench.batch(journal, 3);
      JournalView.Epoch epoch = JournalView.read(dir).get(0);
      assertThat(epoch.device()).isEqualTo("pi-1");
      assertThat(List.of(epoch.nextSequence(), epoch.waiting(), epoch.oldestKept()))
          .containsExactly(3L, 3L, 0L);
    }
  }

  @Test
  void theBoardsSerialIsReadWithoutItsZero() throws IOException {
    Path file = Files.write(dir.resolve("serial"), new byte[] {'1', '0', 'a', 0});
    assertThat(Surroundings.boardSerial(file)).isEqualTo("10a");
    assertThat(Surroundings.boardSerial(dir.resolve("absent"))).isEmpty();
  }

  private long epochOfOneBatch() throws JournalException {
    try (Journal journal = bench.open()) {
      bench.batch(journal, 1);
      List<Batch> batches = Bench.deliverAll(journal);
      return batches.get(batches.size() - 1).header().epoch();
    }
  }

  private static List<Long> numbers(List<Parcel> parcels) {
    return parcels.stream().map(parcel -> Bench.decode(parcel).header().firstSequence()).toList();
  }

  private static void assertContiguous(List<Batch> batches, long total) {
    long next = 0;
    for (Batch batch : batches) {
      assertThat(batch.header().firstSequence()).isEqualTo(next);
      next += batch.header().count();
    }
    assertThat(next).isEqualTo(total);
  }
}
