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
import io.tidemark.identity.UntrustedException;
import io.tidemark.identity.UntrustedException.Reason;
import io.tidemark.identity.dtls.CheckedCertificates;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.ResourceLockTarget;

/** CoAP over DTLS: each side proves who it is, and a session outlives what happens to addresses. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(
    value = PublisherContract.THREADS,
    mode = ResourceAccessMode.READ,
    target = ResourceLockTarget.CHILDREN)
class DtlsPublisherTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");
  private static final Identity DEVICE = new Identity(Role.DEVICE, "pi-1");
  private static final Identity GATEWAY = new Identity(Role.GATEWAY, "g1");

  private final PublishBench bench;
  private final FakeCoapGateway gateway = new FakeCoapGateway();
  private final OwnCredential own = new OwnCredential(OURS.credential(DEVICE));
  private final AtomicInteger refused = new AtomicInteger();

  DtlsPublisherTest(@TempDir Path dir) throws JournalException, GeneralSecurityException {
    bench = new PublishBench(dir);
    bench.ackTimeout = Duration.ofSeconds(1); // a session is taken for lost after three of it
    bench.encryption = PublishBench.encryption(OURS, own, null, refused);
  }

  @AfterEach
  void end() throws Exception {
    bench.close();
    gateway.close();
  }

  private void startAs(Credential credential, CheckedCertificates.Check clients) {
    gateway.encrypted(new OwnCredential(credential), clients).start();
  }

  private void startAs(Credential credential) {
    ClientTrust clients =
        ClientTrust.of(OURS.trust(), Clock.systemUTC(), (identity, certificate) -> {});
    startAs(credential, clients::check);
  }

  private static Credential gateways() {
    return OURS.credential(GATEWAY, "127.0.0.1");
  }

  @Test
  void whoIsBelievedIsPublishedTo() throws Exception {
    startAs(gateways());
    bench.batches(2, 3);
    bench.largeBatch(8_000);
    bench.publishTo(gateway.uri());
    bench.awaitDelivered();
    bench.assertNumbersStored(8, gateway);
    assertThat(bench.gateway()).startsWith("coaps://");
    assertThat(gateway.shown).containsOnly(own.now().certificate());
    assertThat(gateway.handshakes).hasValue(1);
    assertThat(refused).hasValue(0);
  }

  @Test
  void itConnectsAnewByARenewedCertificate() throws Exception {
    startAs(gateways());
    bench.publishTo(gateway.uri());
    bench.batches(1, 3);
    bench.awaitDelivered();
    Credential former = own.now();
    own.replace(OURS.credential(DEVICE));
    bench.publisher().renewConnection();
    await().until(() -> gateway.handshakes.get() == 2);
    bench.batches(1, 3);
    bench.awaitDelivered();
    bench.assertNumbersStored(6, gateway);
    assertThat(gateway.handshakes).hasValue(2);
    assertThat(gateway.shown.get(0)).isEqualTo(former.certificate());
    assertThat(gateway.shown.get(gateway.shown.size() - 1)).isEqualTo(own.now().certificate());
  }

  @Test
  @ResourceLock(PublisherContract.THREADS)
  void connectionsThatEndLeaveNoThreadsBehind() throws Exception {
    startAs(gateways());
    connect();
    gateway.answers(batch -> FakeCoapGateway.respond(ResponseCode.NOT_FOUND));
    bench.publishTo(gateway.uri());
    await().until(() -> gateway.handshakes.get() > 3);
    bench.publisher().close();
    gateway.close();
    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith("DTLS-") || name.contains("Coap")));
  }

  @Test
  void nobodyElseIs() throws Exception {
    assertRefused(OTHERS.credential(GATEWAY, "127.0.0.1"), "no authority of ours");
  }

  @Test
  void norIsAnotherHost() throws Exception {
    assertRefused(OURS.credential(GATEWAY, "127.0.0.2", "localhost"), "is another host's");
  }

  @Test
  void norIsOneWhoseTimeIsOver() throws Exception {
    Instant now = Instant.now();
    assertRefused(
        OURS.credential(GATEWAY, now.minusSeconds(100), now.minusSeconds(50), "127.0.0.1"),
        "was valid until");
  }

  /** Which has the key of a certificate of ours, and is in the gateway's place. */
  @Test
  void norIsAnotherDevice() throws Exception {
    assertRefused(
        OURS.credential(new Identity(Role.DEVICE, "pi-2"), "127.0.0.1"), "is for something else");
  }

  private void assertRefused(Credential credential, String why) throws Exception {
    startAs(credential);
    assertThatThrownBy(this::connect).hasMessageContaining(why);
    assertThat(gateway.handshakes).hasValue(0);
    assertThat(refused.get()).isPositive();
  }

  private void connect() throws LinkException, InterruptedException {
    URI uri = gateway.uri();
    CoapLink.connect(bench.settings(uri), uri, new Inbox()).close();
  }

  @Test
  void aDeviceThatIsNotBelievedIsToldAndGoesOnOnceItIs() throws Exception {
    startAs(gateways());
    Instant now = Instant.now();
    own.replace(OURS.credential(DEVICE, now.minusSeconds(100), now.minusSeconds(50)));
    assertThatThrownBy(this::connect).hasMessage("Received fatal alert: certificate_expired");
    bench.batches(1, 2);
    bench.publishTo(gateway.uri());
    await().until(() -> refused.get() > 1);
    own.replace(OURS.credential(DEVICE));
    bench.awaitDelivered();
    bench.assertNumbersStored(2, gateway);
  }

  @Test
  void aDeviceThatIsShutOutSaysSo() {
    startAs(
        gateways(),
        chain -> {
          throw new UntrustedException(Reason.SHUT_OUT, "shut out");
        });
    assertThatThrownBy(this::connect)
        .hasMessageContaining("this device is shut out: what it has waits here")
        .hasMessageContaining("certificate_revoked");
    assertThat(refused).hasPositiveValue();
  }

  /** Its time is over in the session, say; to send the same again in that would not help. */
  @Test
  void whoIsBelievedNoMoreOrIsClosedShakesHandsAnew() throws Exception {
    AtomicInteger refusals = new AtomicInteger(1);
    startAs(gateways());
    gateway.answers(
        batch ->
            refusals.getAndDecrement() > 0
                ? FakeCoapGateway.respond(ResponseCode.UNAUTHORIZED)
                : FakeCoapGateway.ACCEPT);
    bench.batches(1, 1);
    bench.publishTo(gateway.uri());
    bench.awaitDelivered();
    assertThat(gateway.handshakes).hasValue(2);
    assertThat(refused).hasValue(1);

    gateway.closeSessions();
    await().until(() -> gateway.handshakes.get() == 3);
    bench.batches(1, 1);
    bench.awaitDelivered();
    bench.assertNumbersStored(2, gateway);
    assertThat(refused).as("nobody was refused").hasValue(1);
  }

  @Test
  void anAddressThatChangesEndsNoSession() throws Exception {
    startAs(gateways());
    try (UdpRelay router = new UdpRelay(gateway.uri())) {
      bench.publishTo(router.uri());
      bench.batches(1, 2);
      bench.awaitDelivered();
      router.forget();
      bench.batches(1, 2);
      bench.awaitDelivered();
      assertThat(gateway.connections()).as("addresses").isEqualTo(2);
      assertThat(gateway.handshakes).hasValue(1);
    }
    bench.assertNumbersStored(4, gateway);
  }

  /** As by a kill, but nobody tells the device: what it sends is discarded. */
  @Test
  void aSessionThatTheGatewayHasLostIsSoonAnotherOne() throws Exception {
    startAs(gateways());
    try (UdpRelay router = new UdpRelay(gateway.uri())) {
      bench.publishTo(router.uri());
      bench.batches(1, 2);
      bench.awaitDelivered();
      gateway.stop();
      gateway.start();
      bench.batches(1, 2);
      long start = System.nanoTime();
      bench.awaitDelivered();
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("before CoAP itself would give up")
          .isLessThan(bench.ackTimeout.multipliedBy(31));
      assertThat(gateway.handshakes).hasValue(2);
    }
    bench.assertNumbersStored(4, gateway);
  }

  /** It has acknowledged one before, so it knows the session. */
  @Test
  void aLaterBlockMayBeLostTwice() throws Exception {
    startAs(gateways());
    bench.publishTo(gateway.uri());
    bench.batches(1, 2);
    bench.awaitDelivered();
    int before = gateway.datagrams.get();
    gateway.losesRequests(number -> number == before + 3 || number == before + 4);
    bench.largeBatch(8_000);
    bench.awaitDelivered();
    bench.assertNumbersStored(4, gateway);
    assertThat(gateway.datagrams.get() - before)
        .as("8 blocks at least, and two lost")
        .isGreaterThan(9);
    assertThat(gateway.handshakes).hasValue(1);
  }

  @Test
  void thatNobodyListensIsSeenAtOnce() throws Exception {
    bench.ackTimeout = Duration.ofSeconds(30);
    bench.stallTimeout = Duration.ofMinutes(10);
    startAs(gateways());
    bench.publishTo(gateway.uri());
    bench.batches(1, 2);
    bench.awaitDelivered();
    gateway.stop();
    bench.batches(1, 2);
    await("sooner than it would be sent again")
        .atMost(bench.ackTimeout)
        .until(() -> bench.gateway().isEmpty());
    gateway.start();
    bench.awaitDelivered();
    bench.assertNumbersStored(4, gateway);
    assertThat(gateway.handshakes).hasValue(2);
  }

  @Test
  void aPasswordIsNoCredential() throws Exception {
    Encryption password = PublishBench.encryption(OURS, null, "tmp_secret", refused);
    URI uri = URI.create("coaps://g:5684");
    assertThatThrownBy(() -> PublishSettings.of("pi-1", List.of(uri), password))
        .hasMessage("coaps:// gateways need a credential");
  }
}
