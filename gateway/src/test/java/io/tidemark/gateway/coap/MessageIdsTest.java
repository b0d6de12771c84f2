package io.tidemark.gateway.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MessageIdsTest {
  private final MessageIds ids = new MessageIds(new Random(5));

  private static InetSocketAddress peer(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Test
  void aPeerGetsEveryIdBeforeOneComesAgain() {
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 65_536; i++) {
      seen.add(ids.getNextMessageId(peer(5_683)));
    }
    assertThat(seen).hasSize(65_536).allMatch(id -> id >= 0 && id <= 0xFFFF);
  }

  @Test
  void anyNumberOfPeersGetIds() {
    for (int port = 1; port < 65_536; port++) {
      assertThat(ids.getNextMessageId(peer(port))).isBetween(0, 0xFFFF);
    }
  }
}
