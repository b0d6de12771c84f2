package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLEAN;
import static io.tidemark.gateway.mqtt.RawMqtt.PUBACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.gateway.replication.FakeLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A message that comes again in its session gets the answer to the first, and is taken once. */
@Timeout(60)
final class MqttSessionTest {
  private static final String TOPIC = "devices/d1/telemetry";
  private static final int DUP = 0x08;
  private static final int QOS_1 = 0x32;
  private static final int[] MINUTE = RawMqtt.sessionExpiry(60);

  private final MqttRig rig = new MqttRig();
  private final FakeLog log = rig.log;
  private MqttListener listener = listener(Duration.ofHours(1), 2);

  private MqttListener listener(Duration expiryMax, int sessionsMax) {
    MqttRig.Settings settings = new MqttRig.Settings();
    settings.sessionExpiryMax = expiryMax;
    settings.sessionsMax = sessionsMax;
    return rig.listener(settings);
  }

  @BeforeEach
  void start() throws Exception {
    listener.start();
  }

  @AfterEach
  void stop() throws Exception {
    rig.closeRaws();
    listener.close();
    rig.close();
  }

  private void restart(Duration expiryMax, int sessionsMax) throws Exception {
    listener.close();
    listener = listener(expiryMax, sessionsMax);
    listener.start();
  }

  private RawMqtt connect(int version, int flags, String clientId, boolean expectPresent)
      throws IOException {
    RawMqtt raw = rig.raw(listener, version);
    Packet connack =
        version == 5 ? raw.connect(flags, clientId, MINUTE) : raw.connect(flags, clientId);
    assertThat(connack.at(1)).as("let in").isZero();
    assertThat(connack.at(0)).as("session present").isEqualTo(expectPresent ? 1 : 0);
    return raw;
  }

  private static byte[] json(int value) {
    return ("{\"t\":" + value + "}").getBytes(StandardCharsets.UTF_8);
  }

  private int rows() throws Exception {
    return rig.deliveries().size();
  }

  private static void assertAcknowledged(RawMqtt mqtt, int packetId) throws IOException {
    Packet packet = mqtt.read();
    assertThat(packet.type()).isEqualTo(PUBACK);
    assertThat(packet.packetId()).isEqualTo(packetId);
    assertThat(packet.pubackReason()).isZero();
  }

  /** The device sends message 7 and goes; then the message is committed. */
  private void commitWhileAway(int version) throws Exception {
    log.withhold(true);
    RawMqtt mqtt = connect(version, 0, "d1", false);
    mqtt.publish(7, TOPIC, json(1));
    await().until(() -> log.withheld() == 1);
    mqtt.close();
    awaitAway();
    log.withhold(false);
    log.commitWithheld();
  }

  private void awaitAway() {
    await().until(() -> listener.connections() == 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whatCommitsWhileTheDeviceIsAwayIsAcknowledgedWhenItSendsAgain(int version) throws Exception {
    commitWhileAway(version);
    RawMqtt second = connect(version, 0, "d1", true);
    second.publish(QOS_1 | DUP, 7, TOPIC, json(1));
    assertAcknowledged(second, 7);
    assertThat(rows()).isOne();
    assertThat(listener.recognized()).isOne();
    // Answered now: what comes under this packet id is another message.
    second.publish(QOS_1 | DUP, 7, TOPIC, json(1));
    assertAcknowledged(second, 7);
    assertThat(rows()).isEqualTo(2);
  }

  @Test
  void whatIsStillUncommittedIsAcknowledgedInTheNextConnection() throws Exception {
    log.withhold(true);
    connect(5, 0, "d1", false).publish(7, TOPIC, json(1));
    await().until(() -> log.withheld() == 1);
    // The old connection is still open: it is taken over.
    RawMqtt second = connect(5, 0, "d1", true);
    second.publish(QOS_1 | DUP, 7, TOPIC, json(1));
    await().until(() -> listener.recognized() == 1);
    log.withhold(false);
    log.commitWithheld();
    assertAcknowledged(second, 7);
    assertThat(rows()).isOne();
  }

  @Test
  void anotherMessageUnderThePacketIdIsTaken() throws Exception {
    commitWhileAway(5);
    RawMqtt second = connect(5, 0, "d1", true);
    second.publish(QOS_1 | DUP, 7, TOPIC, json(2));
    assertAcknowledged(second, 7);
    second.publish(7, TOPIC, json(3));
    assertAcknowledged(second, 7);
    assertThat(rows()).isEqualTo(3);
    assertThat(listener.recognized()).isZero();
  }

  @Test
  void whatIsNotSentAgainBeforeSomethingNewIsForgotten() throws Exception {
    commitWhileAway(5);
    RawMqtt second = connect(5, 0, "d1", true);
    second.publish(8, TOPIC, json(2));
    assertAcknowledged(second, 8);
    second.publish(QOS_1 | DUP, 7, TOPIC, json(1));
    assertAcknowledged(second, 7);
    assertThat(rows()).isEqualTo(3);
  }

  @Test
  void aCleanStartEndsTheSession() throws Exception {
    connect(5, 0, "d1", false).close();
    awaitAway();
    connect(5, CLEAN, "d1", false).close();
    awaitAway();
    connect(5, 0, "d1", true);
  }

  @Test
  void aCleanSessionOf311LeavesNothing() throws Exception {
    connect(4, CLEAN, "d1", false).close();
    awaitAway();
    assertThat(listener.sessionsParked()).isZero();
    connect(4, 0, "d1", false);
  }

  @Test
  void aDisconnectMayEndTheSession() throws Exception {
    RawMqtt first = connect(5, 0, "d1", false);
    first.disconnect(RawMqtt.sessionExpiry(0));
    awaitAway();
    connect(5, 0, "d1", false);
  }

  @Test
  void sessionsExpire() throws Exception {
    restart(Duration.ofMillis(1), 2);
    connect(4, 0, "d1", false).close();
    awaitAway();
    long away = System.nanoTime();
    await().until(() -> System.nanoTime() - away > 1_000_000);
    connect(4, 0, "d1", false);
  }

  @Test
  void whatIsGrantedIsSaid() throws Exception {
    restart(Duration.ofSeconds(33), 2);
    RawMqtt raw = rig.raw(listener, 5);
    assertThat(raw.connect(0, "d1", MINUTE).body())
        .as("session expiry interval 33 s")
        .containsSequence(0x11, 0, 0, 0, 33);
  }

  @Test
  void sessionsAreBounded() throws Exception {
    for (String device : List.of("d1", "d2", "d3")) {
      connect(5, 0, device, false).close();
      awaitAway();
    }
    assertThat(listener.sessionsParked()).isEqualTo(2);
    connect(5, 0, "d1", false);
    connect(5, 0, "d3", true);
  }
}
