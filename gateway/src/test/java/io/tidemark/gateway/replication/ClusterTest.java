package io.tidemark.gateway.replication;

import static io.tidemark.gateway.replication.ReplicatedLogContract.await;
import static io.tidemark.gateway.replication.ReplicatedLogContract.bytes;
import static io.tidemark.gateway.replication.ReplicatedLogContract.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.LogEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three gateways' logs in one process, on real sockets and folders. */
class ClusterTest extends ClusterBench {
  ClusterTest() throws IOException {}

  /** What is passed has to be an entry. */
  private static final byte[] PASSED = ForwardCodec.encodeEntry(new LogEntry("g2", 1, List.of()));

  @Test
  void eachLeadsItsOwnGroupAndEveryReplicaHasEveryEntry() throws Exception {
    startAll();
    for (String gateway : running.keySet()) {
      commit(gateway, bytes("of " + gateway), 2);
    }
    for (String gateway : running.keySet()) {
      for (String group : running.keySet()) {
        soon().until(() -> texts(log(gateway, group)).equals(List.of("of " + group)));
      }
      assertThat(at(gateway).counts()).as("what it committed").isEqualTo(new Counts(0, 2, 0, 0));
    }
    ClusterStatus status = at("g2").status();
    assertThat(status.members())
        .extracting(ClusterStatus.Member::gateway)
        .containsExactly("g1", "g2", "g3");
    soon()
        .until(
            () -> at("g2").status().members().stream().allMatch(ClusterStatus.Member::canCommit));
    assertThat(status.groups())
        .extracting(ClusterStatus.Group::leader)
        .containsExactly("g1", "g2", "g3");
  }

  private static final class Kept implements SharedList {
    private volatile byte[] list = {};

    @Override
    public long version() {
      return list.length;
    }

    @Override
    public byte[] bytes() {
      return list;
    }

    @Override
    public void offered(byte[] offered, String from) {
      list = offered;
    }
  }

  @Test
  void theNewestListThatOneOfThemHasIsSoonThatOfAll() {
    startAll();
    Map<String, Kept> lists = new TreeMap<>();
    running.forEach(
        (gateway, cluster) -> {
          Kept kept = new Kept();
          lists.put(gateway, kept);
          cluster.share(kept);
        });
    byte[] large = new byte[5 << 20]; // more than gRPC takes by itself
    large[large.length - 1] = 7;
    for (Map.Entry<String, byte[]> next :
        Map.of("g1", bytes("x"), "g3", large).entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .toList()) {
      lists.get(next.getKey()).list = next.getValue();
      soon()
          .until(
              () ->
                  lists.values().stream()
                      .allMatch(kept -> Arrays.equals(kept.list, next.getValue())));
    }
    stop("g2");
    lists.get("g1").list = new byte[6 << 20];
    soon().until(() -> lists.get("g3").list.length == 6 << 20);
    assertThat(lists.get("g2").list).isEqualTo(large);
  }

  @Test
  void whenOneIsGoneAnotherLeadsItsGroupAndItLeadsAgainWhenItIsBack() throws Exception {
    startAll();
    commit("g1", bytes("first"), 3);
    stop("g1");

    String heir = heir("g1");
    RatisLog taken = log(heir, "g1");
    assertThat(texts(taken)).containsExactly("first");
    soon().untilAsserted(() -> assertThat(at(heir).counts()).isEqualTo(new Counts(3, 3, 0, 0)));
    String other = "g2".equals(heir) ? "g3" : "g2";
    assertThat(await(taken.confirmedIndex())).isEqualTo(taken.committedIndex());
    assertThatThrownBy(() -> await(log(other, "g1").confirmedIndex()))
        .as("a follower confirms nothing")
        .hasMessageContaining(heir);
    await(taken.advance(new Mark(taken.committedIndex(), 3)));

    long term = taken.replica().term();
    Straggler straggler = straggler(taken);
    // Also while it is busy: what the other commits meanwhile is not lost.
    AtomicBoolean back = new AtomicBoolean();
    CompletableFuture<Void> busy =
        CompletableFuture.runAsync(
            () -> {
              while (!back.get()) {
                taken
                    .propose(bytes("meanwhile"), 0)
                    .toCompletableFuture()
                    .handle((index, failure) -> null)
                    .join();
                // Who leads now has its core for that.
                soon().until(() -> back.get() || taken.leadership() >= 0);
              }
            });
    start("g1");
    soon().until(() -> log("g1", "g1").leadership() >= 0);
    assertThat(log("g1", "g1").replica().term())
        .as("elected at the first attempt, so that nobody was without a leader for long")
        .isEqualTo(term + 1);
    assertThat(straggler.isLate())
        .as("an entry was on its way when the group was given back")
        .isTrue();
    back.set(true);
    busy.join();
    Mark left = log("g1", "g1").mark();
    assertThat(left.readings()).as("as the other left it").isEqualTo(3);
    await(log("g1", "g1").advance(new Mark(log("g1", "g1").committedIndex(), 3)));
    commit("g1", bytes("second"), 1);
    assertThat(texts(log("g1", "g1"))).containsExactly("second");
    soon().until(() -> at(heir).counts().ended() == 3);
  }

