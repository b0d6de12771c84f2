package io.tidemark.sim.rogue;

import io.tidemark.wire.Routes;
import java.util.Arrays;

/**
 * Opens connections and leaves them: silent ones, some with half a CONNECT, and some with its
 * client id, of which each takes the place of the one before. Over CoAP: parts of messages, and
 * first blocks that none follows.
 */
final class Flood implements Mischief {
  @Override
  public MqttAct mqtt(Dice dice, Who who) {
    byte[] connect = MqttBytes.connect(who.name());
    byte[] opening =
        switch (dice.below(3)) {
          case 0 -> new byte[0];
          case 1 -> Payloads.cut(connect, 1, dice);
          default -> connect;
        };
    return new MqttAct(opening, new byte[0], 0, Manner.STAYS);
  }

  @Override
  public CoapAct coap(Dice dice, Who who) {
    byte[] block =
        CoapBytes.post(Routes.telemetry(who.name()), dice.below(1 << 16))
            .block(0, CoapBytes.SZX)
            .payload(dice.bytes(1_024));
    byte[] sent = dice.below(2) == 0 ? block : Arrays.copyOf(block, dice.between(1, 3));
    return new CoapAct(1, n -> sent, Manner.STAYS);
  }
}
