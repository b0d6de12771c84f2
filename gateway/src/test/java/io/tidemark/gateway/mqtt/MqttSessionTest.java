package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLEAN;
import static io.tidemark.gateway.mqtt.RawMqtt.PUBACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.intake.IntakeSettings;
import io.tidemark.gateway.intake.LogIntake;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.gateway.replication.CommittedEntry;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
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

  private final FakeLog log = new FakeLog();
  private final Vertx vertx = Vertx.vertx();
  private final LogIntake intake =
      new LogIntake(
          new IntakeSettings(
              "g1", 4 << 20, 1 << 20, 4, Duration.ofSeconds(20), Duration.ofMillis(10)),
          log,
          Clock.systemUTC());
  private final List<RawMqtt> raws = new ArrayList<>();
  private MqttListener listener = listener(Duration.ofHours(1), 2);

  private MqttListener listener(Duration expiryMax, int sessionsMax) {
    return new MqttListener(
        vertx,
        new MqttSettings(
            "127.0.0.1",
            0,
            100,
            5,
            5,
            Duration.ofSeconds(5),
            expiryMax,
            sessionsMax,
            100,
            100,
            10_000,
            1 << 20,
            Duration.ofSeconds(5)),
        intake);
  }

  @BeforeEach
  void start() throws Exception {
    listener.start();
  }

  @AfterEach
  void stop() throws Exception {
    for (RawMqtt raw : raws) {
      raw.close();
    }
    listener.close();
    log.withhold(false);
    log.commitWithheld();
    intake.close();
    vertx.close().toCompletionStage().toCompletableFuture().get();
  }

  private void restart(Duration expiryMax, int sessionsMax) throws Exception {
    listener.close();
    listener = listener(expiryMax, sessionsMax);
    listener.start();
  }

  private RawMqtt connect(int version, int flags, String clientId, boolean expectPresent)
      throws IOException {
    RawMqtt raw = new RawMqtt(listener.port(), version);
    raws.add(raw);
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
    int deliveries = 0;
    for (CommittedEntry entry : log.read(0, Integer.MAX_VALUE).entries()) {
      List<Delivery> its = ForwardCodec.decodeEntry(entry.bytes()).deliveries();
      deliveries += its.size();
    }
    return deliveries;
  }

  private static void assertAcknowledged(RawMqtt mqtt, int packetId) throws IOException {
    Packet packet = mqtt.read();
    assertThat(packet.type()).isEqualTo(PUBACK);
    assertThat(packet.packetId()).isEqualTo(packetId);
    assertThat(packet.pubackReason()).isZero();
  }

  private void awaitAway() {
    await().until(() -> listener.connections() == 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whatCommitsWhileTheDeviceIsAwayIsAcknowledgedWhenItSendsAgain(int version) throws Exception {
    log.withhold(true);
    RawMqtt first = connect(version, 0, "d1", false);
    first.publish(7, TOPIC, json(1));
    await().until(() -> log.withheld() == 1);
    first.close();
    awaitAway();
    log.withhold(false);
    log.commitWithheld();
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
    log.withhold(true);
    RawMqtt first = connect(5, 0, "d1", false);
    first.publish(7, TOPIC, json(1));
    await().until(() -> log.withheld() == 1);
    first.close();
    awaitAway();
    log.withhold(false);
    log.commitWithheld();
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
    log.withhold(true);
    RawMqtt first = connect(5, 0, "d1", false);
    first.publish(7, TOPIC, json(1));
    await().until(() -> log.withheld() == 1);
    first.close();
    awaitAway();
    log.withhold(false);
    log.commitWithheld();
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
    RawMqtt raw = new RawMqtt(listener.port(), 5);
    raws.add(raw);
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
