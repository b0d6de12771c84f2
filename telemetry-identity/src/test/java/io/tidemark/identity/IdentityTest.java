package io.tidemark.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
  private static final TestAuthority AUTHORITY = new TestAuthority("test");

  @Test
  void aCertificateNamesOne() {
    Identity device = new Identity(Role.DEVICE, "plant-2:boiler.1");
    assertThat(Identity.of(AUTHORITY.credential(device).certificate())).isEqualTo(device);
    Identity gateway = new Identity(Role.GATEWAY, "g1");
    assertThat(Identity.of(AUTHORITY.credential(gateway, "gw.example", "10.0.0.1").certificate()))
        .isEqualTo(gateway);
    assertThat(device).hasToString("device plant-2:boiler.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "urn:tidemark:device:",
        "urn:tidemark:device:a/b",
        "urn:tidemark:gateway:g:1",
        "urn:tidemark:admin:x",
        "urn:other:device:a"
      })
  void otherwiseNobody(String uri) {
    Instant now = Instant.now();
    assertThat(
            Identity.of(
                AUTHORITY.sign(
                    TestAuthority.keys(), uri, List.of(), now, now.plus(Duration.ofHours(1)))))
        .isNull();
  }

  @Test
  void whoCannotBeNamedSoIsNot() {
    assertThatThrownBy(() -> new Identity(Role.GATEWAY, "g 1"))
        .hasMessage("a gateway is named by 1 to 64 of A-Z a-z 0-9 _ . -, but not by \"g 1\"");
    assertThatThrownBy(() -> new Identity(Role.DEVICE, "x".repeat(129)))
        .hasMessageStartingWith("a device is named by 1 to 128 of A-Z a-z 0-9 . _ : -, but not by");
  }
}
