package io.tidemark.identity.password;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class Argon2idTest {
  private static final byte[] PASSWORD = "correct horse".getBytes(StandardCharsets.UTF_8);

  @Test
  void aHashSaysByWhatItIsComputedAgain() {
    String kept = Argon2id.FOR_RANDOM.hash(PASSWORD);
    assertThat(kept).matches("\\$argon2id\\$v=19\\$m=1024,t=1,p=1\\$[^$]{22}\\$[^$]{43}");
    assertThat(Argon2id.FOR_RANDOM.hash(PASSWORD)).as("with salt").isNotEqualTo(kept);
    assertThat(Argon2id.matches(PASSWORD, kept)).isTrue();
    assertThat(Argon2id.matches(new byte[0], kept)).isFalse();
    assertThat(Argon2id.matches(PASSWORD, new Argon2id(64, 3).hash(PASSWORD))).isTrue();
    assertThat(Argon2id.FOR_PEOPLE.ofNobody())
        .matches("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[^$]{22}\\$[^$]{43}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=65537,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=64,t=11,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
      })
  void whatIsNoHashOrTakesTooMuchIsNotComputed(String kept) {
    assertThatThrownBy(() -> Argon2id.matches(PASSWORD, kept))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a password");
  }
}