  /**
   * From now on the first entry is still on its way into the log when its group is to be given
   * back: who stood for election now would lack it.
   */
  private static Straggler straggler(RatisLog log) {
    Straggler straggler = new Straggler(log);
    CodeInjectionForTesting.put(Straggler.APPEND, straggler::append);
    CodeInjectionForTesting.put(Straggler.STAND, straggler::stand);
    return straggler;
  }

  @AfterEach
  void noStraggler() {
    CodeInjectionForTesting.remove(Straggler.APPEND);
    CodeInjectionForTesting.remove(Straggler.STAND);
  }

  private record Straggler(
      RatisLog log, long last, AtomicBoolean came, AtomicBoolean isLate, AtomicBoolean stood) {
    static final String APPEND = "RaftServerImpl.appendTransaction";
    static final String STAND = "RaftServerImpl.startLeaderElection";
    private static final Duration LATE = Duration.ofMillis(200);

    Straggler(RatisLog log) {
      this(
          log,
          log.replica().lastIndex(),
          new AtomicBoolean(),
          new AtomicBoolean(),
          new AtomicBoolean());
    }

    /** In the thread of who appends, before it does. */
    private boolean append(Object here, Object from, Object... request) {
      boolean isOfGroup =
          request[0] instanceof RaftClientRequest each
              && each.getRaftGroupId().equals(log.replica().groupId());
      if (isOfGroup && came.compareAndSet(false, true)) {
        soon().until(log::isHeldBack);
        isLate.set(true);
        long until = System.nanoTime() + LATE.toNanos();
        soon().until(() -> stood.get() || System.nanoTime() - until > 0);
      }
      return false;
    }

    /** In the thread of who is asked to stand, before it does. */
    private boolean stand(Object here, Object from, Object... request) {
      stood.set(true);
      while (log.replica().lastIndex() == last) {
        Thread.onSpinWait(); // else it might be there in time all the same
      }
      return false;
    }
  }

  @Test
  void whoseGroupIsLedByAnotherPassesItsEntriesThere() throws Exception {
    startAll();
    Proposer led = at("g2").own();
    soon().until(() -> at("g2").status().members().stream().allMatch(ClusterStatus.Member::alive));
    at("g2").leave(); // so that its group is not given back
    at("g2").handOver();
    soon().until(() -> led.state().role() == State.Role.PASSING);
    String leader = heir("g2");
    assertThat(led.state().detail()).startsWith(leader + " leads group g2");
    await(led.propose(PASSED, 4));
    assertThat(at("g2").counts()).isEqualTo(new Counts(0, 0, 0, 4));
    assertThat(at(leader).counts()).isEqualTo(new Counts(4, 4, 0, 0));
    assertThat(readAll(log(leader, "g2"), 0, 1 << 20))
        .singleElement()
        .satisfies(entry -> assertThat(entry.bytes()).isEqualTo(PASSED));

    stop(leader);
    assertThatThrownBy(() -> await(led.propose(PASSED, 1)))
        .isNotInstanceOf(NotProposedException.class);
    soon()
        .ignoreExceptions()
        .untilAsserted(
            () -> assertThat(await(led.propose(PASSED, 1))).as("by the heir").isPositive());
  }

