package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLEAN;
import static io.tidemark.gateway.mqtt.RawMqtt.CLOSED;
import static io.tidemark.gateway.mqtt.RawMqtt.CONNACK;
import static io.tidemark.gateway.mqtt.RawMqtt.DISCONNECT;
import static io.tidemark.gateway.mqtt.RawMqtt.PUBACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.identity.Devices;
import io.tidemark.gateway.identity.PasswordSettings;
import io.tidemark.gateway.identity.Passwords;
import io.tidemark.gateway.identity.Secrets;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.gateway.mqtt.RawMqtt.Will;
import io.tidemark.identity.Bars;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.Trust;
import io.tidemark.wire.AccessList;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who comes to the port with TLS, by whatever certificate, or none. */
@Timeout(60)
final class MqttTlsTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");

  /** The beginning of a ClientHello that wants TLS 1.1 at most; all of it has 45 bytes more. */
  private static final String CLIENT_HELLO_11 =
      "16 0301 002f 01 00002b 0302" + " 00".repeat(32) + " 00 0004 c009 c00a 01 00";

  private final MqttRig rig = new MqttRig();
  private final Trust trust = OURS.trust();
  private final OwnCredential own = new OwnCredential(gateway());
  private final MqttRig.Settings settings = new MqttRig.Settings();
  private volatile AccessList list = AccessList.EMPTY;
  private @Nullable MqttListener listening;

  private static Credential gateway() {
    return OURS.credential(new Identity(Role.GATEWAY, "g1"), "127.0.0.1");
  }

  private static Credential device(String name) {
    return OURS.credential(new Identity(Role.DEVICE, name));
  }

  @BeforeEach
  void start() throws Exception {
    settings.unidentifiedMax = 50;
    MqttListener made =
        rig.listener(
            settings,
            new MqttTls(
                own,
                new Devices(trust, () -> Bars.of(list), Clock.systemUTC()),
                new Passwords(
                    new PasswordSettings(10, 10, 10),
                    new Secrets(() -> Secrets.Known.of(list)),
                    Clock.systemUTC())));
    made.start();
    listening = made;
  }

  @AfterEach
  void stop() throws Exception {
    rig.closeRaws();
    await().until(() -> listener().connections() == 0 && listener().unidentified() == 0);
    assertThat(listener().unfinishedBytes()).isZero();
    listener().close();
    rig.close();
  }

  private MqttListener listener() {
    if (listening == null) {
      throw new IllegalStateException("not started");
    }
    return listening;
  }

  private TlsDevice with(@Nullable Credential credential) throws Exception {
    return new TlsDevice(OURS.trust(), credential);
  }

  private RawMqtt raw(TlsDevice device, int version, String... tls) throws Exception {
    RawMqtt raw = new RawMqtt(device.connected(listener().tlsPort(), tls), version);
    rig.closeLater(raw);
    return raw;
  }

  private RawMqtt connected(String device, int version, String clientId) throws Exception {
    RawMqtt raw = raw(with(device(device)), version);
    assertThat(raw.connect(clientId).at(1)).isZero();
    return raw;
  }

  private void assertClosedFor(CloseReason reason, long times) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(listener().closedFor(reason)).isEqualTo(times));
  }

  private static void publish(RawMqtt mqtt, int id, String device) throws IOException {
    mqtt.publish(id, "devices/" + device + "/telemetry", Batches.readings(device, 0, 1));
  }

  @ParameterizedTest
  @CsvSource({"5, TLSv1.3", "5, TLSv1.2", "4, TLSv1.3", "4, TLSv1.2"})
  void aDeviceIsAcknowledgedUnderItsOwnName(int version, String tls) throws Exception {
    RawMqtt mqtt = raw(with(device("d1")), version, tls);
    assertThat(mqtt.connect("any id").at(1)).isZero();
    publish(mqtt, 7, "d1");
    Packet answer = mqtt.read();
    assertThat(answer.type()).isEqualTo(PUBACK);
    assertThat(answer.pubackReason()).isZero();
    assertThat(rig.deliveries()).singleElement().matches(it -> it.device().equals("d1"));
  }

  @Test
  void anothersTopicIsRefused() throws Exception {
    RawMqtt mqtt = connected("d1", 5, "d2");
    publish(mqtt, 1, "d2");
    Packet refused = mqtt.read();
    assertThat(refused.pubackReason()).isEqualTo(0x87);
    assertThat(refused.text()).contains("this is device d1").contains("not those of d2");
    publish(mqtt, 2, "d1");
    assertThat(mqtt.read().pubackReason()).isZero();

    RawMqtt old = connected("d1", 4, "d1");
    publish(old, 1, "d2");
    assertThat(old.read().type()).isEqualTo(CLOSED);
    assertClosedFor(CloseReason.UNACKNOWLEDGED, 1);
    assertThat(rig.intake.refusedReadings(Reason.NOT_AUTHORISED)).isEqualTo(2);
    assertThat(rig.deliveries()).singleElement().matches(it -> it.device().equals("d1"));
  }

  @Test
  void nothingOfAnotherIsTakenWithoutPromise() throws Exception {
    RawMqtt mqtt = connected("d1", 5, "d1");
    mqtt.publish(0x30, 0, "devices/d2/telemetry", Batches.readings("d2", 0, 1));
    await().untilAsserted(() -> assertThat(listener().qos0Lost()).isEqualTo(1));
    assertThat(rig.deliveries()).isEmpty();
  }

  @Test
  void anothersWillIsRefusedAndOnesOwnIsSaidUnderItsName() throws Exception {
    Will others = Will.of("devices/d2/status", "gone");
    Packet refused = raw(with(device("d1")), 5).connect(CLEAN, "d2", others);
    assertThat(refused.at(1)).isEqualTo(0x87);
    assertThat(refused.text()).contains("names another device");
    assertThat(raw(with(device("d1")), 4).connect(CLEAN, "d2", others).at(1)).isEqualTo(5);
    assertClosedFor(CloseReason.NOT_AUTHORISED, 2);

    RawMqtt mqtt = raw(with(device("d1")), 5);
    assertThat(mqtt.connect(CLEAN, "d2", Will.of("tele/LWT", "gone")).at(1)).isZero();
    mqtt.close();
    await().until(() -> listener().wills(WillOutcome.COMMITTED) == 1);
    assertThat(rig.deliveries()).singleElement().matches(it -> it.device().equals("d1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void whoIsNotBelievedIsNotLetIn(String tls) throws Exception {
    Instant now = Instant.now();
    Identity d1 = new Identity(Role.DEVICE, "d1");
    assertRefused(CloseReason.UNKNOWN_AUTHORITY, OTHERS.credential(d1), tls);
    assertRefused(
        CloseReason.EXPIRED, OURS.credential(d1, now.minusSeconds(60), now.minusSeconds(2)), tls);
    assertRefused(
        CloseReason.NOT_YET_VALID,
        OURS.credential(d1, now.plusSeconds(60), now.plusSeconds(120)),
        tls);
    assertRefused(CloseReason.WRONG_ROLE, gateway(), tls);
    assertThat(listener().closedFor(CloseReason.HANDSHAKE)).isZero();
  }

  /**
   * In TLS 1.3 a client is done before the server has looked at its certificate; in TLS 1.2 it may
   * still be sending when the server has closed, and does not hear why then.
   */
  private void assertRefused(CloseReason reason, Credential credential, String tls)
      throws Exception {
    assertThatThrownBy(
            () -> {
              SSLSocket socket = with(credential).connected(listener().tlsPort(), tls);
              assertThat(socket.getInputStream().read()).isEqualTo(-1);
            })
        .satisfiesAnyOf(
            thrown ->
                assertThat(thrown).isInstanceOf(SSLException.class).hasMessageContaining("alert"),
            thrown -> assertThat(thrown).isInstanceOf(SocketException.class));
    assertClosedFor(reason, 1);
  }

  private void barred(AccessList.Barred... barred) {
    list = new AccessList(list.version() + 1, List.of(barred), List.of(), List.of());
    listener().lookAgain();
  }

  @Test
  void whoIsShutOutIsDisconnectedAndNotLetInUntilItMayAgain() throws Exception {
    RawMqtt other = connected("d2", 5, "d2");
    RawMqtt five = raw(with(device("d1")), 5);
    assertThat(five.connect(0, "of five", null, RawMqtt.sessionExpiry(600)).at(1)).isZero();
    RawMqtt old = raw(with(device("d1")), 4);
    assertThat(old.connect(0, "of old", null).at(1)).isZero();
    RawMqtt away = raw(with(device("d1")), 5);
    assertThat(away.connect(0, "away", null, RawMqtt.sessionExpiry(600)).at(1)).isZero();
    away.close();
    await().until(() -> listener().sessionsParked() == 1);
    publish(five, 1, "d1");
    assertThat(five.read().pubackReason()).isZero();

    barred(new AccessList.Barred("device", "d1", 0), new AccessList.Barred("gateway", "d2", 0));

    Packet told = five.read();
    assertThat(told.type()).isEqualTo(DISCONNECT);
    assertThat(told.at(0)).isEqualTo(0x98);
    assertThat(told.text()).contains("device d1 is shut out: what it has waits");
    assertThat(old.read().type()).isEqualTo(CLOSED);
    await().until(() -> listener().connections() == 1);
    assertThat(listener().sessionsParked()).as("sessions").isZero();
    assertClosedFor(CloseReason.SHUT_OUT, 2);
    publish(other, 1, "d2");
    assertThat(other.read().pubackReason()).isZero();
    Packet refused = raw(with(device("d1")), 5).connect("of five");
    assertThat(refused.at(1)).isEqualTo(0x8a);
    assertThat(refused.text()).contains("device d1 is shut out");
    assertThat(raw(with(device("d1")), 4).connect("of old").at(1)).isEqualTo(5);
    assertClosedFor(CloseReason.SHUT_OUT, 4);

    barred();
    publish(connected("d1", 5, "of five"), 2, "d1");
    await().until(() -> rig.deliveries().size() == 3);
  }

  /** One that is connected, one that broke off a while ago, and one whose name is another's now. */
  @Test
  void nothingIsSaidForWhoWouldNotBeLetInAnyMore() throws Exception {
    Will gone = Will.of("devices/d1/status", "gone");
    RawMqtt five = raw(with(device("d1")), 5);
    assertThat(five.connect(CLEAN, "five", gone).at(1)).isZero();
    RawMqtt old = raw(with(device("d1")), 4);
    assertThat(old.connect(CLEAN, "old", gone).at(1)).isZero();
    RawMqtt away = raw(with(device("d1")), 5);
    Will later = Will.of("devices/d1/status", "gone", Will.delay(200));
    assertThat(away.connect(0, "away", later, RawMqtt.sessionExpiry(600)).at(1)).isZero();
    away.close();
    await().until(() -> listener().sessionsParked() == 1);
    Instant now = Instant.now();
    Identity d2 = new Identity(Role.DEVICE, "d2");
    RawMqtt stolen = raw(with(OURS.credential(d2, now.minusSeconds(300), now.plusSeconds(600))), 5);
    assertThat(stolen.connect(CLEAN, "stolen", Will.of("any", "gone")).at(1)).isZero();

    barred(
        new AccessList.Barred("device", "d1", 0),
        new AccessList.Barred("device", "d2", now.minusSeconds(200).toEpochMilli()));

    await().until(() -> listener().wills(WillOutcome.REFUSED) == 4);
    await().until(() -> listener().connections() == 0);
    assertThat(listener().willsWaitingBytes()).isZero();
    assertThat(listener().wills(WillOutcome.COMMITTED)).isZero();
    assertThat(rig.deliveries()).isEmpty();
  }

  @Test
  void aCertificateFromBeforeItsDeviceWasEnrolledAnewIsVoid() throws Exception {
    Instant now = Instant.now();
    Identity d1 = new Identity(Role.DEVICE, "d1");
    Credential stolen = OURS.credential(d1, now.minusSeconds(300), now.plusSeconds(600));
    Instant anew = now.minusSeconds(200).truncatedTo(ChronoUnit.SECONDS);
    RawMqtt mqtt = raw(with(stolen), 5);
    assertThat(mqtt.connect("d1").at(1)).isZero();
    RawMqtt good = raw(with(OURS.credential(d1, anew, now.plusSeconds(600))), 5);
    assertThat(good.connect("other").at(1)).isZero();

    barred(new AccessList.Barred("device", "d1", anew.toEpochMilli()));

    Packet told = mqtt.read();
    assertThat(told.at(0)).isEqualTo(0x87);
    assertThat(told.text()).contains("has been enrolled anew, so its certificates from before");
    publish(good, 1, "d1");
    assertThat(good.read().pubackReason()).isZero();
    assertClosedFor(CloseReason.SUPERSEDED, 1);
    assertThat(raw(with(stolen), 5).connect("d1").at(1)).isEqualTo(0x87);
    assertClosedFor(CloseReason.SUPERSEDED, 2);
  }

  @Test
  void whoHasNoCertificateIsToldSo() throws Exception {
    Packet refused = raw(with(null), 5).connect("d1");
    assertThat(refused.type()).isEqualTo(CONNACK);
    assertThat(refused.at(1)).isEqualTo(0x87);
    assertThat(refused.text())
        .contains("has shown no certificate, nor a user name and password: enrol it, or");
    assertThat(raw(with(null), 4).connect("d1").at(1)).isEqualTo(5);
    assertClosedFor(CloseReason.NO_CERTIFICATE, 2);
  }

  @Test
  void whatIsNoTlsOfTodayEndsTheConnection() throws Exception {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener().tlsPort());
    socket.setSoTimeout(20_000);
    socket.getOutputStream().write(HexFormat.of().parseHex(CLIENT_HELLO_11.replace(" ", "")));
    byte[] alert = socket.getInputStream().readAllBytes();
    assertThat(alert).hasSize(7).startsWith(0x15).endsWith(2, 70); // fatal, protocol_version
    assertClosedFor(CloseReason.HANDSHAKE, 1);

    RawMqtt clear = new RawMqtt(listener().tlsPort(), 5);
    rig.closeLater(clear);
    clear.send(0x10, "'MQTT' 05 02 003c 00 'd1'");
    assertThat(clear.read().type()).isEqualTo(CLOSED);
    assertClosedFor(CloseReason.HANDSHAKE, 2);
    assertThatThrownBy(() -> with(device("d1")).connected(listener().port()))
        .isInstanceOf(IOException.class);
    assertClosedFor(CloseReason.MALFORMED, 1);
  }

  @Test
  void thousandsOfSlowHandshakesDisplaceNobody() throws Exception {
    RawMqtt good = connected("good", 5, "good");
    try (GoodDevice device = new GoodDevice(good)) {
      byte[] begun = HexFormat.of().parseHex(CLIENT_HELLO_11.substring(0, 20).replace(" ", ""));
      List<Socket> slow = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener().tlsPort());
        socket.getOutputStream().write(begun);
        slow.add(socket);
        assertThat(listener().unidentified()).isLessThanOrEqualTo(settings.unidentifiedMax);
      }
      device.assertServed();
      assertClosedFor(CloseReason.UNIDENTIFIED, 500 - settings.unidentifiedMax);
      // One that comes now has its place, and the others have their time.
      assertThat(raw(with(device("d1")), 5).connect("d1").at(1)).isZero();
      assertClosedFor(CloseReason.HANDSHAKE, settings.unidentifiedMax - 1);
      assertClosedFor(CloseReason.UNIDENTIFIED, 500 - settings.unidentifiedMax + 1);
      device.assertServed();
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void whoGoesByItselfIsNotCounted() throws Exception {
    new Socket(InetAddress.getLoopbackAddress(), listener().tlsPort()).close();
    await().until(() -> listener().unidentified() == 0);
    assertThat(raw(with(device("d1")), 5).connect("d1").at(1)).isZero();
    assertThat(listener().closedFor(CloseReason.HANDSHAKE)).isZero();
  }

  @Test
  void oneThatOnlyShakesHandsHasNoMoreTime() throws Exception {
    SSLSocket socket = with(device("d1")).connected(listener().tlsPort());
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
    assertClosedFor(CloseReason.CONNECT_TIMEOUT, 1);
  }

  @Test
  void aClientIdTakesOverNoOthersConnectionOrSession() throws Exception {
    RawMqtt first = raw(with(device("d1")), 5);
    assertThat(first.connect(0, "same", RawMqtt.sessionExpiry(60)).at(1)).isZero();
    RawMqtt other = raw(with(device("d2")), 5);
    Packet connack = other.connect(0, "same", RawMqtt.sessionExpiry(60));
    assertThat(connack.at(0)).as("session present").isZero();
    publish(first, 1, "d1");
    assertThat(first.read().pubackReason()).isZero();

    RawMqtt again = raw(with(device("d1")), 5);
    assertThat(again.connect(0, "same", RawMqtt.sessionExpiry(60)).at(0)).isEqualTo(1);
    assertThat(first.read().at(0)).as("session taken over").isEqualTo(0x8E);
    publish(other, 1, "d2");
    assertThat(other.read().pubackReason()).isZero();
    other.close();
    again.close();
    await().until(() -> listener().sessionsParked() == 2);
    RawMqtt third = raw(with(device("d3")), 5);
    assertThat(third.connect(CLEAN, "same").at(0)).isZero();
    assertThat(listener().sessionsParked()).isEqualTo(2);
  }

  @Test
  void aRenewedCredentialCountsForTheNextHandshake() throws Exception {
    RawMqtt before = connected("d1", 5, "d1");
    TlsDevice d2 = with(device("d2"));
    for (int i = 0; i < 2; i++) {
      Credential renewed = gateway();
      own.replace(renewed);
      SSLSocket socket = new TlsDevice(OURS.trust(), device("d2")).connected(listener().tlsPort());
      assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(renewed.certificate());
      socket.close();
    }
    publish(before, 1, "d1");
    assertThat(before.read().pubackReason()).isZero();
    assertThat(raw(d2, 5).connect("d2").at(1)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 4})
  void aConnectionEndsWithItsCertificate(int version) throws Exception {
    Instant now = Instant.now();
    Credential ending =
        OURS.credential(
            new Identity(Role.DEVICE, "d1"), now.minusSeconds(10), now.plusMillis(5_800));
    RawMqtt mqtt = raw(with(ending), version);
    assertThat(mqtt.connect("d1").at(1)).isZero();
    publish(mqtt, 1, "d1");
    assertThat(mqtt.read().type()).isEqualTo(PUBACK);
    Packet end = mqtt.read();
    assertThat(Instant.now()).isAfterOrEqualTo(ending.notAfter());
    if (version == 5) {
      assertThat(end.type()).isEqualTo(DISCONNECT);
      assertThat(end.at(0)).isEqualTo(0x87);
      assertThat(end.text()).contains("was valid until %s: renew it".formatted(ending.notAfter()));
    } else {
      assertThat(end.type()).isEqualTo(CLOSED);
    }
    assertClosedFor(CloseReason.CERTIFICATE_ENDED, 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void whoGoesOnWithASessionOfBeforeIsLookedAtAgain(String tls) throws Exception {
    TlsDevice d1 = with(device("d1"));
    RawMqtt first = raw(d1, 5, tls);
    assertThat(first.connect("d1").at(1)).isZero();
    publish(first, 1, "d1");
    assertThat(first.read().type()).isEqualTo(PUBACK);
    RawMqtt second = raw(d1, 5, tls);
    assertThat(second.connect("d1").at(1)).isZero();
    publish(second, 1, "d2");
    assertThat(second.read().pubackReason()).isEqualTo(0x87);

    trust.replace(List.of(OTHERS.root()));
    SSLSocket refused = d1.connected(listener().tlsPort(), tls);
    // Not an alert, which who shakes hands anew would get.
    assertThat(refused.getInputStream().read()).isEqualTo(-1);
    assertClosedFor(CloseReason.UNKNOWN_AUTHORITY, 1);
  }

  @Test
  void nobodyShakesHandsTwice() throws Exception {
    SSLSocket socket = with(device("d1")).connected(listener().tlsPort(), "TLSv1.2");
    RawMqtt mqtt = new RawMqtt(socket, 5);
    rig.closeLater(mqtt);
    assertThat(mqtt.connect("d1").at(1)).isZero();
    assertThatThrownBy(
            () -> {
              socket.startHandshake();
              publish(mqtt, 1, "d1");
              assertThat(mqtt.read().type()).isEqualTo(PUBACK);
            })
        .isInstanceOfAny(IOException.class, AssertionError.class);
    assertClosedFor(CloseReason.HANDSHAKE, 1);
  }
}
