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
      PublishStream stream = PublishStream.of("bench-7", MESSAGES, round);
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

  @Test
  void aSliceIsThePacketsFromOneToAnother() {
    PublishStream stream = PublishStream.of("bench-7", 10, 0);
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