  @Test
  void whoWasAwayForLongerThanTheLogGoesBackIsSentTheMark() throws Exception {
    startAll();
    stop("g3");
    long last = -1;
    for (int i = 0; i < 6; i++) {
      last = commit("g1", new byte[SEGMENT_MAX_BYTES - 1_000], 1);
    }
    Mark mark = new Mark(last, 6);
    await(log("g1", "g1").advance(mark));
    soon().until(() -> log("g1", "g1").usage().segments() <= 2);
    commit("g1", bytes("after"), 1);

    start("g3");
    soon().until(() -> log("g3", "g1").mark().equals(mark));
    soon().until(() -> texts(log("g3", "g1")).equals(List.of("after")));
    stop("g3");
    for (int i = 0; i < 200; i++) {
      commit("g1", bytes("more"), 1);
    }
    long there = log("g1", "g1").committedIndex();
    start("g3");
    soon().until(at("g3")::hasCaughtUp);
    assertThat(log("g3", "g1").committedIndex())
        .as("it says so no sooner than it has")
        .isGreaterThanOrEqualTo(there - RaftReplica.UNDER_WAY_ENTRIES);
    soon().until(() -> texts(log("g3", "g1")).size() == 201);
    stop("g1");
    stop("g2");
    assertThat(at("g3").hasCaughtUp()).as("once is enough").isTrue();
  }

  @Test
  void withoutAMajorityNothingIsCommittedAndItSaysSo() throws Exception {
    startAll();
    stop("g2");
    stop("g3");
    CompletableFuture<Long> doubtful =
        at("g1").own().propose(bytes("alone"), 1).toCompletableFuture();
    assertThat(log("g1", "g1").leadership()).as("it does not know yet").isNotNegative();
    assertThatThrownBy(() -> await(log("g1", "g1").confirmedIndex()))
        .as("but says nothing that it cannot know")
        .hasMessageContaining("no majority says that this gateway still leads g1");
    soon().until(() -> !at("g1").own().state().canCommit());
    assertThat(at("g1").own().state().detail()).contains("has no leader yet");
    assertThatThrownBy(() -> await(doubtful)).isNotInstanceOf(NotProposedException.class);
    assertThatThrownBy(() -> await(log("g1", "g1").confirmedIndex())).isNotNull();
    assertThatThrownBy(() -> await(at("g1").own().propose(bytes("no"), 1)))
        .isInstanceOf(NotProposedException.class);
    assertThat(at("g1").elsewhere()).isNull();

    start("g2");
    soon().until(() -> at("g1").own().state().canCommit());
    commit("g1", bytes("two of three"), 1);
  }

  @Test
  void aPowerCutThatTearsTheLogsOfAllLosesNothing() throws Exception {
    startAll();
    for (String gateway : List.copyOf(running.keySet())) {
      commit(gateway, bytes("of " + gateway), 1);
    }
    byte[] torn = Arrays.copyOf(new byte[] {100, 8, 1, 2}, 1_000);
    for (String gateway : List.copyOf(running.keySet())) {
      stop(gateway);
      List<Path> open = openSegments(gateway);
      assertThat(open).as("three groups, and the members' agreement").hasSize(4);
      for (Path segment : open) {
        Files.write(segment, torn, StandardOpenOption.APPEND);
      }
    }

    startAll();
    for (String gateway : running.keySet()) {
      commit(gateway, bytes("more of " + gateway), 1);
      assertThat(texts(log(gateway, gateway)))
          .containsExactly("of " + gateway, "more of " + gateway);
    }
  }

