package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every implementation of the port must do. */
interface ReplicatedLogContract {

  /** A log that leads. */
  ReplicatedLog log() throws Exception;

  /** One that was closed. */
  ReplicatedLog closedLog() throws Exception;

  /** Closes one that leads for good. */
  void closeForGood(ReplicatedLog log);

  @Test
  default void behindItsCloseItGrowsNoMore() throws Exception {
    ReplicatedLog log = log();
    long last = await(log.propose(bytes("last"), 3));
    assertThat(log.closed()).isFalse();
    closeForGood(log);
    assertThat(log.closed()).isTrue();
    assertThatThrownBy(() -> await(log.propose(bytes("behind"), 1)))
        .isInstanceOf(NotProposedException.class);
    assertThat(readAll(log, 0, 100)).extracting(CommittedEntry::index).containsExactly(last);
    long end = log.committedIndex();
    await(log.advance(new Mark(last, 3)));
    assertThat(log.mark().index()).isEqualTo(last);
    assertThat(log.committedIndex()).as("a mark is an entry, but behind the end").isEqualTo(end);
  }

  @Test
  default void whatIsProposedIsReadBackInOrder() throws Exception {
    ReplicatedLog log = log();
    List<CompletionStage<Long>> proposed = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      proposed.add(log.propose(bytes("entry " + i), i));
    }
    List<Long> indexes = new ArrayList<>();
    for (CompletionStage<Long> next : proposed) {
      indexes.add(await(next));
    }
    assertThat(indexes).isSorted().doesNotHaveDuplicates();
    assertThat(log.committedIndex()).isGreaterThanOrEqualTo(indexes.get(49));

    List<CommittedEntry> entries = readAll(log, 0, 40);
    assertThat(entries).extracting(CommittedEntry::index).isEqualTo(indexes);
    assertThat(entries)
        .extracting(entry -> new String(entry.bytes(), StandardCharsets.UTF_8))
        .startsWith("entry 0", "entry 1")
        .endsWith("entry 49");
    assertThat(entries.get(7).readings()).isEqualTo(7);
    assertThat(log.counts()).isEqualTo(new Counts(0, 49 * 50 / 2, 0, 0));
  }

  @Test
  default void readsAtLeastOneEntryHoweverLarge() throws Exception {
    ReplicatedLog log = log();
    await(log.propose(new byte[100_000], 1));
    await(log.propose(new byte[100_000], 1));
    Chunk chunk = log.read(0, 10);
    assertThat(chunk.entries()).hasSize(1);
    assertThat(log.read(chunk.next(), 10).entries()).hasSize(1);
  }

  @Test
  default void readsNothingBeyondTheCommittedIndex() throws Exception {
    ReplicatedLog log = log();
    long last = await(log.propose(bytes("only"), 1));
    Chunk chunk = log.read(last + 1, 100);
    assertThat(chunk.entries()).isEmpty();
    assertThat(chunk.next()).isEqualTo(log.committedIndex() + 1);
  }

  @Test
  default void theMarkIsAnEntryButNotData() throws Exception {
    ReplicatedLog log = log();
    assertThat(log.mark()).isEqualTo(Mark.NONE);
    long last = await(log.propose(bytes("first"), 3));
    Mark mark = new Mark(last, 3);
    await(log.advance(mark));
    assertThat(log.mark()).isEqualTo(mark);
    assertThat(log.committedIndex()).isGreaterThan(last);
    long next = await(log.propose(bytes("second"), 2));
    assertThat(readAll(log, last + 1, 100)).extracting(CommittedEntry::index).containsOnly(next);
    assertThat(log.usage().entries()).isPositive();
  }

  @Test
  default void aLeaderConfirmsWhatWasCommitted() throws Exception {
    ReplicatedLog log = log();
    assertThat(log.leadership()).isNotNegative();
    long last = await(log.propose(bytes("entry"), 1));
    assertThat(await(log.confirmedIndex())).isGreaterThanOrEqualTo(last);

    ReplicatedLog closed = closedLog();
    assertThat(closed.leadership()).isNegative();
    assertThatThrownBy(() -> await(closed.confirmedIndex())).isNotNull();
  }

  @Test
  default void tellsOfCommits() throws Exception {
    ReplicatedLog log = log();
    CountDownLatch told = new CountDownLatch(1);
    log.onCommit(told::countDown);
    log.propose(bytes("news"), 1);
    assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  default void turnsAwayWhatItCannotCommit() throws Exception {
    ReplicatedLog log = closedLog();
    assertThat(log.state().canCommit()).isFalse();
    assertThatThrownBy(() -> await(log.propose(bytes("late"), 1)))
        .isInstanceOf(NotProposedException.class);
  }

  static List<CommittedEntry> readAll(ReplicatedLog log, long from, int maxBytes) throws Exception {
    List<CommittedEntry> entries = new ArrayList<>();
    long at = from;
    while (at <= log.committedIndex()) {
      Chunk chunk = log.read(at, maxBytes);
      entries.addAll(chunk.entries());
      at = chunk.next();
    }
    return entries;
  }

  static long await(CompletionStage<Long> stage) throws Exception {
    try {
      return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
