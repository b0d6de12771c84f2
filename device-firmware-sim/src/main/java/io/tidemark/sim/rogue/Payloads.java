package io.tidemark.sim.rogue;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Payloads of rogues. */
final class Payloads {
  private static final String JSON =
      "{\"sensor\":\"roof\",\"kind\":\"bme280\",\"values\":{\"temperature\":21.5,\"humidity\":48.25}}";

  private Payloads() {}

  /**
   * A batch in order that has no reading in it: wherever it is sent, and whoever takes it by
   * mistake, it can become no row.
   */
  static byte[] status(String device) {
    return BatchCodec.encode(Batch.ofStatus(device, 1, 0, 0));
  }

  /** What is no payload. */
  static byte[] broken(Dice dice, String device) {
    return switch (dice.below(6)) {
      case 0 -> cut(JSON.getBytes(StandardCharsets.UTF_8), 1, dice);
      case 1 -> wrongCrc(dice, device);
      case 2 -> cut(batch(dice, device), 2, dice);
      case 3 -> MqttBytes.joined(new byte[] {8, 1}, dice.bytes(dice.between(0, 60)));
      case 4 ->
          new byte[] {(byte) (0x81 + dice.below(23))}; // CBOR: that many items, but none comes
      default -> MqttBytes.joined("{\"temperature\":21.5]".getBytes(StandardCharsets.UTF_8));
    };
  }

  private static byte[] wrongCrc(Dice dice, String device) {
    byte[] batch = batch(dice, device);
    // A CRC finds every single bit; the first two bytes say that it is a batch.
    batch[dice.between(2, batch.length - 1)] ^= (byte) (1 << dice.below(8));
    return batch;
  }

  private static byte[] batch(Dice dice, String device) {
    List<Reading> readings =
        List.of(
            new Reading(
                "roof",
                "bme280",
                1_700_000_000_000_000_000L + dice.below(1_000_000),
                Map.of("temperature", new Value.Num(dice.below(1_000) / 10.0))));
    return BatchCodec.encode(Batch.ofReadings(device, 1, 0, readings, 1, 0));
  }

  /** Without at least the last byte, and with at least so many. */
  static byte[] cut(byte[] whole, int least, Dice dice) {
    return Arrays.copyOf(whole, dice.between(least, whole.length - 1));
  }
}
