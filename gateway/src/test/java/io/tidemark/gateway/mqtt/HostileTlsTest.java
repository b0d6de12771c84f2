package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLOSED;
import static io.tidemark.gateway.mqtt.RawMqtt.PUBACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.identity.Devices;
import io.tidemark.gateway.identity.PasswordSettings;
import io.tidemark.gateway.identity.Passwords;
import io.tidemark.gateway.identity.Secrets;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.identity.Bars;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.Tls;
import io.tidemark.wire.AccessList;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes to the port with TLS, a good device is acknowledged meanwhile. */
@Timeout(120)
final class HostileTlsTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final int MANY = 2_000;
  private static final int UNIDENTIFIED_MAX = 100;

  private final MqttRig rig = new MqttRig();
  private MqttListener listener;
  private GoodDevice good;

  @BeforeEach
  void start() throws Exception {
    MqttRig.Settings settings = new MqttRig.Settings();
    settings.unidentifiedMax = UNIDENTIFIED_MAX;
    listener = rig.listener(settings, tls());
    listener.start();
    RawMqtt first = raw("good", 5);
    assertThat(first.connect("good").at(1)).isZero();
    good = new GoodDevice(first);
  }

  private static MqttTls tls() throws Exception {
    return new MqttTls(
        new OwnCredential(OURS.credential(new Identity(Role.GATEWAY, "g1"), "127.0.0.1")),
        new Devices(OURS.trust(), () -> Bars.NONE, Clock.systemUTC()),
        new Passwords(
            new PasswordSettings(10, 10, 10),
            new Secrets(() -> Secrets.Known.of(AccessList.EMPTY)),
            Clock.systemUTC()));
  }

  @AfterEach
  void stop() throws Exception {
    good.assertServed();
    good.close();
    rig.closeRaws();
    await().until(() -> listener.connections() == 0 && listener.unidentified() == 0);
    listener.close();
    rig.close();
  }

  private RawMqtt raw(String device, int version) throws Exception {
    RawMqtt raw =
        new RawMqtt(
            new TlsDevice(OURS.trust(), OURS.credential(new Identity(Role.DEVICE, device)))
                .connected(listener.tlsPort()),
            version);
    rig.closeLater(raw);
    return raw;
  }

  private Socket socket() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.tlsPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private void assertClosedFor(CloseReason reason, long times) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(listener.closedFor(reason)).isEqualTo(times));
  }

  @Test
  void anothersBatchUnderOnesOwnTopicIsRefused() throws Exception {
    RawMqtt five = raw("d1", 5);
    assertThat(five.connect("d1").at(1)).isZero();
    five.publish(1, "devices/d1/telemetry", Batches.readings("d2", 0, 3));
    Packet refused = five.read();
    assertThat(refused.type()).isEqualTo(PUBACK);
    assertThat(refused.pubackReason()).isEqualTo(0x87);
    assertThat(refused.text()).contains("the batch is of device d2, but was sent as d1");
    assertThat(rig.intake.refusedReadings(Reason.DEVICE_MISMATCH)).isEqualTo(3);

    // Who cannot be told: it goes behind under the name in the certificate, and is set aside there.
    RawMqtt four = raw("d1", 4);
    assertThat(four.connect("d1-old").at(1)).isZero();
    four.publish(1, "devices/d1/telemetry", Batches.readings("d2", 0, 3));
    assertThat(four.read().type()).isEqualTo(PUBACK);
    assertThat(rig.deliveries()).noneMatch(delivery -> delivery.device().equals("d2"));
  }

  /** Whatever this Java, or the next, would speak by itself. */
  @Test
  void itIsSaidWhichVersionsAndCiphersAreSpoken() throws Exception {
    try (MqttTls tls = tls()) {
      SSLEngine engine = tls.handler().engine();
      assertThat(engine.getEnabledProtocols()).containsExactly("TLSv1.3", "TLSv1.2");
      assertThat(engine.getEnabledCipherSuites()).containsExactly(Tls.ciphers());
    }
  }

  /** The beginning of a ClientHello of that version at most, which is all that is looked at. */
  @ParameterizedTest
  @ValueSource(strings = {"0300", "0301", "0302"})
  void versionsOfBeforeAreNotSpoken(String version) throws Exception {
    String hello =
        "16 0301 002f 01 00002b " + version + " 00".repeat(32) + " 00 0004 c009 c00a 01 00";
    try (Socket socket = socket()) {
      socket.getOutputStream().write(HexFormat.of().parseHex(hello.replace(" ", "")));
      byte[] alert = socket.getInputStream().readAllBytes();
      assertThat(alert).hasSize(7).startsWith(0x15).endsWith(2, 70); // fatal, protocol_version
    }
    assertClosedFor(CloseReason.HANDSHAKE, 1);
  }

  @Test
  void thousandsThatSendOneByteHaveTheirTimeAndNoMoreRoomThanThere() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < MANY; i++) {
        Socket socket = socket();
        slow.add(socket);
        socket.getOutputStream().write(0x16);
        assertThat(listener.unidentified()).isLessThanOrEqualTo(UNIDENTIFIED_MAX);
      }
      good.assertServed();
      // Each had to go, for the ones that came after it or as its time was over.
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  listener.closedFor(CloseReason.UNIDENTIFIED)
                          + listener.closedFor(CloseReason.HANDSHAKE)
                      == MANY);
      assertThat(listener.closedFor(CloseReason.UNIDENTIFIED)).isPositive();
      for (Socket each : slow) {
        assertThat(each.getInputStream().read()).isEqualTo(-1);
      }
    } finally {
      for (Socket each : slow) {
        each.close();
      }
    }
  }

  @Test
  void connectionsThatComeAndGoDisturbNobody() throws Exception {
    byte[] clear = HexFormat.of().parseHex("100d00044d5154540402003c000168");
    for (int i = 0; i < MANY; i++) {
      socket().close();
    }
    good.assertServed();
    for (int i = 0; i < UNIDENTIFIED_MAX; i++) {
      try (Socket socket = socket()) {
        socket.getOutputStream().write(clear);
        byte[] answer = socket.getInputStream().readAllBytes();
        assertThat(answer).as("no CONNACK").isEmpty();
      }
    }
    assertClosedFor(CloseReason.HANDSHAKE, UNIDENTIFIED_MAX);
    RawMqtt next = raw("d1", 5);
    assertThat(next.connect("d1").at(1)).isZero();
    next.publish(1, "devices/d1/telemetry", Batches.readings("d1", 0, 1));
    assertThat(next.read().pubackReason()).isZero();
    next.close();
    assertThat(next.read().type()).isEqualTo(CLOSED);
  }
}
