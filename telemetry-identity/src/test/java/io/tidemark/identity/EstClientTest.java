package io.tidemark.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EstClientTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");
  private static final Identity DEVICE = new Identity(Role.DEVICE, "d1");
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private EstServer server;

  @BeforeEach
  void start() throws Exception {
    server = new EstServer(OURS, DEVICE);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private EstClient client(@Nullable Credential own) throws Exception {
    return client(OURS, own);
  }

  private EstClient client(TestAuthority believed, @Nullable Credential own) throws Exception {
    return EstClient.of(
        server.url(),
        TIMEOUT,
        new ServerTrust(believed.trust(), certificate -> Instant.now()),
        own == null ? null : new OwnCredential(own));
  }

  @Test
  void whoIsMetIsKnownByItsFingerprint() throws Exception {
    server.authorities(List.of(OTHERS.root(), OURS.intermediate(), OURS.root()));
    assertThat(EstClient.meet(server.url(), TIMEOUT, EstClient.fingerprint(OURS.root())))
        .containsExactly(OURS.root());
    server.authorities(List.of(OTHERS.root(), OURS.intermediate()));
    assertThatThrownBy(
            () -> EstClient.meet(server.url(), TIMEOUT, EstClient.fingerprint(OURS.root())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is not whom the enrolment token is for");
    assertThatThrownBy(
            () -> EstClient.meet(server.url(), TIMEOUT, EstClient.fingerprint(OURS.intermediate())))
        .hasMessageContaining("is not whom the enrolment token is for");
    assertThat(server.asked).containsOnly("/cacerts nobody null");
  }

  @Test
  void whatFollowsFromTheOneThatIsMetIsBelievedToo() throws Exception {
    server.authorities(
        List.of(OTHERS.root(), OURS.intermediate(), OURS.root(), OURS.vouch(OTHERS)));
    assertThat(EstClient.meet(server.url(), TIMEOUT, EstClient.fingerprint(OURS.root())))
        .containsExactly(OURS.root(), OTHERS.root());
    assertThat(EstClient.meet(server.url(), TIMEOUT, EstClient.fingerprint(OTHERS.root())))
        .containsExactly(OTHERS.root());
  }

  @Test
  void nobodyIsAnAuthorityBecauseSomebodyElseSaysSo() throws Exception {
    List<X509Certificate> known = List.of(OURS.root());
    server.authorities(List.of(OURS.root(), OTHERS.root(), OTHERS.vouch(OURS)));
    assertThat(client(null).authorities(known)).isEqualTo(known);
    X509Certificate noAuthority = OURS.vouch(OTHERS, new BasicConstraints(false));
    server.authorities(List.of(OURS.root(), OTHERS.root(), noAuthority));
    assertThat(client(null).authorities(known)).isEqualTo(known);
    server.authorities(List.of(OURS.root(), OURS.intermediateAsRoot(), OURS.intermediate()));
    assertThat(client(null).authorities(known)).isEqualTo(known);
    server.authorities(List.of(OURS.root(), OTHERS.root(), OURS.vouch(OTHERS)));
    assertThat(client(null).authorities(known))
        .containsExactlyInAnyOrder(OURS.root(), OTHERS.root());
  }

  @Test
  void theFirstCertificateIsGotByASecret() throws Exception {
    Credential got = client(null).enrol("secret", DEVICE, List.of());
    assertThat(got.identity()).isEqualTo(DEVICE);
    assertThat(OURS.trust().verify(got.chain(), Trust.FOR_CLIENTS, Instant.now()))
        .isEqualTo(DEVICE);
    String proof =
        Base64.getEncoder().encodeToString("token:secret".getBytes(StandardCharsets.US_ASCII));
    assertThat(server.asked).containsExactly("/simpleenroll nobody Basic " + proof);
  }

  @Test
  void anotherIsGotByTheOneBeforeEvenIfItsTimeIsOver() throws Exception {
    Instant now = Instant.now();
    Credential old = OURS.credential(DEVICE, now.minusSeconds(200), now.minusSeconds(100));
    Credential renewed = client(old).renew(DEVICE, List.of());
    assertThat(renewed.certificate().getPublicKey()).isNotEqualTo(old.certificate().getPublicKey());
    assertThat(renewed.notAfter()).isAfter(now);
    assertThat(server.asked).containsExactly("/simplereenroll device d1 null");
  }

  @Test
  void whoIsNotBelievedIsAskedNothing() throws Exception {
    assertThatThrownBy(() -> client(OTHERS, null).enrol("secret", DEVICE, List.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("signed by no authority of ours");
    assertThat(server.asked).isEmpty();
  }

  @Test
  void whatTheServerSaysIsPassedOn() throws Exception {
    server.answer("/simpleenroll", 403, "the token\nwas withdrawn");
    refused("answers 403: the token was withdrawn", 403, false);
    server.answer("/simpleenroll", 503, "busy");
    refused("answers 503: busy", 503, true);
    server.answer("/simpleenroll", 429, "x".repeat(1_000));
    refused("answers 429: " + "x".repeat(500), 429, true);
    server.answer("/simpleenroll", 401, "who are you");
    refused("answers 401: nothing", 401, false); // Java keeps what a 401 says to itself
    server.answer("/simpleenroll", 404, "");
    refused("answers 404: nothing", 404, false);
  }

  private void refused(String words, int status, boolean forNow) {
    assertThatThrownBy(() -> client(null).enrol("secret", DEVICE, List.of()))
        .hasMessageEndingWith(words)
        .isInstanceOfSatisfying(
            EstException.class,
            e -> {
              assertThat(e.status()).isEqualTo(status);
              assertThat(e.isForNow()).isEqualTo(forNow);
            });
  }

  @Test
  void whatIsNoCertificateIsNoCertificate() throws Exception {
    nothing("answers with something that is not in Base64", "AAA=AAA");
    nothing("", "hello");
    nothing("no certificate for this: a key without a certificate proves nothing", "");
    nothing("the answer has more than 65536 bytes", "A".repeat(65_537));
    nothing(
        "no certificate for this: the key is not that of the certificate",
        text(OURS.credential(DEVICE)));
  }

  private void nothing(String words, String answer) {
    server.answer("/simpleenroll", 200, answer);
    assertThatThrownBy(() -> client(null).enrol("secret", DEVICE, List.of()))
        .isInstanceOfAny(IOException.class, java.security.GeneralSecurityException.class)
        .hasMessageContaining(words);
  }

  private static String text(Credential credential) throws Exception {
    return new String(
        EstServer.pkcs7(List.of(credential.certificate())), StandardCharsets.US_ASCII);
  }

  @Test
  void aCertificateForAnotherNameIsNotTaken() throws Exception {
    assertThatThrownBy(
            () -> client(null).enrol("secret", new Identity(Role.DEVICE, "d2"), List.of()))
        .hasMessage("a certificate was asked for device d2, and made for device d1");
  }

  @Test
  void aCertificateThatNobodyWouldBelieveIsNotTaken() throws Exception {
    try (EstServer passing = new EstServer(OURS, DEVICE, OTHERS)) {
      EstClient client =
          EstClient.of(
              passing.url(),
              TIMEOUT,
              new ServerTrust(OURS.trust(), certificate -> Instant.now()),
              new OwnCredential(OURS.credential(DEVICE)));
      assertThatThrownBy(() -> client.renew(DEVICE, List.of()))
          .isInstanceOf(UntrustedException.class)
          .hasMessageContaining("signed by no authority of ours");
    }
  }

  @Test
  void nobodyThereIsSaid() throws Exception {
    EstClient client = client(null);
    server.close();
    assertThatThrownBy(() -> client.enrol("secret", DEVICE, List.of()))
        .isInstanceOf(IOException.class);
  }
}
