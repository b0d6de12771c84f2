package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Base64;

/** Any bytes are a request for a certificate, or refused in words. */
class CertificateAskedFuzz {
  @FuzzTest
  void parses(byte[] der) {
    try {
      CertificateAsked asked = CertificateAsked.parse(Base64.getEncoder().encode(der));
      assertThat(asked.identity()).isNotNull();
      assertThat(asked.hosts()).hasSizeLessThanOrEqualTo(CertificateAsked.HOSTS_MAX);
    } catch (EnrolmentException refused) {
      assertThat(refused.getMessage()).isNotBlank();
    }
  }
}