  @Test
  void whoseLogIsDamagedDoesNotStartAndIsFilledByTheOthers() throws Exception {
    startAll();
    commit("g1", bytes("first"), 1);
    soon().until(() -> texts(log("g2", "g1")).equals(List.of("first")));
    stop("g2");
    for (Path segment : openSegments("g2")) {
      byte[] bytes = Files.readAllBytes(segment);
      bytes[bytes.length - 5] ^= 1;
      Files.write(segment, bytes);
    }
    assertThatThrownBy(() -> start("g2"))
        .hasCauseInstanceOf(LogStartException.class)
        .hasMessageContaining("was on the disk before")
        .hasMessageContaining("move the whole data folder away");
    commit("g1", bytes("second"), 1);

    Files.move(dir.resolve("g2"), dir.resolve("away"));
    start("g2");
    soon()
        .ignoreExceptionsInstanceOf(NoSuchElementException.class) // not taken in yet
        .until(() -> texts(log("g2", "g1")).equals(List.of("first", "second")));
  }

  /** What nobody should do: its leader takes it for further than it is. */
  @Test
  void whoseFolderIsAnEarlierOneIsFilledThoughNothingNewComes() throws Exception {
    startAll();
    commit("g1", bytes("entry"), 1);
    soon().until(() -> texts(log("g2", "g1")).size() == 1);
    stop("g2");
    copy(dir.resolve("g2"), dir.resolve("before"));
    start("g2");
    int more = 3 * (int) RaftReplica.UNDER_WAY_ENTRIES;
    for (int i = 0; i < more; i++) {
      commit("g1", bytes("entry"), 1);
    }
    soon().until(() -> texts(log("g2", "g1")).size() == 1 + more);
    stop("g2");
    Files.move(dir.resolve("g2"), dir.resolve("away"));
    Files.move(dir.resolve("before"), dir.resolve("g2"));

    start("g2");
    soon().until(() -> texts(log("g2", "g1")).size() == 1 + more);
    soon().until(at("g2")::hasCaughtUp);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  /** Those of all groups. */
  private List<Path> openSegments(String gateway) throws IOException {
    try (Stream<Path> files = Files.walk(dir.resolve(gateway).resolve("raft"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("log_inprogress_"))
          .toList();
    }
  }

  @Test
  void whoStopsHandsItsGroupsOverAndDevicesAreSentToOthers() throws Exception {
    startAll();
    at("g2").listening("host2:1883", "host2:5683");
    soon().until(() -> "host2:1883".equals(at("g1").elsewhere()));
    commit("g1", bytes("entry"), 2);
    at("g1").leave();
    at("g1").handOver();
    assertThat(log("g1", "g1").replica().follows()).as("another, at once").isTrue();
    assertThat(at("g1").counts().ended()).as("it led, and another does").isEqualTo(2);
    soon().until(() -> at("g1").own().state().role() == State.Role.PASSING);
    at("g2").leave();
    soon().until(() -> at("g1").elsewhere() == null);
    assertThat(at("g2").own().state().canCommit()).as("what came is still committed").isTrue();
  }

  @Test
  void listsThatDisagreeAreRefusedWithBoth() {
    String other = line.replace("g3=", "g4=");
    AtomicBoolean stopped = new AtomicBoolean();
    CompletableFuture<Cluster> one = opening(settings("g1", line), stopped);
    CompletableFuture<Cluster> two = opening(settings("g2", other), stopped);
    assertThatThrownBy(() -> CompletableFuture.anyOf(one, two).join())
        .hasRootCauseInstanceOf(LogStartException.class)
        .hasMessageContaining("has to be the same on every gateway")
        .hasMessageContaining("g3=")
        .hasMessageContaining("g4=");
    stopped.set(true);
    assertThatThrownBy(() -> CompletableFuture.allOf(one, two).join()).isNotNull();
  }

  @Test
  void waitingForTheOthersIsSaidAndCanBeGivenUp() throws Exception {
    AtomicBoolean stopped = new AtomicBoolean();
    List<String> said = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Cluster.open(
                    settings("g1", line),
                    null,
                    stopped::get,
                    what -> {
                      said.add(what);
                      stopped.set(true);
                    }))
        .isInstanceOf(InterruptedException.class);
    assertThat(said).hasSize(1).first().asString().contains("waits for g2 at 127.0.0.1:", "g3");
    assertThat(Files.exists(dir.resolve("g1").resolve("cluster"))).isFalse();
  }
}
