package io.tidemark.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PublishSettingsTest {
  private static final URI ONE = URI.create("tcp://a:1883");
  private static final PublishSettings ALONE = PublishSettings.of("pi-1", List.of(ONE), null);
  private static final PublishSettings TWO =
      PublishSettings.of("pi-1", List.of(ONE, URI.create("coap://b:5683")), null);

  @Test
  void afterASilentGatewayTheNextHasAcknowledgedWithinTwelveSeconds() {
    Duration untilTheNextReading = Duration.ofSeconds(1);
    assertThat(untilTheNextReading.plus(TWO.stallTimeout()).plus(TWO.connectTimeout()))
        .isLessThanOrEqualTo(Duration.ofSeconds(12));
  }

  @Test
  void whoHasNoOtherHasMorePatience() {
    assertThat(ALONE.stallTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(ALONE.withholdingLimit()).isEqualTo(Duration.ofMinutes(5));
    assertThat(ALONE.connectTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(ALONE.patient(9)).isEqualTo(ALONE);
  }

  @Test
  void roundsWithoutSuccessMakePatient() {
    assertThat(TWO.patient(0)).isEqualTo(TWO);
    assertThat(TWO.patient(1).stallTimeout()).isEqualTo(Duration.ofSeconds(16));
    assertThat(TWO.patient(1).connectTimeout()).isEqualTo(Duration.ofSeconds(6));
    assertThat(TWO.patient(2).stallTimeout()).isEqualTo(Duration.ofSeconds(32));
    assertThat(TWO.patient(Integer.MAX_VALUE)).isEqualTo(TWO.patient(2));
  }
}
