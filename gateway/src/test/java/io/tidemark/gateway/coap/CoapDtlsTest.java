package io.tidemark.gateway.coap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.identity.Devices;
import io.tidemark.gateway.identity.Secrets;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.identity.Bars;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.UntrustedException;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessList.Barred;
import io.tidemark.wire.AccessList.Secret;
import io.tidemark.wire.PayloadType;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.elements.exception.ConnectorException;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who comes to the port with DTLS, by whatever certificate, or none. */
@Timeout(60)
class CoapDtlsTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");

  private static final class SetClock extends Clock {
    private volatile Duration ahead = Duration.ZERO;

    @Override
    public Instant instant() {
      return Instant.now().plus(ahead);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private final FakeIntake intake = new FakeIntake();
  private final SetClock clock = new SetClock();
  private final OwnCredential own = new OwnCredential(gateway());
  private final List<AutoCloseable> clients = new ArrayList<>();
  private volatile AccessList list = AccessList.EMPTY;

  /** Done once, when it has been found out who is shut out. */
  private final AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});

  private final CoapDtls dtls =
      new CoapDtls(
          own,
          new Devices(OURS.trust(), this::bars, clock),
          new Secrets(() -> Secrets.Known.of(list)));
  private final CoapListener listener = new CoapListener(settings(), intake, dtls);

  private Bars bars() {
    Bars found = Bars.of(list);
    meanwhile.getAndSet(() -> {}).run();
    return found;
  }

  /** For DTLS alone, at free ports. */
  static CoapSettings settings() {
    return settings(100_000);
  }

  private static CoapSettings settings(int messagesPerSecond) {
    return new CoapSettings(
        "127.0.0.1",
        0,
        0,
        false,
        100,
        10,
        64,
        Duration.ofSeconds(7),
        5_000,
        1 << 20,
        64,
        messagesPerSecond,
        256 << 10);
  }

  private static Credential gateway() {
    return OURS.credential(new Identity(Role.GATEWAY, "g1"), "127.0.0.1");
  }

  private static Credential device(String name) {
    return OURS.credential(new Identity(Role.DEVICE, name));
  }

  @BeforeEach
  void start() throws Exception {
    listener.start();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable client : clients) {
      client.close();
    }
    listener.close();
  }

  private DtlsClient with(@Nullable Credential credential) throws IOException {
    DtlsClient client = new DtlsClient(OURS.root(), credential);
    clients.add(client);
    return client;
  }

  private CoapResponse post(DtlsClient client, String device, byte[] payload) throws Exception {
    return client.post(
        "coaps://127.0.0.1:" + listener.dtlsPort() + "/devices/" + device + "/telemetry",
        PayloadType.BATCH.contentFormat(),
        payload);
  }

  private CoapResponse post(DtlsClient client, String device) throws Exception {
    return post(client, device, Batches.readings(device, 0, 1));
  }

  @Test
  void aDeviceIsAnsweredUnderItsOwnName() throws Exception {
    assertThat(listener.port()).isEqualTo(-1);
    DtlsClient client = with(device("d1"));
    assertThat(post(client, "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
    byte[] large = Batches.readings("d1", 1, 5_000);
    assertThat(large.length).isGreaterThan(2_000);
    assertThat(post(client, "d1", large).getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(intake.offers()).extracting(it -> it.delivery().device()).containsOnly("d1");
    assertThat(intake.offers().get(1).delivery().payload()).isEqualTo(large);
    assertThat(listener.dtlsConnections()).isEqualTo(1);
    assertThat(listener.dtlsHandshakes()).isZero();
  }

  // ---- keys instead of certificates

  private static byte[] key(int seed) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) seed);
    return key;
  }

  private void listed(Secret... secrets) {
    list = new AccessList(list.version() + 1, List.of(), List.of(secrets), List.of());
  }

  private static Secret secret(String device, int seed) {
    return new Secret(device, "", key(seed));
  }

  private DtlsClient knowing(String name, byte[] key, CipherSuite... suites) throws IOException {
    DtlsClient client = new DtlsClient(name, key, suites);
    clients.add(client);
    return client;
  }

  /** What constrained devices speak (RFC 7925, section 4.3), and what computers do. */
  @ParameterizedTest
  @EnumSource(
      value = CipherSuite.class,
      names = {
        "TLS_PSK_WITH_AES_128_CCM_8",
        "TLS_PSK_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256"
      })
  void aDeviceWithItsKeyIsAnsweredUnderItsOwnName(CipherSuite suite) throws Exception {
    listed(secret("d1", 1), secret("d2", 2));
    DtlsClient client = knowing("d1", key(1), suite);
    assertThat(post(client, "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
    CoapResponse refused = post(client, "d2");
    assertThat(refused.getCode()).isEqualTo(ResponseCode.FORBIDDEN);
    assertThat(refused.getResponseText()).contains("this is device d1").contains("not those of d2");
    assertThat(post(with(device("d3")), "d3").getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(intake.offers())
        .extracting(it -> it.delivery().device())
        .containsExactly("d1", "d3");
  }

  /** Of a wrong key, one of another device, an unknown name and a shut-out device alike. */
  @Test
  void aWrongKeyIsNotAnsweredAndDisplacesNobody() throws Exception {
    list =
        new AccessList(
            1,
            List.of(new Barred("device", "out", 0)),
            List.of(secret("d1", 1), secret("d2", 2), secret("out", 3)),
            List.of());
    DtlsClient good = knowing("d1", key(1));
    assertThat(post(good, "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
    List<Thread> threads = new ArrayList<>();
    int wrong = 0;
    for (DtlsClient client :
        List.of(
            knowing("d1", key(9)),
            knowing("d1", key(2)),
            knowing("nobody", key(1)),
            knowing("out", key(3)))) {
      Thread thread =
          new Thread(
              () ->
                  assertThatThrownBy(() -> post(client, "d1"))
                      .isInstanceOfAny(IOException.class, ConnectorException.class));
      thread.start();
      threads.add(thread);
      wrong++;
      int counted = wrong;
      await().until(() -> listener.wrongKeys() == counted);
      assertThat(post(good, "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
    }
    assertThat(listener.dtlsHandshakes()).as("all the same to who looks on").isEqualTo(4);
    assertThat(listener.dtlsConnections()).isEqualTo(5);
    assertThat(intake.offers()).extracting(it -> it.delivery().device()).containsOnly("d1");
    for (AutoCloseable client : clients) {
      client.close();
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Test
  void aKeyThatIsWithdrawnOrReplacedCountsNoMore() throws Exception {
    listed(secret("d1", 1), secret("d2", 2));
    DtlsClient first = knowing("d1", key(1));
    DtlsClient second = knowing("d2", key(2));
    assertThat(post(knowing("d1", key(1)), "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(post(first, "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(post(second, "d2").getCode()).isEqualTo(ResponseCode.CHANGED);
    await("of one device the last keys are kept").until(() -> listener.dtlsConnections() == 2);
    listed(secret("d1", 7));
    for (CoapResponse refused : List.of(post(first, "d1"), post(second, "d2"))) {
      assertThat(refused.getCode()).isEqualTo(ResponseCode.UNAUTHORIZED);
      assertThat(refused.getResponseText()).contains("has been withdrawn or replaced");
    }
    assertThat(intake.refused()).containsExactly(Reason.NOT_AUTHORISED, Reason.NOT_AUTHORISED);
    listener.lookAgain();
    await().until(() -> listener.dtlsConnections() == 0);
    assertThat(post(knowing("d1", key(7)), "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
  }

  @Test
  void whatComesLateIsAnsweredToo() throws Exception {
    intake.hold();
    DtlsClient client = with(device("d1"));
    Thread releases =
        new Thread(
            () -> {
              await().until(() -> intake.held() == 1);
              await().pollDelay(Duration.ofMillis(1_700)).until(() -> true);
              intake.release();
            });
    releases.start();
    assertThat(post(client, "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
    releases.join();
    await().until(() -> listener.late() == 0);
  }

  @Test
  void anothersPathIsRefused() throws Exception {
    DtlsClient client = with(device("d1"));
    CoapResponse refused = post(client, "d2");
    assertThat(refused.getCode()).isEqualTo(ResponseCode.FORBIDDEN);
    assertThat(refused.getResponseText()).contains("this is device d1").contains("not those of d2");
    assertThat(intake.refused()).containsExactly(Reason.NOT_AUTHORISED);
    assertThat(intake.offers()).isEmpty();
  }

  @Test
  void whoIsNotBelievedIsNotLetIn() throws Exception {
    Instant now = Instant.now();
    Identity d1 = new Identity(Role.DEVICE, "d1");
    assertRefused(UntrustedException.Reason.UNKNOWN_AUTHORITY, OTHERS.credential(d1));
    assertRefused(
        UntrustedException.Reason.EXPIRED,
        OURS.credential(d1, now.minusSeconds(60), now.minusSeconds(2)));
    assertRefused(
        UntrustedException.Reason.NOT_YET_VALID,
        OURS.credential(d1, now.plusSeconds(60), now.plusSeconds(120)));
    assertRefused(UntrustedException.Reason.WRONG_ROLE, gateway());
    assertRefused(UntrustedException.Reason.NO_CERTIFICATE, null);
    assertThat(listener.handshakesFailed()).isZero();
    await().until(() -> listener.dtlsConnections() == 0);
  }

  @Test
  void whoIsShutOutIsDisconnectedAndNotLetInUntilItMayAgain() throws Exception {
    DtlsClient other = with(device("d2"));
    assertThat(post(other, "d2").getCode()).isEqualTo(ResponseCode.CHANGED);
    DtlsClient client = with(device("d1"));
    assertThat(post(client, "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(listener.dtlsConnections()).isEqualTo(2);

    list = new AccessList(7, List.of(new Barred("device", "d1", 0)), List.of(), List.of());
    assertThat(post(client, "d1").getCode()).as("before").isEqualTo(ResponseCode.UNAUTHORIZED);
    listener.lookAgain();

    await().until(() -> listener.dtlsConnections() == 1);
    await()
        .untilAsserted(
            () ->
                assertThat(listener.untrustedFor(UntrustedException.Reason.SHUT_OUT)).isEqualTo(1));
    assertThatThrownBy(() -> post(client, "d1"))
        .isInstanceOfAny(IOException.class, ConnectorException.class)
        .hasStackTraceContaining("CERTIFICATE_REVOKED");
    await()
        .untilAsserted(
            () ->
                assertThat(listener.untrustedFor(UntrustedException.Reason.SHUT_OUT)).isEqualTo(2));
    assertThat(post(other, "d2").getCode()).isEqualTo(ResponseCode.CHANGED);

    list = AccessList.EMPTY;
    assertThat(post(with(device("d1")), "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
  }

  @Test
  void whoIsShutOutWhileItShakesHandsIsDisconnectedToo() throws Exception {
    meanwhile.set(
        () -> {
          list = new AccessList(7, List.of(new Barred("device", "d1", 0)), List.of(), List.of());
          listener.lookAgain();
        });
    DtlsClient client = with(device("d1"));
    Thread posting =
        new Thread(
            () ->
                assertThatThrownBy(() -> post(client, "d1"))
                    .isInstanceOfAny(IOException.class, ConnectorException.class));
    posting.start();
    await()
        .untilAsserted(
            () ->
                assertThat(listener.untrustedFor(UntrustedException.Reason.SHUT_OUT)).isEqualTo(1));
    await().until(() -> listener.dtlsConnections() == 0);
    client.close();
    posting.join();
    assertThat(intake.offers()).isEmpty();
  }

  private void assertRefused(UntrustedException.Reason reason, @Nullable Credential credential)
      throws Exception {
    DtlsClient client = with(credential);
    assertThatThrownBy(() -> post(client, "d1"))
        .isInstanceOfAny(IOException.class, ConnectorException.class);
    await().untilAsserted(() -> assertThat(listener.untrustedFor(reason)).isEqualTo(1));
    assertThat(intake.offers()).isEmpty();
  }

  @Test
  void whatASessionWasGoodForEndsWithItsCertificate() throws Exception {
    DtlsClient client = with(device("d1"));
    assertThat(post(client, "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
    clock.ahead = Duration.ofHours(2);
    CoapResponse refused = post(client, "d1");
    assertThat(refused.getCode()).isEqualTo(ResponseCode.UNAUTHORIZED);
    assertThat(refused.getResponseText()).contains("was valid until").contains("renew it");
    assertThat(intake.refused()).containsExactly(Reason.NOT_AUTHORISED);
  }

  @Test
  void aRenewedCredentialCountsForTheNextHandshake() throws Exception {
    DtlsClient before = with(device("d1"));
    assertThat(post(before, "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
    Credential renewed = gateway();
    own.replace(renewed);
    DtlsClient next = with(device("d2"));
    assertThat(post(next, "d2").getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(next.shown()).isEqualTo(renewed.certificate());
    assertThat(post(before, "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
  }

  @Test
  void ofOneDeviceTheLastKeysAreKept() throws Exception {
    DtlsClient other = with(device("d2"));
    assertThat(post(other, "d2").getCode()).isEqualTo(ResponseCode.CHANGED);
    for (int i = 0; i < 4; i++) {
      // As after a renewal: another certificate for the same name.
      assertThat(post(with(device("d1")), "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
      await().until(() -> listener.dtlsConnections() == 2);
    }
    assertThat(post(other, "d2").getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(listener.dtlsConnections()).isEqualTo(2);
  }

  @Test
  void handshakesThatStandStillDisplaceNobody() throws Exception {
    DtlsClient good = with(device("good"));
    assertThat(post(good, "good").getCode()).isEqualTo(ResponseCode.CHANGED);
    for (int i = 0; i < 50; i++) {
      DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
      clients.add(socket);
      begin(socket);
      assertThat(listener.dtlsHandshakes()).isLessThanOrEqualTo(10);
    }
    await().until(() -> listener.handshakesFailed() == 40);
    await().until(() -> listener.dtlsConnections() == 11);
    assertThat(post(good, "good").getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(post(with(device("d1")), "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
  }

  /** A ClientHello, and the same with the cookie that is asked for; then nothing more. */
  private void begin(DatagramSocket socket) throws IOException {
    socket.setSoTimeout(20_000);
    send(socket, hello(0, new byte[0]));
    byte[] asked = read(socket);
    // Record of 13 bytes, message of 12, version of 2 (RFC 6347, section 4.2.1).
    int length = asked[27] & 0xFF;
    byte[] cookie = Arrays.copyOfRange(asked, 28, 28 + length);
    assertThat(asked[13]).as("HelloVerifyRequest").isEqualTo((byte) 3);
    assertThat(asked.length)
        .as("no more than was sent")
        .isLessThanOrEqualTo(hello(0, new byte[0]).length);
    send(socket, hello(1, cookie));
    assertThat(read(socket)[13]).as("ServerHello").isEqualTo((byte) 2);
  }

  /** A ClientHello. */
  static byte[] hello(int sequence, byte[] cookie) {
    String extensions =
        "000a 0004 0002 0017" // supported groups: secp256r1
            + "000b 0002 01 00" // points are not compressed
            + "000d 0004 0002 0403" // signatures: ecdsa_secp256r1_sha256
            + "0017 0000"; // extended master secret
    byte[] body =
        bytes(
            "fefd %s 00 %02x %s 0002 c02b 01 00 %04x %s"
                .formatted(
                    "00".repeat(32),
                    cookie.length,
                    HexFormat.of().formatHex(cookie),
                    bytes(extensions).length,
                    extensions));
    byte[] message =
        bytes(
            "01 %06x %04x 000000 %06x %s"
                .formatted(body.length, sequence, body.length, HexFormat.of().formatHex(body)));
    return bytes(
        "16 fefd 0000 %012x %04x %s"
            .formatted(sequence, message.length, HexFormat.of().formatHex(message)));
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private void send(DatagramSocket socket, byte[] bytes) throws IOException {
    socket.send(
        new DatagramPacket(
            bytes, bytes.length, InetAddress.getLoopbackAddress(), listener.dtlsPort()));
  }

  private static byte[] read(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[2_048], 2_048);
    socket.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  @Test
  void whoSendsTooMuchIsNotLookedAt() throws Exception {
    try (CoapListener limited = new CoapListener(settings(5), intake, dtls);
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      limited.start();
      socket.connect(InetAddress.getLoopbackAddress(), limited.dtlsPort());
      for (int i = 0; i < 50; i++) {
        socket.send(new DatagramPacket(new byte[20], 20));
      }
      await().until(() -> limited.tooFast() > 0);
    }
  }

  @Test
  void whatIsNoDtlsIsNotAnswered() throws Exception {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      send(socket, "GET / HTTP/1.1".getBytes(UTF_8));
      send(socket, HexFormat.of().parseHex("40020001"));
      assertThat(post(with(device("d1")), "d1").getCode()).isEqualTo(ResponseCode.CHANGED);
      socket.setSoTimeout(1);
      assertThatThrownBy(() -> read(socket)).isInstanceOf(SocketTimeoutException.class);
    }
    assertThat(listener.dtlsConnections()).isEqualTo(1);
  }
}
