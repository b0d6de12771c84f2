package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.sim.rogue.RogueGroup;
import io.tidemark.sim.rogue.RogueKind;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoguePlanTest {
  @Test
  void roguesDoNotSpeakTlsAndSaySo() {
    RoguePlan plan =
        new RoguePlan(List.of(new RogueGroup(RogueKind.FLOOD, 1, Duration.ofSeconds(1))), "");
    assertThatThrownBy(() -> plan.make(List.of(URI.create("ssl://g1:8883")), List.of(), 1))
        .hasMessage(
            "rogues speak to tcp:// and coap:// gateways, and to neither ssl:// nor coaps://: leave one of them out");
  }
}
