package io.tidemark.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.agent.journal.JournalException;
import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.vertx.core.http.ClientAuth;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** MQTT over TLS: each side proves who it is, and nothing is sent to anybody else. */
@Timeout(120)
class EncryptionTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");
  private static final Identity DEVICE = new Identity(Role.DEVICE, "pi-1");
  private static final Identity GATEWAY = new Identity(Role.GATEWAY, "g1");

  private final PublishBench bench;
  private final FakeGateway gateway = new FakeGateway();
  private final OwnCredential own = new OwnCredential(OURS.credential(DEVICE));
  private final AtomicInteger refused = new AtomicInteger();

  EncryptionTest(@TempDir Path dir) throws JournalException, GeneralSecurityException {
    bench = new PublishBench(dir);
    bench.encryption = PublishBench.encryption(OURS, own, null, refused);
  }

  @AfterEach
  void end() throws Exception {
    bench.close();
    gateway.close();
  }

  private void startAs(Credential credential) throws Exception {
    gateway
        .encrypted(
            new OwnCredential(credential),
            ClientTrust.of(OURS.trust(), Clock.systemUTC(), (identity, certificate) -> {}))
        .start();
  }

  @Test
  void whoIsBelievedIsPublishedTo() throws Exception {
    startAs(OURS.credential(GATEWAY, "127.0.0.1"));
    bench.batches(1, 3);
    bench.publishTo(gateway.uri());
    bench.awaitDelivered();
    bench.assertNumbersStored(3, gateway);
    assertThat(gateway.uri().getScheme()).isEqualTo("ssl");
    assertThat(refused).hasValue(0);
  }

  @Test
  void aPasswordIsShownInPlaceOfACertificateAndNeverInTheClear() throws Exception {
    gateway
        .encrypted(
            new OwnCredential(OURS.credential(GATEWAY, "127.0.0.1")),
            ClientTrust.of(OURS.trust(), Clock.systemUTC(), (identity, certificate) -> {}),
            ClientAuth.REQUEST)
        .start();
    bench.encryption = PublishBench.encryption(OURS, null, "tmp_secret", refused);
    connect(gateway.uri());
    assertThat(gateway.passwords)
        .containsExactly(bench.settings(gateway.uri()).clientId() + ":tmp_secret");
    assertThat(bench.encryption.toString()).doesNotContain("secret");

    FakeGateway open = new FakeGateway();
    try {
      open.start();
      connect(open.uri());
      assertThat(open.passwords).containsExactly("");
    } finally {
      open.close();
    }
  }

  @Test
  void nobodyElseIs() throws Exception {
    assertRefused(OTHERS.credential(GATEWAY, "127.0.0.1"), "no authority of ours");
  }

  @Test
  void norIsAnotherHost() throws Exception {
    assertRefused(OURS.credential(GATEWAY, "127.0.0.2", "gateway.example"), "is another host's");
  }

  @Test
  void norIsOneWhoseTimeIsOver() throws Exception {
    Instant now = Instant.now();
    assertRefused(
        OURS.credential(
            GATEWAY, now.minusSeconds(100), now.minus(Duration.ofSeconds(50)), "127.0.0.1"),
        "was valid until");
  }

  private void assertRefused(Credential credential, String why) throws Exception {
    startAs(credential);
    assertThatThrownBy(() -> connect(gateway.uri())).hasMessageContaining(why);
    assertThat(gateway.connections).hasValue(0);
    assertThat(refused).hasValue(1);
  }

  @Test
  void aDeviceThatIsNotBelievedIsToldAndGoesOnOnceItIs() throws Exception {
    startAs(OURS.credential(GATEWAY, "127.0.0.1"));
    Instant now = Instant.now();
    own.replace(OURS.credential(DEVICE, now.minusSeconds(100), now.minusSeconds(50)));
    bench.batches(1, 2);
    bench.publishTo(gateway.uri());
    await().until(() -> refused.get() > 0);
    assertThat(gateway.connections).hasValue(0);
    own.replace(OURS.credential(DEVICE));
    bench.awaitDelivered();
    bench.assertNumbersStored(2, gateway);
  }

  @Test
  void itConnectsAnewByARenewedCertificateBeforeTheOldOneEnds() throws Exception {
    startAs(OURS.credential(GATEWAY, "127.0.0.1"));
    bench.publishTo(gateway.uri());
    bench.batches(1, 3);
    bench.awaitDelivered();
    assertThat(gateway.connections).hasValue(1);
    bench.publisher().renewConnection();
    await().until(() -> gateway.connections.get() == 2);
    bench.batches(1, 3);
    bench.awaitDelivered();
    bench.assertNumbersStored(6, gateway);
    assertThat(gateway.connections).hasValue(2);
  }

  @Test
  void withoutACredentialThereIsNoEncryption() {
    for (String gateway : List.of("ssl://g:8883", "coaps://g:5684")) {
      assertThatThrownBy(() -> PublishSettings.of("pi-1", List.of(URI.create(gateway)), null))
          .hasMessage(
              "ssl:// gateways need a credential or a password, coaps:// gateways a credential");
    }
  }

  private void connect(URI uri) throws LinkException, InterruptedException {
    PahoLink.connect(bench.settings(uri), uri, new Inbox()).close();
  }
}
