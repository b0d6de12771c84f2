package io.tidemark.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.identity.UntrustedException.Reason;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrustTest {
  private final Instant now = Instant.now();
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");
  private static final Identity DEVICE = new Identity(Role.DEVICE, "d1");
  private static final Identity GATEWAY = new Identity(Role.GATEWAY, "g1");
  private final Trust trust = OURS.trust();

  @Test
  void whatOurAuthorityHasSignedIsBelieved() throws Exception {
    assertThat(of(trust, OURS.credential(DEVICE))).isEqualTo(DEVICE);
    List<X509Certificate> withRoot =
        List.of(OURS.credential(DEVICE).certificate(), OURS.intermediate(), OURS.root());
    assertThat(trust.verify(withRoot, Trust.FOR_CLIENTS, now)).isEqualTo(DEVICE);
  }

  @Test
  void whatComesAfterItsOwnMayComeInAnyOrderTwiceAndForNothing() throws Exception {
    X509Certificate own = OURS.credential(DEVICE).certificate();
    X509Certificate signer = OURS.intermediate();
    X509Certificate idle = OTHERS.intermediate();
    for (List<X509Certificate> chain :
        List.of(
            List.of(own, own, signer),
            List.of(own, idle, signer, signer),
            List.of(own, OURS.root(), signer))) {
      assertThat(trust.verify(chain, Trust.FOR_CLIENTS, now)).isEqualTo(DEVICE);
    }
    refused(Reason.NOT_AN_IDENTITY, List.of(signer, own));
  }

  @Test
  void nothingElseIs() {
    refused(Reason.UNKNOWN_AUTHORITY, OTHERS.credential(DEVICE).chain());
    refused(Reason.NO_CERTIFICATE, List.of());
    refused(Reason.UNKNOWN_AUTHORITY, List.of(OURS.credential(DEVICE).certificate()));
    refused(Reason.NOT_AN_IDENTITY, List.of(OURS.intermediate()));
    refused(Reason.NOT_AN_IDENTITY, List.of(OURS.root()));
    refused(
        Reason.UNKNOWN_AUTHORITY,
        List.of(OURS.credential(DEVICE).certificate(), OTHERS.intermediate()));
    KeyPair keys = TestAuthority.keys();
    X509Certificate nobodys =
        OURS.sign(keys, "urn:tidemark:admin:a", List.of(), now, now.plusSeconds(9));
    refused(Reason.NOT_AN_IDENTITY, List.of(nobodys, OURS.intermediate()));
    X509Certificate filler = OTHERS.intermediate();
    refused(
        Reason.UNKNOWN_AUTHORITY,
        List.of(OURS.credential(DEVICE).certificate(), filler, filler, filler, filler, filler));
  }

  @Test
  void aServerIsItsHostsAsTheyAreWritten() throws Exception {
    ServerTrust servers = new ServerTrust(trust, server -> now);
    List<X509Certificate> chain = OURS.credential(GATEWAY, "g1.example", "10.0.0.7", "::1").chain();
    for (String host : List.of("g1.example", "G1.example", "10.0.0.7", "::1", "0:0:0:0:0:0:0:1")) {
      servers.check(chain, host);
    }
    // The subject is "somebody".
    for (String host : List.of("g2.example", "example", "somebody", "10.0.0.8", "::2", "")) {
      assertThatThrownBy(() -> servers.check(chain, host))
          .isInstanceOfSatisfying(
              UntrustedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.WRONG_HOST))
          .hasMessageEndingWith("it does not name " + host);
    }
    assertThatThrownBy(() -> servers.check(List.of(), "g1.example"))
        .hasMessageContaining("no certificate");
    assertThatThrownBy(() -> servers.check(OURS.credential(DEVICE, "d").chain(), "d"))
        .hasMessageContaining("is for something else");
  }

  @Test
  void itsTimeCounts() {
    Credential old = OURS.credential(DEVICE, now.minusSeconds(100), now.minusSeconds(10));
    refused(Reason.EXPIRED, old.chain());
    refused(
        Reason.NOT_YET_VALID,
        OURS.credential(DEVICE, now.plusSeconds(100), now.plusSeconds(200)).chain());
    assertThatThrownBy(() -> of(trust, old)).hasMessageContaining("was valid until");
  }

  @Test
  void whatItIsForCounts() {
    assertThatThrownBy(() -> trust.verify(OURS.credential(DEVICE).chain(), Trust.FOR_SERVERS, now))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.type(UntrustedException.class))
        .extracting(UntrustedException::reason)
        .isEqualTo(Reason.NOT_AN_IDENTITY);
  }

  @Test
  void authoritiesChangeWhileItIsUsed() throws Exception {
    Credential others = OTHERS.credential(DEVICE);
    trust.replace(List.of(OURS.root(), OTHERS.root()));
    assertThat(of(trust, others)).isEqualTo(DEVICE);
    trust.replace(List.of(OURS.root()));
    refused(Reason.UNKNOWN_AUTHORITY, others.chain());
    assertThatThrownBy(() -> trust.replace(List.of()))
        .hasMessage("without an authority nobody can be believed");
  }

  @Test
  void whatComesAfterAnAuthorityIsForThoseWhoKnowTheOneBeforeIt() throws Exception {
    List<X509Certificate> chain =
        List.of(
            OTHERS.credential(GATEWAY, "localhost").certificate(),
            OTHERS.intermediate(),
            OURS.vouch(OTHERS));
    for (TestAuthority believed : List.of(OURS, OTHERS)) {
      Trust its = believed.trust();
      assertThat(its.verify(chain, Trust.FOR_SERVERS, now)).isEqualTo(GATEWAY);
    }
    X509Certificate forged = OTHERS.intermediateAsRoot();
    refused(Reason.UNKNOWN_AUTHORITY, List.of(chain.get(0), forged, OURS.vouch(OTHERS)));
  }

  @Test
  void aDoorMayStillRefuse() {
    ClientTrust closed =
        ClientTrust.of(
            trust,
            Clock.systemUTC(),
            (identity, certificate) -> {
              throw new UntrustedException(Reason.SHUT_OUT, identity + " is shut out");
            });
    assertThatThrownBy(() -> closed.check(OURS.credential(DEVICE).chain()))
        .hasMessage("device d1 is shut out");
  }

  @Test
  void whoComesToRenewMayBeLate() throws Exception {
    Credential old = OURS.credential(DEVICE, now.minusSeconds(100), now.minusSeconds(10));
    Clock clock = Clock.fixed(now, ZoneOffset.UTC);
    assertThat(ClientTrust.lapsedToo(trust, clock, (i, c) -> {}).check(old.chain()))
        .isEqualTo(DEVICE);
    assertThatThrownBy(() -> ClientTrust.of(trust, clock, (i, c) -> {}).check(old.chain()))
        .hasMessageContaining("was valid until");
    assertThatThrownBy(
            () ->
                ClientTrust.lapsedToo(trust, clock, (i, c) -> {})
                    .check(
                        OTHERS
                            .credential(DEVICE, now.minusSeconds(100), now.minusSeconds(10))
                            .chain()))
        .hasMessageContaining("no authority of ours");
  }

  @Test
  void aClockThatCannotBeRightSaysNothing() throws Exception {
    Credential server = OURS.credential(GATEWAY, now.minusSeconds(100), now.minusSeconds(10));
    Instant earliest = now.minus(Duration.ofDays(1));
    DeviceClock stopped =
        new DeviceClock(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC), () -> earliest);
    DeviceClock right = new DeviceClock(Clock.fixed(now, ZoneOffset.UTC), () -> earliest);
    X509Certificate[] chain = server.chain().toArray(X509Certificate[]::new);
    new ServerTrust(trust, stopped).checkServerTrusted(chain, "ECDHE_ECDSA");
    assertThatThrownBy(() -> new ServerTrust(trust, right).checkServerTrusted(chain, "ECDHE_ECDSA"))
        .hasMessageContaining("was valid until");
  }

  private Identity of(Trust trust, Credential credential) throws UntrustedException {
    return trust.verify(credential.chain(), Trust.FOR_CLIENTS, now);
  }

  private void refused(Reason reason, List<X509Certificate> chain) {
    assertThatThrownBy(() -> trust.verify(chain, Trust.FOR_CLIENTS, now))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.type(UntrustedException.class))
        .extracting(UntrustedException::reason)
        .isEqualTo(reason);
  }
}
