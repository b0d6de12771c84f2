package io.tidemark.ingest.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.access.AccessSettings.Security;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OwnHostsTest {
  @ParameterizedTest
  @CsvSource({
    "OFF, localhost, true",
    "OFF, LocalHost, true",
    "OFF, 127.0.0.1, true",
    "OFF, 127.9.9.9, true",
    "OFF, [::1], true",
    "OFF, works.example.org, true",
    "OFF, [fd00::7], true",
    "OFF, evil.example, false",
    "OFF, localhost.evil.example, false",
    "OFF, 127.0.0.1.evil.example, false",
    "OFF, 127.evil.example, false",
    "OFF, 10.0.0.1, false",
    "OFF, [fd00::8], false",
    "OFF, '', false",
    "OFF_IN_PRIVATE_NETWORK, 10.0.0.1, true",
    "OFF_IN_PRIVATE_NETWORK, [fd00::8], true",
    "OFF_IN_PRIVATE_NETWORK, evil.example, false",
    "ON, evil.example, true"
  })
  void aNameOfAnotherSiteIsNotOurs(Security security, String host, boolean isOwn) {
    OwnHosts hosts = new OwnHosts(security, List.of("Works.example.org", "fd00::7"));
    assertThat(hosts.isOwn(host)).isEqualTo(isOwn);
  }
}
