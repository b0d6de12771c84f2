package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLOSED;
import static io.tidemark.gateway.mqtt.RawMqtt.CONNACK;
import static io.tidemark.gateway.mqtt.RawMqtt.PUBACK;
import static io.tidemark.gateway.mqtt.RawMqtt.SUBACK;
import static io.tidemark.gateway.mqtt.RawMqtt.UNSUBACK;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MQTT 3.1.1 by the byte; docs/mqtt-conformance.md says which statement is shown where. */
final class Mqtt311ConformanceTest extends MqttConformance {
  Mqtt311ConformanceTest() {
    super(4);
  }

  private RawMqtt connected(String clientId) throws IOException {
    return rig.connected(listener, 4, clientId);
  }

  private Packet answer(int first, String fields) throws IOException {
    RawMqtt mqtt = raw();
    mqtt.send(first, fields);
    return mqtt.read();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "the shortest id | 'MQTT' 04 02 003c 'h'",
        "an id of 23 characters | 'MQTT' 04 02 003c 'ABCDEFXYZabcdefxyz01239'",
        "a user name | 'MQTT' 04 82 003c 'h' 'user'",
        "a user name and a password | 'MQTT' 04 c2 003c 'h' 'user' 'secret'",
        "an empty user name | 'MQTT' 04 82 003c 'h' ''",
        "a password of any bytes | 'MQTT' 04 c2 003c 'h' 'user' 0002 ff00",
        "no keep alive | 'MQTT' 04 02 0000 'h'",
        "MQTT 3.1 | 'MQIsdp' 03 02 003c 'h'",
      })
  void whatIsInOrderIsLetIn(String what, String connect) throws IOException {
    RawMqtt mqtt = raw();
    mqtt.send(0x10, connect);
    Packet connack = mqtt.read();
    assertThat(connack.type()).as(what).isEqualTo(CONNACK);
    assertThat(connack.body()).as(what).containsExactly(0, 0);
    assertServed(mqtt);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "a flag in the fixed header | 11 | 'MQTT' 04 02 003c 'h'",
        "the reserved flag | 10 | 'MQTT' 04 03 003c 'h'",
        "a will QoS without a will | 10 | 'MQTT' 04 0a 003c 'h'",
        "a retained will without a will | 10 | 'MQTT' 04 22 003c 'h'",
        "a will QoS of 3 | 10 | 'MQTT' 04 1e 003c 'h' 'a' 'b'",
        "a will that is not there | 10 | 'MQTT' 04 06 003c 'h'",
        "a will without its flag | 10 | 'MQTT' 04 02 003c 'h' 'a' 'b'",
        "a will topic that is not UTF-8 | 10 | 'MQTT' 04 06 003c 'h' 0001 ff 'b'",
        "a will topic with a wildcard | 10 | 'MQTT' 04 06 003c 'h' 'a/#' 'b'",
        "an empty will topic | 10 | 'MQTT' 04 06 003c 'h' '' 'b'",
        "a user name that is not there | 10 | 'MQTT' 04 82 003c 'h'",
        "a user name without its flag | 10 | 'MQTT' 04 02 003c 'h' 'user'",
        "a user name that is not UTF-8 | 10 | 'MQTT' 04 82 003c 'h' 0001 ff",
        "a user name with U+0000 | 10 | 'MQTT' 04 82 003c 'h' 0002 7500",
        "a password that is not there | 10 | 'MQTT' 04 c2 003c 'h' 'user'",
        "a password without its flag | 10 | 'MQTT' 04 82 003c 'h' 'user' 'secret'",
        "a password without a user name | 10 | 'MQTT' 04 42 003c 'h' 'secret'",
        "no id | 10 | 'MQTT' 04 02 003c",
        "an id cut off | 10 | 'MQTT' 04 02 003c 0009 68",
      })
  void aMalformedConnectIsClosedWithoutAWord(String what, String first, String connect)
      throws IOException {
    assertThat(answer(Integer.parseInt(first, 16), connect).type()).as(what).isEqualTo(CLOSED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "level 3 | 'MQTT' 03 02 003c 'h' | 1",
        "level 6 | 'MQTT' 06 02 003c 'h' | 1",
        "level 132, a bridge's | 'MQTT' 84 02 003c 'h' | 1",
        "another protocol | 'MQTX' 04 02 003c 'h' | 1",
        "in small letters | 'mqtt' 04 02 003c 'h' | 1",
        "no id and a session to keep | 'MQTT' 04 00 003c '' | 2",
        "an id with U+0000 | 'MQTT' 04 02 003c 0001 00 | 2",
        "an id that is not UTF-8 | 'MQTT' 04 02 003c 0003 eda080 | 2",
      })
  void whoIsRefusedIsToldAndNotListenedTo(String what, String connect, int code) throws Exception {
    int before = rig.deliveries().size();
    RawMqtt mqtt = raw();
    mqtt.send(0x10, connect);
    try {
      mqtt.publish(1, TOPIC, Batches.readings("d1", 0, 1));
    } catch (IOException e) {
      assertThat(e).as("hung up already, as it may").isNotNull();
    }
    Packet connack = mqtt.read();
    assertThat(connack.type()).as(what).isEqualTo(CONNACK);
    assertThat(connack.body()).as(what).containsExactly(0, code);
    assertThat(mqtt.read().type()).as(what).isEqualTo(CLOSED);
    assertThat(rig.deliveries()).as(what).hasSize(before);
  }

  @Test
  void whoHasNoIdIsGivenOne() throws IOException {
    RawMqtt first = connected("");
    RawMqtt second = connected("");
    assertServed(second);
    assertServed(first);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "a second CONNECT | 10 | 'MQTT' 04 02 003c 'h'",
        "packet type 0 | 00 | 0001",
        "packet type 15 | f0 | 0001",
        "a CONNACK | 20 | 0000",
        "a PUBACK of nothing | 40 | 0001",
        "a PUBREL with a wrong flag | 60 | 0001",
        "a PUBLISH with both bits of QoS | 36 | 'a' 0001",
        "QoS 0 sent again | 38 | 'a'",
        "packet id 0 | 32 | 'a' 0000",
        "no packet id | 32 | 'a'",
        "an empty topic | 30 | ''",
        "a topic with # | 30 | 'a/#'",
        "a topic with + | 30 | 'a/+/b'",
        "a topic with U+0000 | 30 | 0003 610062",
        "a topic with a surrogate | 30 | 0003 eda080",
        "a topic with an overlong character | 30 | 0002 c080",
        "a topic of half a character | 30 | 0001 c3",
        "a SUBSCRIBE without its flag | 80 | 0001 'a' 01",
        "a SUBSCRIBE with a flag too many | 83 | 0001 'a' 01",
        "a SUBSCRIBE with packet id 0 | 82 | 0000 'a' 01",
        "a SUBSCRIBE to nothing | 82 | 0001",
        "a SUBSCRIBE without a QoS | 82 | 0001 'a'",
        "a SUBSCRIBE with QoS 3 | 82 | 0001 'a' 03",
        "a SUBSCRIBE with a reserved bit | 82 | 0001 'a' 05",
        "a SUBSCRIBE with the highest bit | 82 | 0001 'a' 81",
        "a SUBSCRIBE with the second wrong | 82 | 0001 'a' 01 'b' 04",
        "a filter that is not UTF-8 | 82 | 0001 0001 ff 01",
        "a filter with U+0000 | 82 | 0001 0001 00 01",
        "an empty filter | 82 | 0001 '' 01",
        "an UNSUBSCRIBE without its flag | a0 | 0001 'a'",
        "an UNSUBSCRIBE with packet id 0 | a2 | 0000 'a'",
        "an UNSUBSCRIBE from nothing | a2 | 0001",
        "an UNSUBSCRIBE that is not UTF-8 | a2 | 0001 0001 ff",
        "a PINGREQ with a flag | c8 | 0001",
        "a DISCONNECT with a flag | e1 | 0001",
        "a DISCONNECT with contents | e0 | 0000",
      })
  void whatBreaksARuleEndsTheConnection(String what, String first, String fields) throws Exception {
    int before = rig.deliveries().size();
    RawMqtt mqtt = connected("d1");
    mqtt.send(Integer.parseInt(first, 16), fields);
    assertThat(mqtt.read().type()).as(what).isEqualTo(CLOSED);
    assertThat(rig.deliveries()).as(what).hasSize(before);
  }

  @Test
  void aByteOrderMarkIsPartOfTheText() throws IOException {
    RawMqtt plain = connected("bom");
    RawMqtt marked = connected("\uFEFFbom");
    assertServed(plain);
    marked.publish(1, "\uFEFF" + TOPIC, Batches.readings("d1", 0, 1));
    assertThat(marked.read().type()).as("is no telemetry topic").isEqualTo(CLOSED);
  }

  @Test
  void answersHaveThePacketIdsOfWhatTheyAnswer() throws IOException {
    RawMqtt mqtt = connected("d1");
    for (int packetId : new int[] {1, 0x1234, 0xFFFF}) {
      mqtt.publish(packetId, TOPIC, Batches.readings("d1", packetId, 1));
      assertAnswer(mqtt.read(), PUBACK, packetId);
      mqtt.subscribe(packetId, "a");
      assertAnswer(mqtt.read(), SUBACK, packetId);
      mqtt.unsubscribe(packetId, "a");
      assertAnswer(mqtt.read(), UNSUBACK, packetId);
    }
  }

  @Test
  void everyFilterIsAnsweredInOnePacket() throws IOException {
    RawMqtt mqtt = connected("d1");
    mqtt.send(0x82, "0007 'a' 00 'b/#' 01 '+/c' 02");
    Packet suback = mqtt.read();
    assertThat(suback.type()).isEqualTo(SUBACK);
    assertThat(suback.body()).containsExactly(0, 7, 0x80, 0x80, 0x80);
    mqtt.send(0xA2, "0008 'a' 'b/#' '+/c'");
    Packet unsuback = mqtt.read();
    assertThat(unsuback.type()).isEqualTo(UNSUBACK);
    assertThat(unsuback.body()).containsExactly(0, 8);
    assertServed(mqtt);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x31, 0x33})
  void aRetainedMessageIsTakenAsAnyOther(int first) throws Exception {
    int before = rig.deliveries().size();
    RawMqtt mqtt = connected("d1");
    mqtt.publish(first, 1, TOPIC, Batches.readings("d1", first, 1));
    mqtt.publish(2, TOPIC, Batches.readings("d1", first, 1));
    Packet puback = mqtt.read();
    if (first == 0x33) {
      assertThat(puback.packetId()).isEqualTo(1);
      puback = mqtt.read();
    }
    assertThat(puback.packetId()).isEqualTo(2);
    assertThat(rig.deliveries()).hasSize(before + 2);
  }

  @Test
  void aMessageIsNewOnceItsPacketIdWasAcknowledged() throws Exception {
    int before = rig.deliveries().size();
    RawMqtt mqtt = connected("d1");
    for (int first : new int[] {0x32, 0x32, 0x3A}) {
      mqtt.publish(first, 7, TOPIC, Batches.readings("d1", 0, 1));
      assertAnswer(mqtt.read(), PUBACK, 7);
    }
    assertThat(rig.deliveries()).hasSize(before + 3);
  }
}
