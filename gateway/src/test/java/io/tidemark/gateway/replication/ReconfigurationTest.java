package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.Test;

/** One peer at a time, and the leader never by itself. */
class ReconfigurationTest {
  private static final Set<String> NOBODY = Set.of();

  private static List<RaftPeer> peers(String... names) {
    return Arrays.stream(names)
        .map(
            name ->
                RaftPeer.newBuilder()
                    .setId(RaftPeerId.valueOf(name))
                    .setAddress("127.0.0.1:1")
                    .build())
        .toList();
  }

  private static String next(
      List<RaftPeer> now, List<RaftPeer> wanted, String leader, Set<String> ready) {
    List<RaftPeer> next =
        Reconfiguration.next(
            now,
            wanted,
            RaftPeerId.valueOf(leader),
            peer -> ready.contains(peer.getId().toString()));
    return next == null
        ? "nothing"
        : String.join(" ", next.stream().map(peer -> peer.getId().toString()).toList());
  }

  @Test
  void nothingIsDoneWhereNothingIsToBeDone() {
    assertThat(next(peers("a", "b", "c"), peers("c", "b", "a"), "b", NOBODY)).isEqualTo("nothing");
  }

  @Test
  void whoWasPreferredIsSoNoMoreBeforeAnythingElse() {
    RaftPeer preferred = RaftPeer.newBuilder(peers("a").get(0)).setPriority(1).build();
    List<RaftPeer> now = List.of(preferred, peers("b").get(0));
    List<RaftPeer> next =
        Reconfiguration.next(now, peers("a", "b", "c"), RaftPeerId.valueOf("b"), peer -> true);
    assertThat(next).extracting(peer -> peer.getId().toString()).containsExactly("a", "b");
    assertThat(next).extracting(RaftPeer::getPriority).containsExactly(0, 0);
  }

  @Test
  void newOnesComeOneByOneOnceTheyAreReady() {
    List<RaftPeer> wanted = peers("a", "b", "c");
    assertThat(next(peers("a"), wanted, "a", NOBODY)).isEqualTo("nothing");
    assertThat(next(peers("a"), wanted, "a", Set.of("c"))).isEqualTo("a c");
    assertThat(next(peers("a"), wanted, "a", Set.of("b", "c"))).isEqualTo("a b");
    assertThat(next(peers("a", "b"), wanted, "a", Set.of("b", "c"))).isEqualTo("a b c");
  }

  @Test
  void whoGoesGoesBeforeAnotherComes() {
    List<RaftPeer> wanted = peers("a", "b", "d");
    assertThat(next(peers("a", "b", "c"), wanted, "a", Set.of("b", "d"))).isEqualTo("a b");
    assertThat(next(peers("a", "b"), wanted, "a", Set.of("b", "d"))).isEqualTo("a b d");
  }

  @Test
  void thereIsNeverMoreThanOneLessThanThereShouldBe() {
    List<RaftPeer> wanted = peers("a", "d", "e");
    Set<String> old = Set.of("b", "c");
    assertThat(next(peers("a", "b", "c"), wanted, "a", old)).isEqualTo("a c");
    assertThat(next(peers("a", "c"), wanted, "a", old)).as("of two copies").isEqualTo("nothing");
    assertThat(next(peers("a", "c"), wanted, "a", Set.of("c", "e"))).isEqualTo("a c e");
    assertThat(next(peers("a", "c", "e"), wanted, "a", Set.of("c", "e"))).isEqualTo("a e");
    assertThat(
            next(peers("a", "b", "c"), peers("a", "n", "c", "d", "e"), "a", Set.of("b", "c", "n")))
        .as("first others come")
        .isEqualTo("a b c n");
  }

  @Test
  void nobodyGoesWhoIsNeededForAMajority() {
    List<RaftPeer> wanted = peers("a");
    assertThat(next(peers("a", "b", "c"), wanted, "a", Set.of("b")))
        .as("c is away")
        .isEqualTo("a b");
    assertThat(next(peers("a", "b"), wanted, "a", Set.of("b"))).isEqualTo("a");
    assertThat(next(peers("a", "b", "c"), peers("a", "b", "d"), "a", Set.of("c", "d")))
        .as("without c there is no majority, as b is away")
        .isEqualTo("nothing");
    assertThat(next(peers("a", "b", "c"), peers("a", "b", "d"), "a", Set.of("b", "d")))
        .as("c is away")
        .isEqualTo("a b");
  }

  @Test
  void whoeverLeadsDoesNotRemoveItself() {
    List<RaftPeer> wanted = peers("a", "b", "c");
    Set<String> all = Set.of("a", "b", "c", "d", "e");
    assertThat(next(peers("a", "b", "c", "d", "e"), wanted, "e", all)).isEqualTo("a b c e");
    assertThat(next(peers("a", "b", "c", "d", "e"), wanted, "b", all)).isEqualTo("a b c e");
    assertThat(next(peers("a", "b", "c", "e"), wanted, "b", all)).isEqualTo("a b c");
    assertThat(next(peers("a", "b", "c", "e"), wanted, "e", all))
        .as("it hands over")
        .isEqualTo("nothing");
  }

  @Test
  void whoIsAwayGoesFirst() {
    assertThat(
            next(peers("a", "b", "c", "d", "e"), peers("a", "b", "c"), "a", Set.of("b", "c", "d")))
        .isEqualTo("a b c d");
  }
}
