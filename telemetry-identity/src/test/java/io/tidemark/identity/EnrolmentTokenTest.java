package io.tidemark.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class EnrolmentTokenTest {
  private static final List<URI> URLS =
      List.of(URI.create("https://ingest.example:8443"), URI.create("https://10.0.0.1:8444"));

  @Property(tries = 200)
  void whatIsWrittenIsRead(
      @ForAll @Size(EnrolmentToken.SECRET_BYTES) byte[] secret,
      @ForAll @Size(EnrolmentToken.FINGERPRINT_BYTES) byte[] authority) {
    EnrolmentToken token = new EnrolmentToken(secret, authority, URLS);
    EnrolmentToken read = EnrolmentToken.parse(" " + token.text() + "\n");
    assertThat(read).isEqualTo(token);
    assertThat(read.secret()).isEqualTo(secret);
    assertThat(read.authority()).isEqualTo(authority);
    assertThat(read.urls()).isEqualTo(URLS);
  }

  @Property(tries = 500)
  void nothingElseIsTakenForOne(@ForAll String text) {
    assertThatThrownBy(() -> EnrolmentToken.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> EnrolmentToken.parse("tmt_" + text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 200)
  void aPartOfOneIsNone(@ForAll @IntRange(min = 1, max = 90) int left) {
    String whole = new EnrolmentToken(new byte[24], new byte[32], URLS).text();
    assertThatThrownBy(() -> EnrolmentToken.parse(whole.substring(0, left)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nothingOfTheSecretIsShown() {
    byte[] secret = new byte[24];
    java.util.Arrays.fill(secret, (byte) 0x61);
    EnrolmentToken token = new EnrolmentToken(secret, new byte[32], URLS);
    assertThat(token.toString()).doesNotContain(token.secretText(), "aaaa", token.text());
    assertThatThrownBy(() -> EnrolmentToken.parse(token.text() + "!"))
        .hasMessageNotContaining(token.secretText())
        .hasNoCause();
  }

  @Test
  void itSaysWhereToAsk() {
    assertThatThrownBy(() -> new EnrolmentToken(new byte[24], new byte[32], List.of()))
        .hasMessage("an enrolment token says where to ask, this one does not");
    assertThatThrownBy(
            () ->
                new EnrolmentToken(
                    new byte[24], new byte[32], List.of(URI.create("http://ingest:80"))))
        .hasMessage(
            "an enrolment token's addresses are https://host:port, but one is http://ingest:80");
  }
}
