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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "g1=a:1,g2=b:2,g3=c:3 | this version runs groups of [1]",
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
