package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeersTest {
  @Test
  void onePeerIsThisGateway() {
    assertThat(Peers.parse(" g1 = gw.example:9001 ", "g1").addresses())
        .containsOnly(java.util.Map.entry("g1", new Peers.Address("gw.example", 9001)));
  }

  @Test
  void threeKeepTheirOrder() {
    assertThat(Peers.parse("g2=b:2, g1=a:1, g3=c:3", "g1").line())
        .isEqualTo("g2=b:2,g1=a:1,g3=c:3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "g1=a:1,g2=b:2 | names 2 gateways, but a cluster has 1, 3 or 5",
        "g1=a:1,g2=b:2,g3=a:1 | two of its gateways have the same address",
        "g1=a:1,g2=b:0,g3=c:3 | port 0 cannot be found",
        "g1=a:1,g/2=b:2,g3=c:3 | \"g/2\" is not 1 to 64 of A-Z a-z 0-9 _ . -",
        "g2=a:1 | does not name this gateway",
        "g1 | not of the form id=host:port",
        "g1=a | not of the form host:port",
        "g1=a:x | not a port",
        "g1=a:70000 | port 70000 is not 0 to 65535",
        "g1=a:1,g1=b:2 | named twice"
      })
  void whatIsWrongIsSaid(String text, String problem) {
    assertThatThrownBy(() -> Peers.parse(text, "g1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tidemark.cluster.peers")
        .hasMessageContaining(problem);
  }
}
