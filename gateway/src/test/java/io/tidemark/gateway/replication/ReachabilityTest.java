package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachabilityTest {
  private static final Map<String, String> HOSTS =
      Map.of("gw1", "127.0.1.1", "near", "127.0.0.1", "gw2", "192.0.2.2", "gw3", "192.0.2.3");

  @TempDir Path dir;

  private static InetAddress resolve(String host) throws UnknownHostException {
    String address = HOSTS.get(host);
    if (address == null) {
      throw new UnknownHostException(host);
    }
    return InetAddress.getByName(address);
  }

  private static List<String> warnings(String line) throws LogStartException {
    List<String> warned = new ArrayList<>();
    LogSettings settings = settings(line);
    new Reachability(ReachabilityTest::resolve)
        .check("g1", own(settings), Reachability.others(settings, null), warned::add);
    return warned;
  }

  private static LogSettings settings(String line) {
    return new LogSettings(
        "g1", Peers.parse(line, "g1"), Path.of("unused"), 1L << 30, 1_000_000, 1, 1 << 20);
  }

  private static Peers.Address own(LogSettings settings) {
    return Objects.requireNonNull(settings.peers().addresses().get("g1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "g1=gw2:9001",
        "g1=gw2:9001,g2=gw3:9001,g3=gw1:9001",
        "g1=gw1:9001,g2=near:9001,g3=near:9002",
        "g1=127.0.0.1:9001,g2=gw2:9001,g3=gw3:9001",
        "g1=nobody:9001"
      })
  void saysNothingWhereAllIsWellOrAnotherMatter(String line) throws Exception {
    assertThat(warnings(line)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"g1=gw1:9001", "g1=gw1:9001,g2=near:9001,g3=nobody:9001"})
  void warnsWhereOthersMayYetBeElsewhere(String line) throws Exception {
    assertThat(warnings(line)).singleElement().asString().contains("g1=gw1:9001", "/etc/hosts");
  }

  @Test
  void refusesToListenWhereTheOthersDoNotFindIt() {
    assertThatThrownBy(() -> warnings("g1=gw1:9001,g2=near:9001,g3=gw3:9001"))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining("g1=gw1:9001 for this gateway")
        .hasMessageContaining("127.0.1.1");
  }

  @Test
  void theMembersCountThatWereHeardOf() {
    Membership.Member elsewhere =
        new Membership.Member("g2", "i", new Peers.Address("gw2", 9_001), "g2", false);
    MembershipFile file =
        new MembershipFile(
            new Membership("00", 1, List.of(elsewhere), List.of(), List.of()), Set.of(), false);
    LogSettings settings = settings("g1=gw1:9001");
    assertThatThrownBy(
            () ->
                new Reachability(ReachabilityTest::resolve)
                    .check("g1", own(settings), Reachability.others(settings, file), said -> {}))
        .isInstanceOf(LogStartException.class);
  }

  /** By another way to write 127.0.0.1, which is as good as a name. */
  @Test
  void aGatewayDoesNotStartSo() {
    Peers peers = Peers.parse("g1=2130706433:9001,g2=192.0.2.2:9001,g3=192.0.2.3:9001", "g1");
    LogSettings settings = new LogSettings("g1", peers, dir, 1L << 30, 1_000_000, 1, 1 << 20);
    assertThatThrownBy(() -> Cluster.open(settings, null, () -> true, said -> {}))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining("2130706433 is a loopback address");
  }
}
