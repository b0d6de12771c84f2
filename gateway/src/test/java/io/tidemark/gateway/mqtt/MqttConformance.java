package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.PINGRESP;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** MQTT of one version by the byte, with one listener for all of its tests. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MqttConformance {
  static final String TOPIC = "devices/d1/telemetry";

  final MqttRig rig = new MqttRig();
  final MqttListener listener = rig.listener(new MqttRig.Settings());
  private final int version;

  MqttConformance(int version) {
    this.version = version;
  }

  @BeforeAll
  void start() throws Exception {
    listener.start();
  }

  @AfterAll
  void stop() throws Exception {
    listener.close();
    rig.close();
  }

  @AfterEach
  void closeRaws() throws IOException {
    rig.closeRaws();
  }

  /** A connection that has not sent anything. */
  final RawMqtt raw() throws IOException {
    return rig.raw(listener, version);
  }

  static void assertServed(RawMqtt mqtt) throws IOException {
    mqtt.ping();
    assertThat(mqtt.read().type()).isEqualTo(PINGRESP);
  }

  static void assertAnswer(Packet packet, int type, int packetId) {
    assertThat(packet.type()).isEqualTo(type);
    assertThat(packet.packetId()).isEqualTo(packetId);
  }
}
