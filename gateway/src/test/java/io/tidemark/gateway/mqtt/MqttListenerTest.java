package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLOSED;
import static io.tidemark.gateway.mqtt.RawMqtt.CONNACK;
import static io.tidemark.gateway.mqtt.RawMqtt.DISCONNECT;
import static io.tidemark.gateway.mqtt.RawMqtt.PINGRESP;
import static io.tidemark.gateway.mqtt.RawMqtt.PUBACK;
import static io.tidemark.gateway.mqtt.RawMqtt.SUBACK;
import static io.tidemark.gateway.mqtt.RawMqtt.UNSUBACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.intake.LogIntake;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.gateway.replication.State;
import io.tidemark.testing.FreePort;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Limits;
import io.tidemark.wire.PayloadType;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MqttListenerTest {
  private static final String TOPIC = "devices/d1/telemetry";

  private final MqttRig rig = new MqttRig();
  private final FakeLog log = rig.log;
  private final LogIntake intake = rig.intake;
  private MqttListener listener = listener(0, 100);

  private MqttListener listener(int port, int connectionsMax) {
    MqttRig.Settings settings = new MqttRig.Settings();
    settings.port = port;
    settings.connectionsMax = connectionsMax;
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

  private RawMqtt raw(int version) throws IOException {
    return rig.raw(listener, version);
  }

  private RawMqtt connected(int version, String clientId) throws IOException {
    return rig.connected(listener, version, clientId);
  }

  private List<Delivery> deliveries() throws Exception {
    return rig.deliveries();
  }

  @Test
  void pahoForMqtt5IsAcknowledged() throws Exception {
    // Paho counts a message as in flight a little longer than it waits for its acknowledgement.
    MqttRig.Settings settings = new MqttRig.Settings();
    settings.receiveMaximum = 100;
    listener.close();
    listener = rig.listener(settings);
    listener.start();
    String address = "tcp://127.0.0.1:" + listener.port();
    var client =
        new org.eclipse.paho.mqttv5.client.MqttClient(
            address, "d1", new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
    try (AutoCloseable closing = client::close) {
      MqttConnectionOptions options = new MqttConnectionOptions();
      options.setCleanStart(true);
      client.connect(options);
      for (int i = 0; i < 20; i++) {
        MqttMessage message = new MqttMessage(Batches.readings("d1", i, 1));
        message.setQos(1);
        MqttProperties properties = new MqttProperties();
        properties.setContentType(PayloadType.BATCH.contentType());
        message.setProperties(properties);
        client.publish(TOPIC, message);
      }
      client.disconnect();
    }
    assertThat(deliveries()).hasSize(20);
    assertThat(deliveries().get(3).payload()).isEqualTo(Batches.readings("d1", 3, 1));
    assertThat(deliveries().get(3).device()).isEqualTo("d1");
  }

  @Test
  void pahoForMqtt311IsAcknowledged() throws Exception {
    try (MqttClient client =
        new MqttClient("tcp://127.0.0.1:" + listener.port(), "d1", new MemoryPersistence())) {
      MqttConnectOptions options = new MqttConnectOptions();
      // Paho counts a message as in flight a little longer than it waits for its acknowledgement.
      options.setMaxInflight(100);
      client.connect(options);
      for (int i = 0; i < 20; i++) {
        client.publish(TOPIC, Batches.readings("d1", i, 1), 1, false);
      }
      client.disconnect();
    }
    assertThat(deliveries()).hasSize(20);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void acknowledgesOnlyWhatIsCommittedAndInOrder(int version) throws Exception {
    RawMqtt mqtt = connected(version, "d1");
    log.withhold(true);
    mqtt.publish(7, TOPIC, Batches.readings("d1", 0, 1));
    mqtt.publish(8, TOPIC, Batches.readings("d1", 1, 1));
    await().until(() -> log.withheld() > 0);
    mqtt.ping();
    assertThat(mqtt.read().type())
        .as("still answers, and has not acknowledged")
        .isEqualTo(PINGRESP);
    log.withhold(false);
    log.commitWithheld();
    Packet first = mqtt.read();
    assertThat(first.type()).isEqualTo(PUBACK);
    assertThat(first.packetId()).isEqualTo(7);
    assertThat(first.pubackReason()).isZero();
    assertThat(mqtt.read().packetId()).isEqualTo(8);
  }

  @Test
  void aRefusalWaitsForWhatCameBeforeIt() throws Exception {
    RawMqtt mqtt = connected(5, "d1");
    log.withhold(true);
    mqtt.publish(1, TOPIC, Batches.readings("d1", 0, 1));
    mqtt.publish(2, TOPIC, new byte[] {1});
    await().until(() -> intake.refusedReadings(Reason.UNDECODABLE) == 1 && log.withheld() == 1);
    log.commitWithheld();
    assertThat(mqtt.read().packetId()).isEqualTo(1);
    Packet second = mqtt.read();
    assertThat(second.packetId()).isEqualTo(2);
    assertThat(second.pubackReason()).isEqualTo(0x99);
  }

  @Test
  void mqtt5RefusalsHaveCodesAndReasons() throws Exception {
    RawMqtt mqtt = connected(5, "d1");
    mqtt.publish(1, TOPIC, new byte[] {8, 2});
    assertRefused(mqtt.read(), 0x99, "not a batch");
    mqtt.publish(2, TOPIC, Batches.brokenBody("d1"));
    assertRefused(mqtt.read(), 0x99, "not a batch");
    mqtt.publish(3, "devices/d2/telemetry", Batches.readings("d1", 0, 1));
    assertRefused(mqtt.read(), 0x87, "sends its own batches");
    mqtt.publish(4, "sensors/d1", Batches.readings("d1", 0, 1));
    assertRefused(mqtt.read(), 0x90, "devices/{device}/telemetry");
    mqtt.publish(5, "devices/not a device/telemetry", Batches.readings("d1", 0, 1));
    assertRefused(mqtt.read(), 0x90, "devices/{device}/telemetry");
    mqtt.publish(6, TOPIC, new byte[] {'{', '}'}, RawMqtt.contentType("text/plain"));
    assertRefused(mqtt.read(), 0x99, "text/plain is not taken; taken are application/");
    mqtt.publish(7, TOPIC, new byte[Limits.BATCH_MAX_BYTES + 1]);
    assertRefused(mqtt.read(), 0x99, String.valueOf(Limits.BATCH_MAX_BYTES));
    mqtt.publish(
        8,
        TOPIC,
        Batches.readings("d1", 0, 1),
        RawMqtt.contentType(PayloadType.BATCH.contentType()));
    assertThat(mqtt.read().pubackReason()).as("and goes on").isZero();
    assertThat(log.proposals()).isEqualTo(1);
    assertThat(intake.refusedReadings(Reason.TOPIC)).isEqualTo(2);
    assertThat(intake.refusedReadings(Reason.CONTENT_TYPE)).isEqualTo(1);
    assertThat(intake.pending()).isZero();
  }

  private static void assertRefused(Packet packet, int code, String text) {
    assertThat(packet.type()).isEqualTo(PUBACK);
    assertThat(packet.pubackReason()).isEqualTo(code);
    assertThat(packet.text()).contains(text);
  }

  @Test
  void aClientThatWantsNoReasonsGetsNone() throws Exception {
    RawMqtt mqtt = raw(5);
    assertThat(mqtt.connect("d1", 0x17, 0).type()).isEqualTo(CONNACK);
    mqtt.publish(1, TOPIC, new byte[] {1, 2});
    Packet puback = mqtt.read();
    assertThat(puback.pubackReason()).isEqualTo(0x99);
    assertThat(puback.text()).doesNotContain("not a batch");
  }

  @Test
  void mqtt311TakesWhatIsWrongForTheQuarantine() throws Exception {
    RawMqtt mqtt = connected(4, "d1");
    mqtt.publish(1, TOPIC, new byte[] {1, 2});
    assertThat(mqtt.read().packetId()).isEqualTo(1);
    mqtt.publish(2, "devices/d2/telemetry", Batches.readings("d1", 0, 1));
    assertThat(mqtt.read().packetId()).isEqualTo(2);
    assertThat(deliveries().get(0).payload()).containsExactly(1, 2);
    assertThat(deliveries().get(1).device()).isEqualTo("d2");
    mqtt.publish(3, "elsewhere", Batches.readings("d1", 0, 1));
    assertThat(mqtt.read().type()).as("an acknowledgement would be a lie").isEqualTo(CLOSED);
  }

  @Test
  void connackSaysWhatIsOffered() throws Exception {
    Packet connack = raw(5).connect("");
    assertThat(connack.at(0)).as("no session").isZero();
    assertThat(connack.at(1)).isZero();
    String properties = HexFormat.of().formatHex(connack.body()).substring(6);
    assertThat(properties)
        .contains("210005") // receive maximum 5
        .contains("2401") // maximum QoS 1
        .contains("2500") // no retain
        .contains("27%08x".formatted(Limits.BATCH_MAX_BYTES + 1024)) // the largest packet
        .contains("220000") // no topic aliases
        .contains("2800") // no wildcards
        .contains("2900") // no subscription ids
        .contains("2a00") // no shared subscriptions
        .contains("1100000000"); // no session after the connection
    assertThat(connack.text()).contains("tidemark-");
    assertThat(raw(5).connect("mine").text()).doesNotContain("tidemark-");
  }

  @Test
  void qos2IsRefused() throws Exception {
    RawMqtt five = connected(5, "d1");
    five.publish(0x34, 1, TOPIC, Batches.readings("d1", 0, 1));
    assertDisconnected(five, 0x9B);
    RawMqtt four = connected(4, "d1");
    four.publish(0x34, 1, TOPIC, Batches.readings("d1", 0, 1));
    assertThat(four.read().type()).isEqualTo(CLOSED);
    assertThat(log.proposals()).isZero();
  }

  @Test
  void retainAndTopicAliasesAreRefused() throws Exception {
    RawMqtt retain = connected(5, "d1");
    retain.publish(0x33, 1, TOPIC, Batches.readings("d1", 0, 1));
    assertDisconnected(retain, 0x9A);
    RawMqtt alias = connected(5, "d1");
    alias.publish(1, TOPIC, Batches.readings("d1", 0, 1), 0x23, 0, 1);
    assertDisconnected(alias, 0x94);
    RawMqtt auth = raw(5);
    assertThat(auth.connect("d1", 0x15, 0, 1, 'x').at(1)).isEqualTo(0x8C);
  }

  private static void assertDisconnected(RawMqtt mqtt, int code) throws IOException {
    Packet packet = mqtt.read();
    assertThat(packet.type()).isEqualTo(DISCONNECT);
    assertThat(packet.at(0)).isEqualTo(code);
    assertThat(mqtt.read().type()).isEqualTo(CLOSED);
  }

  @Test
  void qos0IsTakenWithoutPromiseAndCounted() throws Exception {
    RawMqtt mqtt = connected(5, "d1");
    mqtt.publish(0x30, 0, TOPIC, Batches.readings("d1", 0, 3));
    mqtt.publish(0x30, 0, "elsewhere", Batches.readings("d1", 0, 3));
    await().until(() -> listener.qos0Committed() == 1 && listener.qos0Lost() == 1);
    assertThat(listener.qos0Taken()).isEqualTo(2);
    assertThat(deliveries()).hasSize(1);
    mqtt.ping();
    assertThat(mqtt.read().type()).isEqualTo(PINGRESP);
  }

  @Test
  void subscribingIsRefused() throws Exception {
    RawMqtt five = connected(5, "d1");
    five.subscribe(9, "#");
    Packet suback = five.read();
    assertThat(suback.type()).isEqualTo(SUBACK);
    assertThat(suback.at(suback.body().length - 1)).isEqualTo(0x83);
    five.unsubscribe(10, "#");
    Packet unsuback = five.read();
    assertThat(unsuback.type()).isEqualTo(UNSUBACK);
    assertThat(unsuback.at(unsuback.body().length - 1)).isEqualTo(0x11);
    RawMqtt four = connected(4, "d2");
    four.subscribe(9, "#");
    Packet old = four.read();
    assertThat(old.at(old.body().length - 1)).isEqualTo(0x80);
    four.unsubscribe(10, "#");
    assertThat(four.read().type()).isEqualTo(UNSUBACK);
  }

  @Test
  void theReceiveMaximumIsEnforced() throws Exception {
    RawMqtt mqtt = connected(5, "d1");
    log.withhold(true);
    for (int i = 1; i <= 5; i++) {
      mqtt.publish(i, TOPIC, Batches.readings("d1", i, 1));
    }
    mqtt.ping();
    assertThat(mqtt.read().type()).as("five are allowed").isEqualTo(PINGRESP);
    mqtt.publish(6, TOPIC, Batches.readings("d1", 6, 1));
    assertDisconnected(mqtt, 0x93);
  }

  @Test
  void mqtt311HasACapToo() throws Exception {
    RawMqtt mqtt = connected(4, "d1");
    log.withhold(true);
    for (int i = 1; i <= 8; i++) {
      mqtt.publish(i, TOPIC, Batches.readings("d1", i, 1));
    }
    mqtt.ping();
    assertThat(mqtt.read().type()).isEqualTo(PINGRESP);
    mqtt.publish(9, TOPIC, Batches.readings("d1", 9, 1));
    assertThat(mqtt.read().type()).isEqualTo(CLOSED);
    assertThat(intake.refusedReadings(Reason.WINDOW)).isEqualTo(1);
  }

  @Test
  void aNewConnectionTakesOver() throws Exception {
    RawMqtt old = connected(5, "same");
    RawMqtt older = connected(4, "other");
    RawMqtt next = connected(5, "same");
    assertDisconnected(old, 0x8E);
    connected(4, "other");
    assertThat(older.read().type()).isEqualTo(CLOSED);
    next.publish(1, TOPIC, Batches.readings("d1", 0, 1));
    assertThat(next.read().type()).isEqualTo(PUBACK);
    await().until(() -> listener.connections() == 2);
  }

  @Test
  void anOversizedPacketDisconnects() throws Exception {
    RawMqtt five = connected(5, "d1");
    // The server hangs up before it has read all of it.
    five.raw(new byte[] {0x32, (byte) 0x81, (byte) 0x90, 0x40, 0, 1, 'x', 0, 1, 0});
    Packet packet = five.read();
    assertThat(packet.type()).isEqualTo(DISCONNECT);
    assertThat(packet.at(0)).isEqualTo(0x95);
    RawMqtt four = connected(4, "d1");
    four.raw(new byte[] {0x32, (byte) 0x81, (byte) 0x90, 0x40, 0, 1, 'x', 0, 1, 0});
    assertThat(four.read().type()).isEqualTo(CLOSED);
    assertThat(intake.refusedReadings(Reason.TOO_LARGE)).isEqualTo(2);
    await().until(() -> listener.connections() == 0);
  }

  @Test
  void whatTheLogLosesIsSentAgainByTheDevice() throws Exception {
    for (int version : new int[] {4, 5}) {
      RawMqtt mqtt = connected(version, "d1");
      log.withhold(true);
      mqtt.publish(1, TOPIC, Batches.readings("d1", 0, 1));
      await().until(() -> log.withheld() == 1);
      log.loseWithheld();
      if (version == 5) {
        assertDisconnected(mqtt, 0x80);
      } else {
        assertThat(mqtt.read().type()).isEqualTo(CLOSED);
      }
    }
  }

  @Test
  void backPressureIsTryLaterForMqtt5AndACloseForMqtt311() throws Exception {
    RawMqtt five = connected(5, "d1");
    RawMqtt four = connected(4, "d2");
    log.role(State.Role.FULL);
    five.publish(1, TOPIC, Batches.readings("d1", 0, 1));
    assertRefused(five.read(), 0x97, "send again later");
    four.publish(1, TOPIC, Batches.readings("d1", 0, 1));
    assertThat(four.read().type()).isEqualTo(CLOSED);
    assertThat(listener.closedFor(CloseReason.UNACKNOWLEDGED)).isEqualTo(1);
  }

  @Test
  void nobodyIsLetInThatCannotBeServed() throws Exception {
    log.role(State.Role.ELECTING);
    assertThat(raw(5).connect("d1").at(1)).isEqualTo(0x88);
    assertThat(raw(4).connect("d1").at(1)).isEqualTo(3);
    assertThat(listener.connections()).isZero();
  }

  @Test
  void connectionsHaveALimit() throws Exception {
    listener.close();
    listener = listener(0, 2);
    listener.start();
    RawMqtt first = connected(5, "a");
    connected(4, "b");
    Packet refused = raw(5).connect("c");
    assertThat(refused.at(1)).isEqualTo(0x89);
    assertThat(raw(4).connect("c").at(1)).isEqualTo(3);
    first.close();
    await().until(() -> listener.connections() == 1);
    connected(5, "c");
  }

  @Test
  void whoDoesNotConnectIsClosed() throws Exception {
    assertThat(raw(5).read().type()).isEqualTo(CLOSED);
  }

  @Test
  void drainingFinishesWhatWasSent() throws Exception {
    RawMqtt mqtt = connected(5, "d1");
    log.withhold(true);
    mqtt.publish(1, TOPIC, Batches.readings("d1", 0, 1));
    await().until(() -> log.withheld() == 1);
    Thread stopping = new Thread(this::drain);
    stopping.start();
    await().until(() -> !listener.listening());
    log.withhold(false);
    log.commitWithheld();
    assertThat(mqtt.read().type()).isEqualTo(PUBACK);
    assertDisconnected(mqtt, 0x8B);
    stopping.join(20_000);
    assertThat(listener.connections()).isZero();
  }

  private void drain() {
    try {
      listener.drain();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aPortInUseIsSaid() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      MqttListener other = listener(taken.getLocalPort(), 1);
      assertThatThrownBy(other::start)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("tidemark.mqtt.port");
    }
  }

  @Test
  void severalEventLoopsShareAPort() throws Exception {
    listener.close();
    listener = listener(FreePort.next(), 100);
    listener.start();
    for (int i = 0; i < 8; i++) {
      RawMqtt mqtt = connected(5, "same");
      mqtt.publish(1, TOPIC, Batches.readings("d1", 0, 1));
      assertThat(mqtt.read().type()).isEqualTo(PUBACK);
    }
    await().until(() -> listener.connections() == 1);
  }

  @Test
  void randomBytesNeitherBreakItNorLeakConnections() throws Exception {
    Random random = new Random(20261123);
    for (int i = 0; i < 300; i++) {
      int version = random.nextBoolean() ? 4 : 5;
      try (RawMqtt mqtt =
          i % 3 == 0
              ? new RawMqtt(listener.port(), version)
              : RawMqtt.connected(listener.port(), version, "d" + i)) {
        byte[] bytes = new byte[1 + random.nextInt(200)];
        random.nextBytes(bytes);
        if (i % 2 == 0) {
          // A packet type and a length that fits, and nonsense inside.
          bytes[0] = (byte) (random.nextInt(16) << 4 | random.nextInt(16));
          bytes[1 % bytes.length] = (byte) Math.min(127, Math.max(0, bytes.length - 2));
        }
        try {
          mqtt.raw(bytes);
        } catch (IOException e) {
          // Hung up already, as it may.
          assertThat(e).isNotNull();
        }
      }
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> listener.connections() == 0);
    RawMqtt mqtt = connected(5, "d1");
    mqtt.publish(1, TOPIC, Batches.readings("d1", 0, 1));
    assertThat(mqtt.read().type()).isEqualTo(PUBACK);
  }
}
