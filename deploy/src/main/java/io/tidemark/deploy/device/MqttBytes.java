package io.tidemark.deploy.device;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** How MQTT 5 writes what a device sends (sections 1.5, 3.1 and 3.3). */
public final class MqttBytes {
  private static final int CONNECT = 0x10;
  private static final int PUBLISH_QOS_1 = 0x32;
  private static final int VERSION_5 = 5;
  private static final int CLEAN_START = 0x02;

  private MqttBytes() {}

  /** CONNECT with a clean start and without keep-alive: who idles is not to be disconnected. */
  public static byte[] connect(String clientId) {
    byte[] id = clientId.getBytes(StandardCharsets.UTF_8);
    byte[] protocol = "MQTT".getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(CONNECT);
    variableInt(out, 2 + protocol.length + 1 + 1 + 2 + 1 + 2 + id.length);
    twoBytes(out, protocol.length);
    out.writeBytes(protocol);
    out.write(VERSION_5);
    out.write(CLEAN_START);
    twoBytes(out, 0); // keep-alive
    out.write(0); // length of the properties
    twoBytes(out, id.length);
    out.writeBytes(id);
    return out.toByteArray();
  }

  /** PUBLISH with QoS 1 and no properties. */
  public static void publish(
      ByteArrayOutputStream out, String topicName, int packetId, byte[] payload) {
    byte[] topic = topicName.getBytes(StandardCharsets.UTF_8);
    out.write(PUBLISH_QOS_1);
    variableInt(out, 2 + topic.length + 2 + 1 + payload.length);
    twoBytes(out, topic.length);
    out.writeBytes(topic);
    twoBytes(out, packetId);
    out.write(0); // length of the properties
    out.writeBytes(payload);
  }

  private static void twoBytes(ByteArrayOutputStream out, int value) {
    out.write(value >>> 8);
    out.write(value);
  }

  private static void variableInt(ByteArrayOutputStream out, int value) {
    int rest = value;
    while (rest > 127) {
      out.write(rest & 127 | 128);
      rest >>>= 7;
    }
    out.write(rest);
  }
}
