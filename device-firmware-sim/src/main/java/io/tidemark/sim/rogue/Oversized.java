package io.tidemark.sim.rogue;

import static io.tidemark.sim.rogue.MqttBytes.joined;

import io.tidemark.wire.Limits;
import io.tidemark.wire.Routes;
import java.nio.charset.StandardCharsets;

/**
 * Sends, or announces, more than anybody takes. What comes is nothing but zeros, which are no
 * payload either.
 */
final class Oversized implements Mischief {
  /** The most that a packet of MQTT can say of its length (section 1.5.5). */
  private static final int REMAINING_MAX_BYTES = 268_435_455;

  /** What comes of a packet that would be longer. */
  private static final int SENT_MAX_BYTES = 512 << 10;

  private static final int BLOCK_BYTES = 1_024;

  /** Twice the largest batch. */
  private static final int BLOCKS = 2 * Limits.BATCH_MAX_BYTES / BLOCK_BYTES;

  @Override
  public MqttAct mqtt(Dice dice, Who who) {
    byte[] connect = MqttBytes.connect(who.client());
    byte[] publish = MqttBytes.publishBody(Routes.telemetry(who.name()), new byte[0]);
    int more = Limits.BATCH_MAX_BYTES + dice.between(4 << 10, 200 << 10);
    return switch (dice.below(5)) {
      case 0 -> MqttAct.instead(joined(MqttBytes.head(0x10, REMAINING_MAX_BYTES), connect));
      case 1 ->
          MqttAct.instead(MqttBytes.connect("x".repeat(dice.between(17 << 10, (1 << 16) - 1))));
      case 2 ->
          MqttAct.after(
              who, MqttBytes.publish("t".repeat((1 << 16) - 1), Payloads.status(who.name())));
      case 3 ->
          sending(who, joined(MqttBytes.head(0x32, REMAINING_MAX_BYTES), publish), SENT_MAX_BYTES);
      default -> sending(who, joined(MqttBytes.head(0x32, publish.length + more), publish), more);
    };
  }

  private static MqttAct sending(Who who, byte[] begun, int zeros) {
    return new MqttAct(MqttBytes.connect(who.client()), begun, zeros, Manner.WAITS);
  }

  @Override
  public CoapAct coap(Dice dice, Who who) {
    String path = Routes.telemetry(who.name());
    int id = dice.below(1 << 16);
    byte[] block = new byte[BLOCK_BYTES];
    return switch (dice.below(6)) {
      case 0 ->
          CoapAct.of(
              CoapBytes.post(path, id)
                  .block(0, CoapBytes.SZX)
                  .option(CoapBytes.SIZE1, 256 << 20)
                  .payload(block));
      case 1 -> CoapAct.of(CoapBytes.post(path, id).block(1_000_000, CoapBytes.SZX).payload(block));
      case 2 -> CoapAct.of(CoapBytes.post(path, id).block(0, 7).payload(block)); // reserved
      case 3 -> CoapAct.of(CoapBytes.post(path, id).payload(new byte[60_000]));
      case 4 -> CoapAct.of(longPath(path, id).payload(Payloads.status(who.name())));
      default ->
          new CoapAct(
              BLOCKS,
              n -> CoapBytes.post(path, id + n & 0xFFFF).block(n, CoapBytes.SZX).payload(block),
              Manner.WAITS);
    };
  }

  private static CoapBytes longPath(String path, int id) {
    byte[] segment = "t".repeat(1_000).getBytes(StandardCharsets.US_ASCII);
    return CoapBytes.post(path, id).option(CoapBytes.URI_PATH, segment);
  }
}
