package io.tidemark.gateway.replication;

import static io.tidemark.gateway.replication.ReplicatedLogContract.await;
import static io.tidemark.gateway.replication.ReplicatedLogContract.bytes;
import static io.tidemark.gateway.replication.ReplicatedLogContract.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RatisLogTest implements ReplicatedLogContract {
  @TempDir Path dir = Path.of("set by JUnit");
  private final List<OpenLog> opened = new ArrayList<>();

  @Override
  public RatisLog log() throws Exception {
    return log(Logs.settings(dir));
  }

  private RatisLog log(LogSettings settings) throws Exception {
    OpenLog log = Logs.open(settings);
    opened.add(log);
    return log.log();
  }

  @Override
  public RatisLog closedLog() throws Exception {
    closeAll();
    RatisLog log = log();
    closeAll();
    return log;
  }

  @Override
  public void closeForGood(ReplicatedLog log) {
    ((RatisLog) log).closeForGood();
    await().until(log::closed);
  }

  @AfterEach
  void closeAll() {
    opened.forEach(OpenLog::close);
    opened.clear();
  }

  @Test
  void behindItsCloseNothingCounts() throws Exception {
    RatisLog log = log();
    long last = await(log.propose(bytes("before"), 2));
    closeForGood(log);
    assertThatThrownBy(() -> await(log.propose(bytes("behind"), 3)))
        .isInstanceOf(NotProposedException.class)
        .hasMessageContaining("its gateway was removed");
    assertThat(log.counts()).isEqualTo(new Counts(0, 2, 0, 0));
    long end = log.committedIndex();
    assertThat(log.read(0, 1_000).next()).isEqualTo(end + 1);
    assertThat(readAll(log, 0, 1_000)).extracting(CommittedEntry::index).containsExactly(last);
    await(log.advance(new Mark(end, 2)));
    log.look(); // lets go of what it can
    assertThat(log.waiting()).isZero();
    closeAll();

    RatisLog again = log();
    assertThat(again.closed()).as("after a restart").isTrue();
    assertThat(again.committedIndex()).isEqualTo(end);
    assertThat(again.mark()).isEqualTo(new Mark(end, 2));
    assertThatThrownBy(() -> await(again.propose(bytes("behind"), 3)))
        .isInstanceOf(NotProposedException.class);
  }

  @Test
  void aRestartFindsEverythingAndCountsWhatWaits() throws Exception {
    RatisLog first = log();
    List<Long> indexes = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      indexes.add(await(first.propose(bytes("entry " + i), 10)));
    }
    await(first.advance(new Mark(indexes.get(4), 50)));
    closeAll();

    RatisLog second = log();
    assertThat(second.mark()).isEqualTo(new Mark(indexes.get(4), 50));
    assertThat(second.counts()).isEqualTo(new Counts(150, 150, 0, 0));
    assertThat(readAll(second, indexes.get(4) + 1, 1_000))
        .extracting(CommittedEntry::index)
        .isEqualTo(indexes.subList(5, 20));
    long next = await(second.propose(bytes("more"), 1));
    assertThat(next).isGreaterThan(indexes.get(19));
    assertThat(second.counts()).isEqualTo(new Counts(150, 151, 0, 0));
  }

  @Test
  void whatIsForwardedIsDeletedAndARestartStillWorks() throws Exception {
    RatisLog first = log();
    long last = fill(first, 12);
    await().until(() -> first.usage().bytes() > 10L * Logs.SEGMENT_MAX_BYTES);

    await(first.advance(new Mark(last, 12)));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> first.usage().bytes() <= 2L * Logs.SEGMENT_MAX_BYTES);
    assertThat(bytesOnDisk()).isLessThanOrEqualTo(2L * Logs.SEGMENT_MAX_BYTES);
    closeAll();

    RatisLog second = log();
    assertThat(second.mark().index()).isEqualTo(last);
    assertThat(second.counts()).isEqualTo(Counts.NONE);
    long next = await(second.propose(bytes("after"), 2));
    assertThat(readAll(second, last + 1, 100)).extracting(CommittedEntry::index).containsOnly(next);
    assertThat(second.counts()).isEqualTo(new Counts(0, 2, 0, 0));
  }

  @Test
  void readsAcrossManySegmentsAgainAndAgain() throws Exception {
    RatisLog log = log();
    fill(log, 40);
    for (int round = 0; round < 3; round++) {
      List<CommittedEntry> entries = readAll(log, 0, 2 << 20);
      assertThat(entries).hasSize(40);
      for (int i = 0; i < 40; i++) {
        assertThat(ByteBuffer.wrap(entries.get(i).bytes()).getInt()).isEqualTo(i);
      }
    }
  }

  /** Reading fills the cache, and Ratis empties it in a thread of its own: also while it closes. */
  @Test
  void closesInTheMiddleOfReading() throws Exception {
    RatisLog filled = log();
    fill(filled, 12);
    closeAll();
    for (int round = 0; round < 8; round++) {
      RatisLog log = log();
      Thread reader = new Thread(() -> assertThatThrownBy(() -> readForEver(log)).isNotNull());
      reader.start();
      readAll(log, 0, 2 << 20);
      assertTimeoutPreemptively(Duration.ofSeconds(20), this::closeAll);
      reader.join(20_000);
      assertThat(reader.isAlive()).isFalse();
    }
  }

  private static void readForEver(RatisLog log) throws Exception {
    while (true) {
      readAll(log, 0, 2 << 20);
    }
  }

  @Test
  void leadsSoonAfterAStart() throws Exception {
    log();
    closeAll();
    long start = System.nanoTime();
    log();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(40));
  }

  @Test
  void takesNoMoreThanItsBytes() throws Exception {
    LogSettings s = Logs.settings(dir);
    RatisLog log =
        log(
            new LogSettings(
                s.gateway(), s.peers(), dir, 3L << 20, 1_000_000, 1, s.segmentMaxBytes()));
    // No more, as it may notice at any time that it is full.
    long last = fill(log, 3);
    await().until(() -> log.state().role() == State.Role.FULL);
    assertThat(log.state().detail()).contains("tidemark.log.max-bytes is 3145728");
    assertThatThrownBy(() -> await(log.propose(bytes("more"), 1)))
        .isInstanceOf(NotProposedException.class);

    assertThat(log.usage().filled()).isGreaterThan(1);

    await(log.advance(new Mark(last, 3)));
    await().atMost(Duration.ofSeconds(20)).until(() -> log.state().canCommit());
    await(log.propose(bytes("more"), 1));
    assertThat(log.usage().filled()).isLessThan(1);
  }

  @Test
  void takesNoMoreThanItsEntries() throws Exception {
    LogSettings s = Logs.settings(dir);
    RatisLog log =
        log(new LogSettings(s.gateway(), s.peers(), dir, 1L << 30, 3, 1, s.segmentMaxBytes()));
    for (int i = 0; i < 6; i++) {
      log.propose(bytes("entry"), 1);
    }
    await().until(() -> log.state().role() == State.Role.FULL);
    assertThat(log.state().detail()).contains("tidemark.log.max-entries is 3");
  }

  @Test
  void takesNothingWhenTheDiskIsShortOfRoom() throws Exception {
    LogSettings s = Logs.settings(dir);
    RatisLog log =
        log(
            new LogSettings(
                s.gateway(), s.peers(), dir, 1L << 30, 10, 1L << 60, s.segmentMaxBytes()));
    assertThat(log.state().role()).isEqualTo(State.Role.FULL);
    assertThat(log.state().detail()).contains("tidemark.log.free-space-min-bytes");
  }

  @Test
  void anotherGatewaysFolderIsRefused() throws Exception {
    log();
    closeAll();
    LogSettings other =
        new LogSettings("g2", Peers.parse("g2=127.0.0.1:0", "g2"), dir, 1 << 30, 10, 1, 1 << 20);
    assertThatThrownBy(() -> Logs.open(other))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining("belongs to gateway g1");
  }

  @Test
  void aFolderInUseIsRefusedAndLeftAlone() throws Exception {
    RatisLog first = log();
    assertThatThrownBy(() -> Logs.open(dir)).isInstanceOf(LogStartException.class);
    await(first.propose(bytes("still here"), 1));
  }

  @Test
  void aDamagedLogIsRefusedAndLeftAsItWas() throws Exception {
    RatisLog first = log();
    fill(first, 6);
    closeAll();
    Path closed;
    try (Stream<Path> files = Files.walk(dir)) {
      closed =
          files
              .filter(file -> file.getFileName().toString().matches("log_\\d+-\\d+"))
              .sorted()
              .findFirst()
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(closed);
    bytes[bytes.length / 2] ^= 1;
    Files.write(closed, bytes);

    assertThatThrownBy(() -> Logs.open(dir))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining(dir.toString());
    assertThat(Files.readAllBytes(closed)).isEqualTo(bytes);
  }

  /** Ratis by itself opens nothing then; what else may be torn is in OpenSegmentProperties. */
  @Test
  void aWriteThatWasCutShortIsTakenAway() throws Exception {
    RatisLog first = log();
    long last = await(first.propose(bytes("whole"), 1));
    closeAll();
    byte[] tail = new byte[3_000];
    Arrays.fill(tail, 0, 700, (byte) 0x41); // a length of 65, and 65 bytes with a wrong checksum
    Files.write(openSegment(), tail, StandardOpenOption.APPEND);

    RatisLog second = log();
    assertThat(readAll(second, 0, 1_000)).extracting(CommittedEntry::index).containsExactly(last);
    long next = await(second.propose(bytes("after it"), 1));
    closeAll();
    assertThat(readAll(log(), 0, 1_000))
        .extracting(CommittedEntry::index)
        .containsExactly(last, next);
  }

  @Test
  void anEndThatWasOnTheDiskIsNotTakenAwayButMissed() throws Exception {
    RatisLog first = log();
    await(first.propose(bytes("whole"), 1));
    long last = await(first.propose(bytes("the last"), 1));
    closeAll();
    Path open = openSegment();
    byte[] bytes = Files.readAllBytes(open);
    byte[] damaged = bytes.clone();
    damaged[bytes.length - 10] ^= 1;
    Files.write(open, damaged);
    assertThatThrownBy(() -> Logs.open(dir))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining("entry " + last + " was on the disk before");
    assertThat(Files.readAllBytes(open)).isEqualTo(damaged);

    Files.delete(open);
    assertThatThrownBy(() -> Logs.open(dir))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining("had entry " + last + " before");

    Files.write(open, bytes);
    assertThat(readAll(log(), 0, 1_000)).hasSize(2);
  }

  @Test
  void howFarItIsOnTheDiskIsNotedWhileItRuns() throws Exception {
    RatisLog log = log();
    long last = await(log.propose(bytes("whole"), 1));
    Path group = ownGroup();
    await().until(() -> DurableIndex.read(group) >= last);
  }

  @Test
  void whereItIsNotKnownWhatWasOnTheDiskADamagedEndCountsAsTorn() throws Exception {
    RatisLog first = log();
    await(first.propose(bytes("whole"), 1));
    await(first.propose(bytes("the last"), 1));
    closeAll();
    Path open = openSegment();
    byte[] bytes = Files.readAllBytes(open);
    bytes[bytes.length - 10] ^= 1;
    Files.write(open, bytes);
    for (int noted : List.of(0, 3)) {
      Files.write(ownGroup().resolve("durable"), new byte[noted]);
      assertThat(DurableIndex.read(ownGroup())).isEqualTo(DurableIndex.UNKNOWN);
    }
    Files.write(ownGroup().resolve("durable"), new byte[12]); // whose checksum is another
    assertThat(readAll(log(), 0, 1_000)).hasSize(1);
  }

  private Path openSegment() throws Exception {
    try (Stream<Path> files = Files.list(ownGroup().resolve("current"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("log_inprogress_"))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void aLogThatLostItsFilesIsNotMadeAnew() throws Exception {
    log();
    closeAll();
    Path current = ownGroup().resolve("current");
    Files.move(current, dir.resolve("elsewhere"));
    Files.createDirectory(current);
    assertThatThrownBy(() -> Logs.open(dir))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining("is gone");
    assertThat(current).isEmptyDirectory();
  }

  @Test
  void aTermThatAFullDiskHasEmptiedIsReplacedByALaterOne() throws Exception {
    RatisLog first = log();
    await(first.propose(bytes("entry"), 1));
    long term = first.replica().term();
    closeAll();
    Files.writeString(ownGroup().resolve("current").resolve("raft-meta"), "");

    RatisLog again = log();
    assertThat(readAll(again, 0, 100)).hasSize(1);
    assertThat(again.replica().term()).isGreaterThan(term + 1_000_000);
  }

  @Test
  void aSnapshotThatWasBeingReplacedIsTakenBack() throws Exception {
    RatisLog first = log();
    long last = fill(first, 6);
    await(first.advance(new Mark(last, 6)));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> first.usage().bytes() <= 2L * Logs.SEGMENT_MAX_BYTES);
    closeAll();
    Path group = ownGroup();
    Files.move(group.resolve("sm"), group.resolve("sm.tmp20261126-120000"));

    assertThat(log().mark()).isEqualTo(new Mark(last, 6));
  }

  @Test
  void aLogThatIsGoneIsNotMadeAnew() throws Exception {
    log();
    closeAll();
    Files.move(dir.resolve("raft"), dir.resolve("elsewhere"));
    assertThatThrownBy(() -> Logs.open(dir))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining("is gone");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "current"})
  void aFirstStartThatWasCutShortIsTakenUp(String made) throws Exception {
    log();
    closeAll();
    Path group = ownGroup();
    Path elsewhere = Files.createDirectory(dir.resolve("elsewhere"));
    Files.move(group, elsewhere.resolve("group"));
    Files.createDirectories(group.resolve(made));
    Path cluster = dir.resolve("cluster");
    Files.writeString(cluster, Files.readString(cluster).replace("made g1\n", ""));

    RatisLog log = log();
    await(log.propose(bytes("first"), 1));
    closeAll();
    assertThat(readAll(log(), 0, 100)).hasSize(1);
  }

  @Test
  void aPortInUseIsSaid() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      LogSettings s = Logs.settings(dir);
      Peers peers = Peers.parse("g1=127.0.0.1:" + taken.getLocalPort(), "g1");
      assertThatThrownBy(
              () ->
                  Logs.open(new LogSettings("g1", peers, dir, 1 << 30, 10, 1, s.segmentMaxBytes())))
          .isInstanceOf(LogStartException.class)
          .hasMessageContaining("does not open");
    }
    // And the folder can be used once the port is free.
    log();
  }

  /** The folder of the gateway's own group, beside which the members' agreement has one. */
  private Path ownGroup() throws Exception {
    MembershipFile file = Objects.requireNonNull(MembershipFile.read(dir));
    return dir.resolve("raft").resolve(file.membership().groupId("g1").getUuid().toString());
  }

  /** Proposes entries of about a segment each, numbered in their first four bytes. */
  private static long fill(RatisLog log, int entries) throws Exception {
    long last = -1;
    for (int i = 0; i < entries; i++) {
      byte[] entry = new byte[Logs.SEGMENT_MAX_BYTES - 1_000];
      ByteBuffer.wrap(entry).putInt(i);
      last = await(log.propose(entry, 1));
    }
    return last;
  }

  private long bytesOnDisk() throws Exception {
    try (Stream<Path> files = Files.walk(dir)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("log_"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    }
  }
}
