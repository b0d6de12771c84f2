package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RoutesTest {
  @Test
  void aTopicNamesItsDevice() {
    assertThat(Routes.telemetry("pi-7:a.b_c")).isEqualTo("devices/pi-7:a.b_c/telemetry");
    assertThat(Routes.deviceOf("devices/pi-7:a.b_c/telemetry")).isEqualTo("pi-7:a.b_c");
  }

  @Test
  void otherTopicsNameNone() {
    for (String topic :
        new String[] {
          "",
          "devices//telemetry",
          "devices/telemetry",
          "devices/a/b/telemetry",
          "devices/a/telemetry/",
          "/devices/a/telemetry",
          "devices/a b/telemetry",
          "devices/" + "x".repeat(129) + "/telemetry",
          "devices/a/command"
        }) {
      assertThat(Routes.deviceOf(topic)).as(topic).isNull();
    }
  }

  @Test
  void aTopicNeedsADeviceName() {
    assertThatThrownBy(() -> Routes.telemetry("a/b")).hasMessageContaining("device must be");
  }
}
