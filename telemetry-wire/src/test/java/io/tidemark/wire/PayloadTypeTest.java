package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Names and numbers that others rely on. */
final class PayloadTypeTest {
  @Test
  void namesAndNumbersAreThoseThatWereAgreed() {
    assertThat(PayloadType.ofContentType("application/vnd.tidemark.batch"))
        .isEqualTo(PayloadType.BATCH);
    assertThat(PayloadType.ofContentType("application/senml+json"))
        .isEqualTo(PayloadType.SENML_JSON);
    assertThat(PayloadType.ofContentType("application/senml+cbor"))
        .isEqualTo(PayloadType.SENML_CBOR);
    assertThat(PayloadType.ofContentType("Application/JSON ; charset=utf-8"))
        .isEqualTo(PayloadType.JSON);
    assertThat(PayloadType.ofContentType("text/plain")).isNull();
    assertThat(PayloadType.ofContentFormat(65_001)).isEqualTo(PayloadType.BATCH);
    assertThat(PayloadType.ofContentFormat(110)).isEqualTo(PayloadType.SENML_JSON);
    assertThat(PayloadType.ofContentFormat(112)).isEqualTo(PayloadType.SENML_CBOR);
    assertThat(PayloadType.ofContentFormat(50)).isEqualTo(PayloadType.JSON);
    assertThat(PayloadType.ofContentFormat(0)).isNull();
  }

  @Test
  void theFirstByteTellsTheKind() {
    assertThat(PayloadType.guess(new byte[] {0x08, 0x01})).isEqualTo(PayloadType.BATCH);
    for (int first = 0x80; first <= 0x9F; first++) {
      assertThat(PayloadType.guess(new byte[] {(byte) first})).isEqualTo(PayloadType.SENML_CBOR);
    }
    for (String json : new String[] {"{}", "[]", " {", "\uFEFF{", "", "x", "\u00a0"}) {
      assertThat(PayloadType.guess(json.getBytes(StandardCharsets.UTF_8)))
          .as(json)
          .isEqualTo(PayloadType.JSON);
    }
  }
}
