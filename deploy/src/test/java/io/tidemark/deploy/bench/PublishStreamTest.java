package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PublishStreamTest {
  private static final int MESSAGES = 500;

  @Test
  void everyMessageIsABatchWithNumbersOfItsOwn() throws Exception {
    Set<Long> numbers = new HashSet<>();
    int readings = 0;
    for (int round = 0; round < 2; round++) {
      PublishStream stream = PublishStream.of(Protocol.MQTT, "bench-7", MESSAGES, round);
      assertThat(stream.messages()).isEqualTo(MESSAGES);
      assertThat(stream.payloadBytes() / MESSAGES).isBetween(180L, 230L);
      for (int i = 0; i < MESSAGES; i++) {
        Batch batch = BatchCodec.decode(payload(stream.slice(i, i + 1), i + 1));
        assertThat(batch.header().device()).isEqualTo("bench-7");
        for (int r = 0; r < batch.readings().size(); r++) {
          numbers.add(batch.header().firstSequence() + r);
          readings++;
        }
      }
    }
    assertThat(numbers).hasSize(readings);
  }

  /** Byte by byte as RFC 7252, section 3, has it. */
  @Test
  void overCoapTheyAreConfirmablePosts() throws Exception {
    Set<Short> messageIds = new HashSet<>();
    for (int round = 0; round < 2; round++) {
      PublishStream stream = PublishStream.of(Protocol.COAP, "bench-7", MESSAGES, round);
      assertThat(stream.payloadBytes() / MESSAGES).isBetween(180L, 230L);
      for (int i = 0; i < MESSAGES; i++) {
        ByteBuffer message = stream.slice(i, i + 1);
        assertThat(message.get()).as("version 1, CON, a token of 4").isEqualTo((byte) 0x44);
        assertThat(message.get()).as("POST").isEqualTo((byte) 2);
        messageIds.add(message.getShort());
        assertThat(message.getInt()).as("token").isEqualTo(round * MESSAGES + i);
        assertThat(text(message, 0xB7, 7)).isEqualTo("devices");
        assertThat(text(message, 0x07, 7)).isEqualTo("bench-7");
        assertThat(text(message, 0x09, 9)).isEqualTo("telemetry");
        assertThat(message.get()).as("Content-Format, 2 bytes").isEqualTo((byte) 0x12);
        assertThat(message.getShort() & 0xFFFF).isEqualTo(65_001);
        assertThat(message.get()).isEqualTo((byte) 0xFF);
        byte[] payload = new byte[message.remaining()];
        message.get(payload);
        assertThat(BatchCodec.decode(payload).header().device()).isEqualTo("bench-7");
      }
    }
    assertThat(messageIds)
        .as("a port that is used again does not repeat them")
        .hasSize(2 * MESSAGES);
  }

  private static String text(ByteBuffer message, int first, int length) {
    assertThat(message.get() & 0xFF).isEqualTo(first);
    byte[] value = new byte[length];
    message.get(value);
    return new String(value, StandardCharsets.UTF_8);
  }

  @Test
  void aSliceIsThePacketsFromOneToAnother() {
    PublishStream stream = PublishStream.of(Protocol.MQTT, "bench-7", 10, 0);
    ByteBuffer joined = ByteBuffer.allocate(stream.bytes().length);
    joined.put(stream.slice(0, 3)).put(stream.slice(3, 4)).put(stream.slice(4, 10));
    assertThat(joined.array()).isEqualTo(stream.bytes());
  }

  @Test
  void packetIdsBeginAgainAndAreNeverZero() {
    assertThat(PublishStream.packetId(0)).isEqualTo(1);
    assertThat(PublishStream.packetId(65_534)).isEqualTo(65_535);
    assertThat(PublishStream.packetId(65_535)).isEqualTo(1);
  }

  private static byte[] payload(ByteBuffer packet, int packetId) {
    assertThat(packet.get()).isEqualTo((byte) 0x32);
    int length = packet.get() & 0x7F | (packet.get() & 0x7F) << 7;
    assertThat(length).isEqualTo(packet.remaining());
    byte[] topic = new byte[packet.getShort()];
    packet.get(topic);
    assertThat(new String(topic, StandardCharsets.UTF_8)).isEqualTo("devices/bench-7/telemetry");
    assertThat(packet.getShort()).isEqualTo((short) packetId);
    assertThat(packet.get()).isZero();
    byte[] payload = new byte[packet.remaining()];
    packet.get(payload);
    return payload;
  }
}
