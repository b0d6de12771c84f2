package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @ParameterizedTest
  @EnumSource
  void eachKindIsRecognized(Address.Kind kind) {
    String device = "pi-7:a.b_c";
    assertThat(Address.of(kind.of(device))).isEqualTo(new Address(kind, device));
    for (String near : new String[] {kind.of(device) + "/", "/" + kind.of(device)}) {
      assertThat(Address.of(near)).as(near).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"devices/a/status", "devices/a/", "devices/a//telemetry"})
  void whateverFollowsADeviceIsNamed(String text) {
    assertThat(Address.deviceIn(text)).isEqualTo("a");
    assertThat(Address.of(text)).isNull();
  }

  @Test
  void othersNameNone() {
    for (String text :
        new String[] {"", "devices/", "devices/a", "devices//x", "/devices/a/x", "devices/a b/x"}) {
      assertThat(Address.deviceIn(text)).as(text).isNull();
    }
  }
}
