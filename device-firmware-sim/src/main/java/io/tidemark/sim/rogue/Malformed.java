package io.tidemark.sim.rogue;

import static io.tidemark.sim.rogue.MqttBytes.hex;
import static io.tidemark.sim.rogue.MqttBytes.joined;
import static io.tidemark.sim.rogue.MqttBytes.text;

import io.tidemark.wire.Routes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Sends what is no MQTT and no CoAP, or no payload. */
final class Malformed implements Mischief {
  /** What is none in a connection that has begun well (MQTT 5, sections 2 and 3). */
  private static final List<byte[]> PACKETS =
      List.of(
          hex("00 00"), // there is no type 0
          hex("30 ff ff ff ff 01"), // a length in five bytes
          hex("36 07 0001 61 0001 00 ff"), // QoS 3
          hex("32 07 0001 61 0000 00 ff"), // packet id 0
          hex("32 07 0001 ff 0001 00 ff"), // a topic that is no UTF-8
          hex("32 07 0001 00 0001 00 ff"), // U+0000 in it
          hex("32 05 01f4 616263"), // a topic longer than its packet
          hex("32 09 0001 61 0001 ffff7f ff"), // properties longer than theirs
          hex("32 09 0001 61 0001 02 7f00 ff"), // a property that there is not
          hex("32 03 0001 61"), // no packet id
          hex("20 02 0000"), // a CONNACK, which only gateways send
          hex("40 03 0001 42"), // a PUBACK with a code that there is not
          hex("62 02 0001"), // a PUBREL that answers nothing
          hex("80 06 0001 00 0001 23"), // a SUBSCRIBE without its flag
          hex("c1 00"), // a PINGREQ with a flag
          hex("c0 01 00"), // a PINGREQ with contents
          hex("e0 01 ee"), // a DISCONNECT with a code that there is not
          hex("f0 00")); // AUTH, where nothing was agreed on

  @Override
  public MqttAct mqtt(Dice dice, Who who) {
    byte[] connect = MqttBytes.connect(who.client());
    byte[] publish =
        MqttBytes.publish(Routes.telemetry(who.name()), Payloads.broken(dice, who.name()));
    return switch (dice.below(8)) {
      case 0 -> MqttAct.instead(noise(dice, 0x10));
      case 1 -> MqttAct.instead(wrongConnect(dice, who.client()));
      case 2 -> MqttAct.instead(Payloads.cut(connect, 1, dice));
      case 3 -> MqttAct.after(who, Payloads.cut(publish, 1, dice));
      case 4, 5 -> MqttAct.after(who, dice.pick(PACKETS));
      default -> MqttAct.after(who, publish);
    };
  }

  private static byte[] wrongConnect(Dice dice, String client) {
    return switch (dice.below(6)) {
      case 0 -> MqttBytes.connect("MQTX", 5, 2, text(client));
      case 1 -> MqttBytes.connect("MQTT", 6 + dice.below(250), 2, text(client));
      case 2 -> MqttBytes.connect("MQTT", 5, 3, text(client)); // a flag that is reserved
      case 3 -> MqttBytes.connect("MQTT", 5, 2, joined(text(client), dice.bytes(3)));
      case 4 -> MqttBytes.connect("MQTT", 5, 2, hex("0400 61")); // an id longer than its packet
      default -> "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    };
  }

  /** Whatever begins with another byte. */
  private static byte[] noise(Dice dice, int not) {
    byte[] noise = dice.bytes(dice.between(1, 64));
    if (noise[0] == (byte) not) {
      noise[0]++;
    }
    return noise;
  }

  @Override
  public CoapAct coap(Dice dice, Who who) {
    int id = dice.below(1 << 16);
    CoapBytes post = CoapBytes.post(Routes.telemetry(who.name()), id);
    byte[] payload = Payloads.broken(dice, who.name());
    return CoapAct.of(dice.below(2) == 0 ? post.payload(payload) : wrongMessage(dice, id, post));
  }

  private static byte[] wrongMessage(Dice dice, int id, CoapBytes post) {
    byte[] message = post.bytes();
    switch (dice.below(8)) {
      case 0:
        return Arrays.copyOf(message, dice.below(4)); // its header has four bytes
      case 1:
        message[0] ^= (byte) (0x40 + 0x40 * dice.below(2)); // version 0, or 3
        return message;
      case 2:
        message[0] |= (byte) (9 + dice.below(7)); // tokens have at most eight bytes
        return message;
      case 3:
        return joined(message, new byte[] {(byte) 0xF1, 0}); // an option's number is reserved
      case 4:
        return joined(message, new byte[] {0x0D, (byte) 200}); // an option longer than its message
      case 5:
        return joined(message, new byte[] {(byte) 0xFF}); // a payload that is not there
      case 6:
        return new CoapBytes(0x20 + dice.below(0x20), id).bytes(); // a class that is reserved
      default:
        byte[] noise = dice.bytes(dice.between(1, 64));
        noise[0] |= (byte) 0x80; // version 2 or 3
        return noise;
    }
  }
}
