package io.tidemark.sim.rogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.tidemark.sim.rogue.Mischief.Who;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What rogues send: decided by the seed, always wrong, and never what could become a row. */
class MischiefTest {
  private static final int ACTS = 2_000;
  private static final Who WHO =
      new Who(
          "rogue-wrong-topic-001", "rogue-wrong-topic-001-0", List.of("sim-00001", "sim-00002"));

  @ParameterizedTest
  @EnumSource(RogueKind.class)
  void theSeedDecidesEveryByte(RogueKind kind) {
    assertThat(sent(kind, 7, 0)).isEqualTo(sent(kind, 7, 0));
    assertThat(sent(kind, 7, 0)).isNotEqualTo(sent(kind, 8, 0));
    assertThat(sent(kind, 7, 0)).isNotEqualTo(sent(kind, 7, 1));
  }

  @Test
  void theBytesAreTheSameOnEveryJava() {
    CRC32C all = new CRC32C();
    for (RogueKind kind : RogueKind.values()) {
      sent(kind, 7, 0).forEach(text -> all.update(text.getBytes(StandardCharsets.US_ASCII)));
    }
    assertThat(all.getValue()).isEqualTo(0x14360060L);
  }

  private static List<String> sent(RogueKind kind, long seed, int rogue) {
    List<String> sent = new ArrayList<>();
    for (int act = 0; act < 25; act++) {
      MqttAct mqtt = kind.mischief().mqtt(new Dice(seed, rogue, act), WHO);
      sent.add(hex(mqtt.opening()) + "/" + hex(mqtt.rest()) + "/" + mqtt.zeros());
      CoapAct coap = kind.mischief().coap(new Dice(seed, rogue, act), WHO);
      sent.add(hex(coap.datagram().apply(0)));
    }
    return sent;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void brokenPayloadsAreNeitherBatchNorJson() {
    for (int act = 0; act < ACTS; act++) {
      byte[] payload = Payloads.broken(new Dice(7, 0, act), WHO.name());
      assertThatThrownBy(() -> BatchCodec.decode(payload))
          .as(hex(payload))
          .isInstanceOf(WireFormatException.class);
      assertThatThrownBy(() -> readJson(payload)).as(hex(payload)).isInstanceOf(IOException.class);
    }
  }

  private static void readJson(byte[] payload) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(payload)) {
      while (parser.nextToken() != null) {
        // goes on until it breaks
      }
    }
  }

  /** Its only payload is a status of a rogue: no reading, and of no good device. */
  @Test
  void whatGoesToAWrongTopicHoldsNoReading() throws Exception {
    WrongTopic wrong = new WrongTopic();
    List<String> topics = new ArrayList<>();
    for (int act = 0; act < ACTS; act++) {
      MqttAct mqtt = wrong.mqtt(new Dice(7, 0, act), WHO);
      assertThat(mqtt.opening()).isEqualTo(MqttBytes.connect(WHO.client()));
      if (mqtt.rest()[0] == 0x32) {
        ByteBuffer packet = ByteBuffer.wrap(mqtt.rest());
        packet.position(mqtt.rest()[1] < 0 ? 3 : 2);
        byte[] topic = new byte[packet.getShort()];
        packet.get(topic).position(packet.position() + 3);
        topics.add(new String(topic, StandardCharsets.UTF_8));
        assertIsAStatusOfARogue(packet);
      }
      byte[] message = wrong.coap(new Dice(7, 0, act), WHO).datagram().apply(0);
      int marker = new String(message, StandardCharsets.ISO_8859_1).indexOf("\u00ff\u0008\u0001");
      if (marker >= 0) {
        assertIsAStatusOfARogue(ByteBuffer.wrap(message).position(marker + 1));
      }
    }
    assertThat(topics)
        .contains("devices/sim-00001/telemetry", "$SYS/broker/load", "devices/+/telemetry");
  }

  private static void assertIsAStatusOfARogue(ByteBuffer payload) throws WireFormatException {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    BatchHeader header = BatchCodec.decode(bytes).header();
    assertThat(header.device()).startsWith("rogue-");
    assertThat(header.kind()).isEqualTo(BatchHeader.Kind.STATUS);
    assertThat(header.nextSequence()).isZero();
  }

  /** Whoever connects does so under its own name, so that no good device loses its connection. */
  @ParameterizedTest
  @EnumSource(RogueKind.class)
  void nobodyTakesAGoodDevicesConnection(RogueKind kind) {
    for (int act = 0; act < ACTS / 10; act++) {
      String opening =
          new String(
              kind.mischief().mqtt(new Dice(7, 3, act), WHO).opening(),
              StandardCharsets.ISO_8859_1);
      assertThat(opening).doesNotContain("sim-0000");
    }
  }
}
