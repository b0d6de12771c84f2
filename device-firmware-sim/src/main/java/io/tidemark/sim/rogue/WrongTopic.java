package io.tidemark.sim.rogue;

import static io.tidemark.sim.rogue.Payloads.status;

import io.tidemark.wire.Routes;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Sends to where it must not. What it sends is always a status of a rogue: if it is taken by
 * mistake, no device's readings are touched.
 */
final class WrongTopic implements Mischief {
  /** Topics of no device; {@code %s} is a name. */
  private static final List<String> NO_DEVICE =
      List.of(
          "%s",
          "telemetry",
          "devices/%s",
          "devices//telemetry",
          "devices/%s/telemetry/",
          "devices/%s/telemetry/more",
          "devices/a b/telemetry",
          "devices/../telemetry",
          "/devices/%s/telemetry",
          "Devices/%s/telemetry",
          "devices/%s/command",
          "$SYS/broker/load",
          "$share/group/devices/%s/telemetry");

  private static final List<String> WILDCARDS =
      List.of("#", "devices/+/telemetry", "devices/#", "+/%s/telemetry");

  private static final List<String> SUBSCRIPTIONS =
      List.of("#", "$SYS/#", "devices/+/telemetry", "devices/%s/telemetry");

  private static final List<Integer> METHODS =
      List.of(CoapBytes.GET, CoapBytes.PUT, CoapBytes.DELETE);

  @Override
  public MqttAct mqtt(Dice dice, Who who) {
    String own = who.name();
    byte[] packet =
        switch (dice.below(5)) {
          case 0 -> MqttBytes.publish(dice.pick(NO_DEVICE).formatted(own), status(own));
          case 1 -> MqttBytes.publish(dice.pick(WILDCARDS).formatted(own), status(own));
          case 2 -> MqttBytes.subscribe(dice.pick(SUBSCRIPTIONS).formatted(other(dice, who)));
          case 3 -> MqttBytes.publish(Routes.telemetry(other(dice, who)), status(own));
          default -> MqttBytes.publish(Routes.telemetry(own), status(nobody(own)));
        };
    return MqttAct.after(who, packet);
  }

  @Override
  public CoapAct coap(Dice dice, Who who) {
    String own = who.name();
    int id = dice.below(1 << 16);
    byte[] message =
        switch (dice.below(5)) {
          case 0 -> CoapBytes.post(dice.pick(NO_DEVICE).formatted(own), id).payload(status(own));
          case 1 -> new CoapBytes(dice.pick(METHODS), id).path(Routes.telemetry(own)).bytes();
          case 2 ->
              CoapBytes.post(Routes.telemetry(own), id)
                  .option(CoapBytes.PROXY_URI, "coap://x/".getBytes(StandardCharsets.US_ASCII))
                  .payload(status(own));
          case 3 -> CoapBytes.post(Routes.telemetry(other(dice, who)), id).payload(status(own));
          default -> CoapBytes.post(Routes.telemetry(own), id).payload(status(nobody(own)));
        };
    return CoapAct.of(message);
  }

  /** A good device; nobody, if there is none. */
  private static String other(Dice dice, Who who) {
    return who.devices().isEmpty() ? nobody(who.name()) : dice.pick(who.devices());
  }

  private static String nobody(String own) {
    return own + "-nobody";
  }
}
