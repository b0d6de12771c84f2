package io.tidemark.ingest.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AccessSettingsTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @ParameterizedTest
  @CsvSource({
    "on, 0.0.0.0, true",
    "on, 127.0.0.1, true",
    "off, 127.0.0.1, false",
    "off, 127.1.2.3, false",
    "off, localhost, false",
    "off, ::1, false",
    "off-in-private-network, 10.213.1.1, false"
  })
  void securityIsOnOrOff(String security, String host, boolean isOn) {
    assertThat(AccessSettings.of(security, host, HOUR, HOUR).isOn()).isEqualTo(isOn);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "10.0.0.1", ""})
  void offIsForThisMachineAlone(String host) {
    assertThatThrownBy(() -> AccessSettings.of("off", host, HOUR, HOUR))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("quarkus.http.host=" + host)
        .hasMessageContaining("set quarkus.http.host=127.0.0.1, or leave tidemark.security on");
  }

  @Test
  void whatIsNeitherIsRefused() {
    assertThatThrownBy(() -> AccessSettings.of("false", "127.0.0.1", HOUR, HOUR))
        .hasMessage("tidemark.security must be on or off, but is false");
  }

  @ParameterizedTest
  @CsvSource({"PT0.5S, PT1H", "PT2H, PT1H", "PT1H, P366D"})
  void lifetimesHaveBounds(Duration idle, Duration max) {
    assertThatThrownBy(() -> AccessSettings.of("on", "127.0.0.1", idle, max))
        .hasMessageContaining("tidemark.access.session-idle must be 1s or more");
  }
}
