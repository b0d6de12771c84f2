package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.MembershipChange.Newcomer;
import io.tidemark.gateway.replication.Peers.Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MembershipTest {
  private static final Membership THREE =
      MembershipChange.formed(
          "00000000000000aa",
          List.of(
              new Newcomer("g2", "2222222222222222", new Address("b", 2)),
              new Newcomer("g1", "1111111111111111", new Address("a", 1)),
              new Newcomer("g3", "3333333333333333", new Address("2001:db8::3", 3))));
  private static final Newcomer FOUR = new Newcomer("g4", "4444444444444444", new Address("d", 4));
  private static final Newcomer FIVE = new Newcomer("g5", "5555555555555555", new Address("e", 5));

  @TempDir Path dir = Path.of("set by JUnit");

  @Test
  void itComesBackFromItsFile() throws Exception {
    assertThat(MembershipFile.read(dir)).isNull();
    Membership changed =
        MembershipChange.ended(
            MembershipChange.removed(
                MembershipChange.added(THREE, List.of(FOUR, FIVE)), List.of("g1", "g4")),
            "g4");
    MembershipFile file = new MembershipFile(changed, Set.of("g2", Membership.AGREEMENT), false);
    file.write(dir);
    assertThat(MembershipFile.read(dir)).isEqualTo(file);
    file.asLeft().write(dir);
    assertThat(MembershipFile.read(dir)).isEqualTo(new MembershipFile(changed, Set.of(), true));
    assertThat(changed.generation()).isEqualTo(3);
    assertThat(changed.groups()).containsExactly("g2", "g3", "g5", "g1");
  }

  @Test
  void eachGroupHasAllMembersWithOnePreferred() {
    assertThat(THREE.peers().stream().map(Member::of).map(Member::peer))
        .containsExactly("g1.1111111111111111", "g2.2222222222222222", "g3.3333333333333333");
    assertThat(THREE.preferred("g2")).isEqualTo(THREE.member("g2"));
    assertThat(THREE.preferred(Membership.AGREEMENT)).isNull();
  }

  @Test
  void theSameGroupOfAnotherClusterIsAnotherGroup() {
    Membership other = new Membership("00000000000000bb", 0, THREE.members(), List.of(), List.of());
    assertThat(other.groupId("g1")).isNotEqualTo(THREE.groupId("g1"));
    assertThat(THREE.groupId("g2")).isNotEqualTo(THREE.groupId("g1"));
  }

  @Test
  void onlyAsTheClusterIsFormedAGroupIsMadeWithItsMembers() {
    Identity four = new Identity("g4", FOUR.incarnation());
    assertThat(THREE.toMake("g1", new Identity("g1", "1111111111111111")).getPeers()).hasSize(3);
    Membership five = MembershipChange.added(THREE, List.of(FOUR, FIVE));
    assertThat(five.toMake("g1", four).getPeers())
        .as("or it would vote before its leader has taken it in")
        .isEmpty();
    assertThat(five.toMake("g4", four).getPeers()).as("its own").hasSize(1);
    assertThat(five.toMake("g5", four).getPeers()).isEmpty();
    Membership again = MembershipChange.replaced(five, new Newcomer("g4", "dddd", FOUR.address()));
    assertThat(again.toMake("g4", new Identity("g4", "dddd")).getPeers())
        .as("the others have it")
        .isEmpty();
  }

  @Test
  void anotherFolderTakesOverAMembersGroup() {
    Membership replaced =
        MembershipChange.replaced(
            THREE, new Newcomer("g2", "aaaaaaaaaaaaaaaa", new Address("z", 9)));
    assertThat(replaced.member("g2"))
        .isEqualTo(new Member("g2", "aaaaaaaaaaaaaaaa", new Address("z", 9), "g2", false));
    assertThat(replaced.has(new Identity("g2", "2222222222222222"))).isFalse();
    assertThat(replaced.leaving()).isEmpty();
  }

  @Test
  void aNewGroupIsFoundedOnceAndOfOneThatIsReplacedBeforeANewOneIs() {
    Membership five = MembershipChange.added(THREE, List.of(FOUR, FIVE));
    Membership founded = MembershipChange.founded(five, List.of("g4"));
    assertThat(founded.member("g4").founder()).isFalse();
    assertThat(founded.member("g5").founder()).isTrue();
    assertThat(MembershipChange.founded(founded, List.of("g4", "g1"))).as("nothing new").isNull();
    Newcomer other = new Newcomer("g5", "eeee", FIVE.address());
    Membership replaced = MembershipChange.replaced(founded, other);
    assertThat(replaced.member("g5"))
        .isEqualTo(new Member("g5", "eeee", FIVE.address(), "g5.3", true));
    assertThat(replaced.ended()).containsExactly("g5");
    Membership heir =
        MembershipChange.replaced(founded, new Newcomer("g4", "dddd", FOUR.address()));
    assertThat(heir.groups()).isEqualTo(founded.groups());
  }

  @Test
  void theOnlyMemberMayMove() {
    Membership alone = MembershipChange.removed(THREE, List.of("g2", "g3"));
    Address elsewhere = new Address("far", 7);
    assertThat(MembershipChange.moved(alone, "g1", elsewhere).line()).isEqualTo("g1=far:7");
    assertThat(MembershipChange.moved(alone, "g1", new Address("a", 1))).isNull();
    assertThat(MembershipChange.moved(THREE, "g1", elsewhere)).as("others look for it").isNull();
  }

  @Test
  void whoCannotBeFoundGetsNoCompany() {
    Membership alone =
        MembershipChange.formed(
            "aa", List.of(new Newcomer("g1", "11", new Address("127.0.0.1", 9001))));
    refused(
        () -> MembershipChange.added(alone, List.of(FOUR, FIVE)),
        "g1 is a member at 127.0.0.1:9001, where the others cannot find it");
    assertThat(
            MembershipChange.added(
                    alone,
                    List.of(
                        new Newcomer("g2", "22", new Address("127.0.0.1", 9002)),
                        new Newcomer("g3", "33", new Address("localhost", 9003))))
                .members())
        .hasSize(3);
  }

  @Test
  void aNameOfAGroupIsNeverUsedAgain() {
    Membership five = MembershipChange.added(THREE, List.of(FOUR, FIVE));
    Membership left = MembershipChange.removed(five, List.of("g4", "g5"));
    Membership ended = MembershipChange.ended(left, "g4");
    assertThat(MembershipChange.ended(ended, "g4")).as("it has ended").isNull();
    Membership again = MembershipChange.added(ended, List.of(FOUR, FIVE));
    assertThat(again.groups()).containsExactly("g1", "g2", "g3", "g4.4", "g5.4", "g5");
  }

  @Test
  void whatIsNoClusterIsRefused() {
    refused(
        () -> MembershipChange.added(THREE, List.of(FOUR)), "would make 4 gateways", "1, 3 or 5");
    refused(() -> MembershipChange.removed(THREE, List.of("g1")), "would make 2 gateways");
    refused(() -> MembershipChange.removed(THREE, List.of("g4", "g1")), "g4 is not a member");
    refused(() -> MembershipChange.removed(THREE, List.of("g1", "g1")), "would make 2 gateways");
    refused(() -> MembershipChange.replaced(THREE, FOUR), "g4 is not a member", "g1=a:1");
    refused(() -> MembershipChange.added(THREE, List.of(FOUR, FOUR)), "named twice");
    refused(
        () ->
            MembershipChange.added(
                THREE, List.of(FOUR, new Newcomer("g5", "5", new Address("a", 1)))),
        "the same address");
    refused(
        () -> MembershipChange.added(THREE, List.of(FOUR, new Newcomer("g3", "5", FIVE.address()))),
        "g3 is a member already");
    Membership alone = MembershipChange.removed(THREE, List.of("g2", "g3"));
    refused(
        () -> MembershipChange.replaced(alone, new Newcomer("g1", "5", FIVE.address())),
        "g1 is the only gateway");
  }

  private static void refused(Runnable change, String... words) {
    assertThatThrownBy(change::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cluster\n",
        "cluster 00000000000000aa 0\n",
        "cluster 00000000000000aa\nmember g1 1111111111111111 a:1 g1 -\n",
        "member g1 1111111111111111 a:1 g1 -\n",
        "cluster 00000000000000aa 0\nmember g1 1111111111111111 a g1 -\n",
        "cluster 00000000000000aa 0\nmember g1 1111111111111111 a:1\n",
        "cluster 00000000000000aa x\nmember g1 1111111111111111 a:1 g1 -\n",
        "cluster 00000000000000aa 0\nmember g1 1111111111111111 a:1 g1 -\nsomething else\n"
      })
  void aFileThatCannotBeUnderstoodIsNamed(String text) throws Exception {
    Files.writeString(dir.resolve("cluster"), text);
    assertThatThrownBy(() -> MembershipFile.read(dir))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining(dir.resolve("cluster").toString())
        .hasMessageContaining("move the whole data folder away");
  }
}
