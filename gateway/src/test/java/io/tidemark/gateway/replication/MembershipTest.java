package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.Peers.Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.ratis.protocol.RaftPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MembershipTest {
  private static final Membership THREE =
      new Membership(
          "00000000000000aa",
          List.of(
              new Member("g1", "1111111111111111", new Address("a", 1)),
              new Member("g2", "2222222222222222", new Address("b", 2)),
              new Member("g3", "3333333333333333", new Address("::1", 3))),
          Set.of());

  @TempDir Path dir = Path.of("set by JUnit");

  @Test
  void itComesBackFromItsFile() throws Exception {
    assertThat(Membership.read(dir)).isNull();
    THREE.withMade("g2").write(dir);
    assertThat(Membership.read(dir)).isEqualTo(THREE.withMade("g2"));
  }

  @Test
  void eachGroupHasAllMembersAndPrefersItsOwn() {
    assertThat(THREE.group("g2").getPeers())
        .extracting(RaftPeer::getPriority)
        .containsExactlyInAnyOrder(0, 1, 0);
    assertThat(THREE.group("g2").getPeers().stream().filter(p -> p.getPriority() == 1))
        .extracting(peer -> peer.getId().toString())
        .containsExactly("g2.2222222222222222");
  }

  @Test
  void theSameGroupOfAnotherClusterIsAnotherGroup() {
    Membership other = new Membership("00000000000000bb", THREE.members(), Set.of());
    assertThat(other.groupId("g1")).isNotEqualTo(THREE.groupId("g1"));
    assertThat(THREE.groupId("g2")).isNotEqualTo(THREE.groupId("g1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cluster\n",
        "cluster 00000000000000aa\n",
        "member g1 1111111111111111 a:1\n",
        "cluster 00000000000000aa\nmember g1 1111111111111111 a\n",
        "cluster 00000000000000aa\nmember g1 1111111111111111\n",
        "cluster 00000000000000aa\nmember g1 1111111111111111 a:1\nsomething else\n"
      })
  void aFileThatCannotBeUnderstoodIsNamed(String text) throws Exception {
    Files.writeString(dir.resolve("cluster"), text);
    assertThatThrownBy(() -> Membership.read(dir))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining(dir.resolve("cluster").toString())
        .hasMessageContaining("put it back from a copy");
  }
}
