package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLOSED;
import static io.tidemark.gateway.mqtt.RawMqtt.CONNACK;
import static io.tidemark.gateway.mqtt.RawMqtt.DISCONNECT;
import static io.tidemark.gateway.mqtt.RawMqtt.PUBACK;
import static io.tidemark.gateway.mqtt.RawMqtt.SUBACK;
import static io.tidemark.gateway.mqtt.RawMqtt.UNSUBACK;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** MQTT 5 by the byte; docs/mqtt-conformance.md says which statement is shown where. */
final class Mqtt5ConformanceTest extends MqttConformance {
  private static final int[] NO_PROBLEM_INFORMATION = {0x17, 0};

  Mqtt5ConformanceTest() {
    super(5);
  }

  private RawMqtt connected(String clientId, int... properties) throws IOException {
    RawMqtt mqtt = raw();
    Packet connack = mqtt.connect(clientId, properties);
    assertThat(connack.type()).isEqualTo(CONNACK);
    assertThat(connack.at(1)).as("let in").isZero();
    return mqtt;
  }

  /** A maximum packet size, as properties. */
  private static int[] takesAtMost(int bytes) {
    return new int[] {0x27, 0, 0, bytes >> 8, bytes & 0xFF};
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "the shortest id | 'MQTT' 05 02 003c 00 'h'",
        "an id of 23 characters | 'MQTT' 05 02 003c 00 'ABCDEFXYZabcdefxyz01239'",
        "a user name | 'MQTT' 05 82 003c 00 'h' 'user'",
        "a password alone | 'MQTT' 05 42 003c 00 'h' 'secret'",
        "a user property twice | 'MQTT' 05 02 003c 0e 26 'a' 'b' 26 'a' 'b' 'h'",
        "the smallest values | 'MQTT' 05 02 003c 0f 210001 220000 1700 1900 1100000000 'h'",
        "the largest values | 'MQTT' 05 02 003c 10 21ffff 22ffff 11ffffffff 27ffffffff 'h'",
      })
  void whatIsInOrderIsLetIn(String what, String connect) throws IOException {
    RawMqtt mqtt = raw();
    mqtt.send(0x10, connect);
    Packet connack = mqtt.read();
    assertThat(connack.type()).as(what).isEqualTo(CONNACK);
    assertThat(connack.at(0)).as(what).isZero();
    assertThat(connack.at(1)).as(what).isZero();
    assertServed(mqtt);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "a flag in the fixed header | 12 | 'MQTT' 05 02 003c 00 'h'",
        "the reserved flag | 10 | 'MQTT' 05 03 003c 00 'h'",
        "a will QoS without a will | 10 | 'MQTT' 05 12 003c 00 'h'",
        "a retained will without a will | 10 | 'MQTT' 05 22 003c 00 'h'",
        "a will QoS of 3 | 10 | 'MQTT' 05 1e 003c 00 'h' 00 'a' 'b'",
        "a will that is not there | 10 | 'MQTT' 05 06 003c 00 'h'",
        "a will without its properties | 10 | 'MQTT' 05 06 003c 00 'h' 'a' 'b'",
        "a will topic that is not UTF-8 | 10 | 'MQTT' 05 06 003c 00 'h' 00 0001 ff 'b'",
        "a will with a CONNECT's property | 10 | 'MQTT' 05 06 003c 00 'h' 03 210001 'a' 'b'",
        "a user name that is not there | 10 | 'MQTT' 05 82 003c 00 'h'",
        "a user name without its flag | 10 | 'MQTT' 05 02 003c 00 'h' 'user'",
        "a user name that is not UTF-8 | 10 | 'MQTT' 05 82 003c 00 'h' 0001 ff",
        "a password that is not there | 10 | 'MQTT' 05 42 003c 00 'h'",
        "a password without its flag | 10 | 'MQTT' 05 02 003c 00 'h' 'secret'",
        "no id | 10 | 'MQTT' 05 02 003c 00",
        "no length of properties | 10 | 'MQTT' 05 02 003c 'h'",
        "a property twice | 10 | 'MQTT' 05 02 003c 06 210001 210001 'h'",
        "a PUBLISH's property | 10 | 'MQTT' 05 02 003c 03 230001 'h'",
        "a property there is not | 10 | 'MQTT' 05 02 003c 02 7f00 'h'",
        "half a property | 10 | 'MQTT' 05 02 003c 02 2100 'h'",
        "receive maximum 0 | 10 | 'MQTT' 05 02 003c 03 210000 'h'",
        "maximum packet size 0 | 10 | 'MQTT' 05 02 003c 05 2700000000 'h'",
        "request problem information 2 | 10 | 'MQTT' 05 02 003c 02 1702 'h'",
        "request response information 2 | 10 | 'MQTT' 05 02 003c 02 1902 'h'",
        "authentication data alone | 10 | 'MQTT' 05 02 003c 04 16 0001 ff 'h'",
        "a user property's name that is not UTF-8 | 10 | 'MQTT' 05 02 003c 07 26 0001 ff 'b' 'h'",
        "a user property's value with U+0000 | 10 | 'MQTT' 05 02 003c 07 26 'a' 0001 00 'h'",
      })
  void aMalformedConnectIsClosedWithoutAWord(String what, String first, String connect)
      throws IOException {
    RawMqtt mqtt = raw();
    mqtt.send(Integer.parseInt(first, 16), connect);
    assertThat(mqtt.read().type()).as(what).isEqualTo(CLOSED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "an authentication method | 'MQTT' 05 02 003c 04 15 'x' 'h' | 8c",
        "and its data | 'MQTT' 05 02 003c 08 15 'x' 16 0001 ff 'h' | 8c",
        "an id that is not UTF-8 | 'MQTT' 05 02 003c 00 0001 ff | 85",
        "an id with U+0000 | 'MQTT' 05 02 003c 00 0001 00 | 85",
        "an id wrong, and a session | 'MQTT' 05 00 003c 05 11000000ff 0001 ff | 85",
        "an id wrong, little room | 'MQTT' 05 02 003c 05 2700000060 0001 ff | 85",
        "no room for a CONNACK | 'MQTT' 05 02 003c 05 270000004f 'h' | 95",
      })
  void whoIsRefusedIsToldAndNotListenedTo(String what, String connect, String code)
      throws Exception {
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
    assertThat(connack.at(0)).as("session present").isZero();
    assertThat(connack.at(1)).as(what).isEqualTo(Integer.parseInt(code, 16));
    if (connect.contains("27000000")) {
      assertThat(connack.body()).as("no reason where there is little room").hasSize(3);
    }
    assertThat(mqtt.read().type()).as(what).isEqualTo(CLOSED);
    assertThat(rig.deliveries()).as(what).hasSize(before);
  }

  @Test
  void connackSaysThisAndNothingElse() throws IOException {
    Packet connack = raw().connect("h");
    assertThat(HexFormat.of().formatHex(connack.body()))
        .startsWith("00001a")
        .contains("1100000000", "210005", "2401", "2500", "2700040400", "220000")
        .contains("2800", "2900", "2a00")
        .hasSize(2 * (3 + 0x1A));
  }

  @ParameterizedTest
  @CsvSource({"0", "2"})
  void whoHasNoIdIsGivenOne(int cleanStart) throws IOException {
    RawMqtt first = raw();
    Packet one = first.connect(cleanStart, "");
    Packet other = raw().connect(cleanStart, "");
    assertThat(one.body()).startsWith(0, 0);
    assertThat(other.body()).startsWith(0, 0);
    assertThat(assignedId(one)).startsWith("tidemark-").isNotEqualTo(assignedId(other));
    assertServed(first);
  }

  private static String assignedId(Packet connack) {
    return connack.text().substring(connack.text().indexOf("tidemark-"));
  }

  @Test
  void anAssignedIdCanBeComeBackWith() throws IOException {
    RawMqtt mqtt = raw();
    String id = assignedId(mqtt.connect(0, "", RawMqtt.sessionExpiry(60)));
    mqtt.close();
    assertThat(raw().connect(0, id, RawMqtt.sessionExpiry(60)).at(0)).as("its session").isOne();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "a second CONNECT | 10 | 'MQTT' 05 02 003c 00 'h' | 82",
        "an AUTH | f0 | 1900 | 82",
        "an AUTH with a flag | f1 | 1900 | 82",
        "a PUBACK of nothing | 40 | 0001 | 82",
        "a PUBREL with a wrong flag | 60 | 0001 | 82",
        "both bits of QoS | 36 | 'a' 0001 00 | 81",
        "QoS 0 sent again | 38 | 'a' 00 | 81",
        "packet id 0 | 32 | 'a' 0000 00 | 81",
        "QoS 2 | 34 | 'a' 0001 00 | 9b",
        "to be retained | 31 | 'a' 00 | 9a",
        "no length of properties | 30 | 'a' | 81",
        "an empty topic | 30 | '' 00 | 82",
        "a topic with # | 30 | 'a/#' 00 | 81",
        "a topic with + | 30 | 'a/+/b' 00 | 81",
        "a topic with U+0000 | 30 | 0003 610062 00 | 81",
        "a topic with a surrogate | 30 | 0003 eda080 00 | 81",
        "a topic with an overlong character | 30 | 0002 c080 00 | 81",
        "a topic of half a character | 30 | 0001 c3 00 | 81",
        "a topic alias | 30 | 'a' 03 230001 | 94",
        "a topic alias instead of a topic | 30 | '' 03 230001 | 94",
        "topic alias 0 | 30 | 'a' 03 230000 | 94",
        "a topic alias twice | 30 | 'a' 06 230001 230001 | 82",
        "a subscription identifier | 30 | 'a' 02 0b01 | 82",
        "a payload format twice | 30 | 'a' 04 0101 0101 | 82",
        "payload format 2 | 30 | 'a' 02 0102 | 82",
        "a CONNECT's property | 30 | 'a' 03 210001 | 81",
        "half a property | 30 | 'a' 02 0200 | 81",
        "a response topic with a wildcard | 30 | 'a' 06 08 'b/#' | 81",
        "a response topic that is not UTF-8 | 30 | 'a' 04 08 0001 ff | 81",
        "an empty response topic | 30 | 'a' 03 08 '' | 82",
        "a content type that is not UTF-8 | 30 | 'a' 04 03 0001 ff | 81",
        "a user property that is not UTF-8 | 30 | 'a' 07 26 'a' 0001 ff | 81",
        "a PINGREQ with a flag | c4 | 0001 | 81",
        "a DISCONNECT with a flag | e2 | 0000 | 81",
        "a DISCONNECT that keeps the session | e0 | 00 05 1100000001 | 82",
        "a DISCONNECT with a server's property | e0 | 00 04 1c 'x' | 81",
        "a DISCONNECT with its reason twice | e0 | 00 08 1f 'a' 1f 'b' | 82",
      })
  void whatBreaksARuleEndsTheConnection(String what, String first, String fields, String code)
      throws Exception {
    int before = rig.deliveries().size();
    RawMqtt mqtt = connected("d1");
    mqtt.send(Integer.parseInt(first, 16), fields);
    assertDisconnected(mqtt, what, code);
    assertThat(rig.deliveries()).as(what).hasSize(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "without its flag | 80 | 0001 00 'a' 01 | 81",
        "with packet id 0 | 82 | 0000 00 'a' 01 | 81",
        "to nothing | 82 | 0001 00 | 82",
        "without options | 82 | 0001 00 'a' | 81",
        "with QoS 3 | 82 | 0001 00 'a' 03 | 81",
        "with retain handling 3 | 82 | 0001 00 'a' 30 | 82",
        "with a reserved bit | 82 | 0001 00 'a' 40 | 81",
        "with the other reserved bit | 82 | 0001 00 'a' 80 | 81",
        "shared and not local | 82 | 0001 00 '$share/a/b' 05 | 82",
        "to what is not UTF-8 | 82 | 0001 00 0001 ff 01 | 81",
        "to an empty filter | 82 | 0001 00 '' 01 | 81",
        "with subscription identifier 0 | 82 | 0001 02 0b00 'a' 01 | 82",
        "with two subscription identifiers | 82 | 0001 04 0b010b02 'a' 01 | 82",
        "with a reason | 82 | 0001 04 1f 'x' 'a' 01 | 81",
        "from, without its flag | a0 | 0001 00 'a' | 81",
        "from, with packet id 0 | a2 | 0000 00 'a' | 81",
        "from nothing | a2 | 0001 00 | 82",
        "from what is not UTF-8 | a2 | 0001 00 0001 ff | 81",
        "from, with a subscription identifier | a2 | 0001 02 0b01 'a' | 81",
      })
  void aWrongSubscriptionEndsTheConnection(String what, String first, String fields, String code)
      throws IOException {
    RawMqtt mqtt = connected("d1");
    mqtt.send(Integer.parseInt(first, 16), fields);
    assertDisconnected(mqtt, what, code);
  }

  /** With this code, and a reason string as its only property. */
  private void assertDisconnected(RawMqtt mqtt, String what, String code) throws IOException {
    Packet packet = mqtt.read();
    assertThat(packet.type()).as(what).isEqualTo(DISCONNECT);
    assertThat(packet.at(0)).as(what).isEqualTo(Integer.parseInt(code, 16));
    int length = packet.at(1);
    assertThat(length).as(what).isLessThan(0x80).isEqualTo(packet.body().length - 2);
    assertThat(packet.at(2)).as(what).isEqualTo(0x1F);
    assertThat(packet.at(4)).as(what).isEqualTo(length - 3);
    assertThat(mqtt.read().type()).as(what).isEqualTo(CLOSED);
  }

  @Test
  void aSessionOfBeforeMayBeKeptInTheEnd() throws IOException {
    RawMqtt mqtt = connected("kept", RawMqtt.sessionExpiry(1));
    mqtt.disconnect(RawMqtt.sessionExpiry(60));
    assertThat(mqtt.read().type()).isEqualTo(CLOSED);
    assertThat(raw().connect(0, "kept").at(0)).as("session present").isOne();
  }

  @Test
  void aByteOrderMarkIsPartOfTheText() throws IOException {
    RawMqtt plain = connected("bom");
    RawMqtt marked = connected("\uFEFFbom");
    assertServed(plain);
    marked.publish(1, "\uFEFF" + TOPIC, Batches.readings("d1", 0, 1));
    assertThat(marked.read().pubackReason()).as("is no telemetry topic").isEqualTo(0x90);
  }

  @Test
  void answersHaveThePacketIdsOfWhatTheyAnswer() throws IOException {
    RawMqtt mqtt = connected("d1");
    for (int packetId : new int[] {1, 0x1234, 0xFFFF}) {
      mqtt.publish(packetId, TOPIC, Batches.readings("d1", packetId, 1));
      assertAnswer(mqtt.read(), PUBACK, packetId);
      mqtt.publish(packetId, "elsewhere", Batches.readings("d1", packetId, 1));
      assertAnswer(mqtt.read(), PUBACK, packetId);
      mqtt.subscribe(packetId, "a");
      assertAnswer(mqtt.read(), SUBACK, packetId);
      mqtt.unsubscribe(packetId, "a");
      assertAnswer(mqtt.read(), UNSUBACK, packetId);
    }
  }

  @Test
  void everyFilterIsAnsweredInOnePacketWithoutProperties() throws IOException {
    RawMqtt mqtt = connected("d1", NO_PROBLEM_INFORMATION);
    mqtt.send(0x82, "0007 02 0b01 'a' 00 'b/#' 1d '$share/g/c' 22");
    Packet suback = mqtt.read();
    assertThat(suback.type()).isEqualTo(SUBACK);
    assertThat(suback.body()).containsExactly(0, 7, 0, 0x83, 0x83, 0x83);
    mqtt.send(0xA2, "0008 00 'a' 'b/#' '$share/g/c'");
    Packet unsuback = mqtt.read();
    assertThat(unsuback.type()).isEqualTo(UNSUBACK);
    assertThat(unsuback.body()).containsExactly(0, 8, 0, 0x11, 0x11, 0x11);
    mqtt.publish(9, "elsewhere", new byte[1]);
    assertThat(mqtt.read().body()).as("PUBACK").startsWith(0, 9, 0x90).hasSizeLessThan(5);
  }

  @Test
  void nothingLargerThanTheClientTakesIsSent() throws IOException {
    RawMqtt mqtt = connected("d1", takesAtMost(80));
    mqtt.send(0x82, "0007 00" + " 'a' 00".repeat(76));
    mqtt.send(0xA2, "0008 00" + " 'a'".repeat(76));
    mqtt.send(0x82, "0009 00" + " 'a' 00".repeat(75));
    Packet suback = mqtt.read();
    assertThat(suback.packetId()).as("80 bytes; the larger two are discarded").isEqualTo(9);
    assertThat(suback.body()).hasSize(78);
    mqtt.publish(10, "elsewhere", new byte[1]);
    Packet puback = mqtt.read();
    assertThat(puback.pubackReason()).isEqualTo(0x90);
    assertThat(puback.body()).as("no reason").hasSizeLessThan(5);
    mqtt.send(0x30, "'' 00");
    Packet disconnect = mqtt.read();
    assertThat(disconnect.at(0)).isEqualTo(0x82);
    assertThat(disconnect.body()).as("no reason").hasSizeLessThan(3);
  }

  @Test
  void whoTakesNoPacketIsClosed() throws IOException {
    assertThat(raw().connect("h", takesAtMost(4)).type()).isEqualTo(CLOSED);
    assertThat(raw().connect("h", takesAtMost(5)).body()).containsExactly(0, 0x95, 0);
  }

  @Test
  void aMessageIsNewOnceItsPacketIdWasAcknowledged() throws Exception {
    int before = rig.deliveries().size();
    RawMqtt mqtt = connected("d1", RawMqtt.sessionExpiry(60));
    for (int first : new int[] {0x32, 0x32, 0x3A}) {
      mqtt.publish(first, 7, TOPIC, Batches.readings("d1", 0, 1));
      assertAnswer(mqtt.read(), PUBACK, 7);
    }
    assertThat(rig.deliveries()).hasSize(before + 3);
  }
}
