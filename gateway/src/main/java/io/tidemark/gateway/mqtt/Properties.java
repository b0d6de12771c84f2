package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperty;
import io.tidemark.wire.RetryAfter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The MQTT 5 properties this gateway sends and reads. */
final class Properties {
  /** A CONNACK with an assigned client id, and so all that is sent to every client. */
  static final int CONNACK_MAX_BYTES = 80;

  private static final int REASON_MAX_LENGTH = 512;

  /** Of at most 3 bytes for each of its characters, with room for a server reference beside. */
  private static final int REASONED_PACKET_MAX_BYTES = 4 * REASON_MAX_LENGTH;

  /** What is around a server reference in a CONNACK, which has the more of it. */
  private static final int AROUND_REFERENCE_BYTES = 12;

  private static final char REPLACEMENT = 0xFFFD;

  /** What a text of MQTT should not have (MQTT 5, section 1.5.4), and a device may have sent. */
  private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}");

  private Properties() {}

  /** What the server offers and does not: MQTT 5, section 3.2.2.3. */
  static MqttProperties connack(
      MqttSettings settings, Duration sessionExpiry, @Nullable String assignedClientId) {
    MqttProperties properties = new MqttProperties();
    number(
        properties,
        MqttPropertyType.SESSION_EXPIRY_INTERVAL,
        Math.toIntExact(sessionExpiry.toSeconds()));
    number(properties, MqttPropertyType.RECEIVE_MAXIMUM, settings.receiveMaximum());
    number(properties, MqttPropertyType.MAXIMUM_QOS, 1);
    number(properties, MqttPropertyType.RETAIN_AVAILABLE, 0);
    number(properties, MqttPropertyType.MAXIMUM_PACKET_SIZE, settings.packetMaxBytes());
    number(properties, MqttPropertyType.TOPIC_ALIAS_MAXIMUM, 0);
    number(properties, MqttPropertyType.WILDCARD_SUBSCRIPTION_AVAILABLE, 0);
    number(properties, MqttPropertyType.SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0);
    number(properties, MqttPropertyType.SHARED_SUBSCRIPTION_AVAILABLE, 0);
    if (assignedClientId != null) {
      properties.add(
          new StringProperty(
              MqttPropertyType.ASSIGNED_CLIENT_IDENTIFIER.value(), assignedClientId));
    }
    return properties;
  }

  /** A reason string: what was wrong and what to do. */
  static MqttProperties reason(String text) {
    MqttProperties properties = new MqttProperties();
    addReason(properties, text);
    return properties;
  }

  /**
   * A reason string, and beside it for machines when to send again, which MQTT has nothing for.
   *
   * @param retryAfter zero if nobody knows
   */
  static MqttProperties refusal(String text, Duration retryAfter) {
    MqttProperties properties = reason(text);
    if (!retryAfter.isZero()) {
      properties.add(new UserProperty(RetryAfter.PROPERTY, RetryAfter.text(retryAfter)));
    }
    return properties;
  }

  private static void addReason(MqttProperties properties, String text) {
    properties.add(
        new StringProperty(
            MqttPropertyType.REASON_STRING.value(),
            CONTROLS
                .matcher(text.substring(0, Math.min(text.length(), REASON_MAX_LENGTH)))
                .replaceAll("?")));
  }

  /**
   * Another server to use, which is only said with the code 0x9C (MQTT 5, section 4.11).
   *
   * @param text a reason string beside it; null for none
   */
  static MqttProperties reference(String server, @Nullable String text) {
    MqttProperties properties = new MqttProperties();
    properties.add(new StringProperty(MqttPropertyType.SERVER_REFERENCE.value(), server));
    if (text != null) {
      addReason(properties, text);
    }
    return properties;
  }

  /** False if the client takes only packets too small for it. */
  static boolean takesReference(MqttProperties connect, String server) {
    return maximumPacketSize(connect)
        >= AROUND_REFERENCE_BYTES + server.getBytes(StandardCharsets.UTF_8).length;
  }

  /** False if the client asked for none, or takes only packets too small for them. */
  static boolean wantsReasons(MqttProperties connect) {
    return numberIn(connect, MqttPropertyType.REQUEST_PROBLEM_INFORMATION, 1) != 0
        && maximumPacketSize(connect) >= REASONED_PACKET_MAX_BYTES;
  }

  /**
   * The largest packet the client takes: an unsigned 32 bits, and without any what there may be.
   */
  static long maximumPacketSize(MqttProperties connect) {
    return Integer.toUnsignedLong(numberIn(connect, MqttPropertyType.MAXIMUM_PACKET_SIZE, -1));
  }

  static boolean has(MqttProperties properties, MqttPropertyType type) {
    return properties.getProperty(type.value()) != null;
  }

  static @Nullable String text(MqttProperties properties, MqttPropertyType type) {
    return properties.getProperty(type.value()) instanceof StringProperty property
        ? property.value()
        : null;
  }

  /** A time in seconds, an unsigned 32 bits. */
  static Duration seconds(MqttProperties properties, MqttPropertyType type, Duration absent) {
    return properties.getProperty(type.value()) instanceof IntegerProperty property
        ? Duration.ofSeconds(Integer.toUnsignedLong(property.value()))
        : absent;
  }

  /**
   * False for what is no text of MQTT (MQTT 5, section 1.5.4): U+0000, or bytes that are not UTF-8,
   * in whose place the decoder has put U+FFFD.
   */
  static boolean isText(String decoded) {
    return decoded.indexOf(0) < 0 && decoded.indexOf(REPLACEMENT) < 0;
  }

  private static int numberIn(MqttProperties properties, MqttPropertyType type, int absent) {
    return properties.getProperty(type.value()) instanceof IntegerProperty property
        ? property.value()
        : absent;
  }

  private static void number(MqttProperties properties, MqttPropertyType type, int value) {
    properties.add(new IntegerProperty(type.value(), value));
  }
}
