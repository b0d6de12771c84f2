package io.tidemark.sim.rogue;

import static io.tidemark.sim.rogue.MqttBytes.joined;

import io.tidemark.wire.Routes;
import java.util.Arrays;

/** Sends much that is answered, and reads nothing. */
final class SlowReader implements Mischief {
  /** What it sends whenever it acts: answers have to fill what systems hold for a connection. */
  private static final int MESSAGES = 2_000;

  private static final int DATAGRAMS = 200;

  private static final byte[] PINGREQ = {(byte) 0xC0, 0};

  @Override
  public MqttAct mqtt(Dice dice, Who who) {
    byte[] publish =
        MqttBytes.publish(Routes.telemetry(who.name()), Payloads.broken(dice, who.name()));
    byte[][] all = new byte[MESSAGES][];
    Arrays.fill(all, joined(PINGREQ, publish));
    return new MqttAct(MqttBytes.connect(who.client()), joined(all), 0, Manner.DEAF);
  }

  @Override
  public CoapAct coap(Dice dice, Who who) {
    byte[] payload = Payloads.broken(dice, who.name());
    int id = dice.below(1 << 16);
    return new CoapAct(
        DATAGRAMS,
        n -> CoapBytes.post(Routes.telemetry(who.name()), id + n & 0xFFFF).payload(payload),
        Manner.DEAF);
  }
}
