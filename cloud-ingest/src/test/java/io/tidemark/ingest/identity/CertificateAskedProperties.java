package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.identity.CertificateRequest;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * A request that was altered anywhere is refused, in words; unless it says the same in another way,
 * as BER has several for true.
 */
class CertificateAskedProperties {
  private static final byte[] REQUEST = request();

  private static byte[] request() {
    try {
      return CertificateRequest.of(
          Certificates.keys(), Requests.gateway("g1"), List.of("gw.example", "10.0.0.1"));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Property(tries = 300)
  void altered(@ForAll @IntRange(max = 300) int at, @ForAll @IntRange(min = 1, max = 255) int by)
      throws EnrolmentException {
    byte[] other = REQUEST.clone();
    other[at % other.length] ^= (byte) by;
    try {
      assertThat(CertificateAsked.parse(Requests.base64(other)))
          .isEqualTo(CertificateAsked.parse(Requests.base64(REQUEST)));
    } catch (EnrolmentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Property(tries = 300)
  void anything(@ForAll byte[] bytes) {
    assertThat(refusal(bytes)).isNotBlank();
  }

  private static String refusal(byte[] der) {
    try {
      throw new AssertionError("it was taken for " + CertificateAsked.parse(Requests.base64(der)));
    } catch (EnrolmentException e) {
      return e.getMessage();
    }
  }
}
