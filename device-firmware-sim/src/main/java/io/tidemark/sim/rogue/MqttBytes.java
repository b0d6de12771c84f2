package io.tidemark.sim.rogue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Packets of MQTT 5, and parts of them, with nothing checked. */
final class MqttBytes {
  private static final int KEEP_ALIVE_SECONDS = 60;

  private MqttBytes() {}

  /** A CONNECT in order, with a clean start (MQTT 5, section 3.1). */
  static byte[] connect(String clientId) {
    return connect("MQTT", 5, 0x02, text(clientId));
  }

  /**
   * A CONNECT.
   *
   * @param flags the connect flags (section 3.1.2.3)
   * @param clientId with its length
   */
  static byte[] connect(String protocol, int level, int flags, byte[] clientId) {
    byte[] rest = {
      (byte) level, (byte) flags, 0, KEEP_ALIVE_SECONDS, 0, // no properties
    };
    return packet(0x10, joined(text(protocol), rest, clientId));
  }

  /** A PUBLISH with QoS 1, packet id 1 and no properties (section 3.3). */
  static byte[] publish(String topic, byte[] payload) {
    return packet(0x32, publishBody(topic, payload));
  }

  /** The same without what stands before it. */
  static byte[] publishBody(String topic, byte[] payload) {
    return joined(text(topic), new byte[] {0, 1, 0}, payload);
  }

  /** A SUBSCRIBE for QoS 0, with packet id 1 (section 3.8). */
  static byte[] subscribe(String filter) {
    return packet(0x82, joined(new byte[] {0, 1, 0}, text(filter), new byte[] {0}));
  }

  /** A packet with the length it has. */
  static byte[] packet(int first, byte[] body) {
    return joined(head(first, body.length), body);
  }

  /** Type, flags, and a length of at most 268,435,455 (section 2.1). */
  static byte[] head(int first, int length) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first);
    int left = length;
    do {
      out.write(left > 127 ? left % 128 | 128 : left);
      left /= 128;
    } while (left > 0);
    return out.toByteArray();
  }

  /** A text with its length in two bytes (section 1.5.4). */
  static byte[] text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return joined(new byte[] {(byte) (bytes.length >> 8), (byte) bytes.length}, bytes);
  }

  static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
