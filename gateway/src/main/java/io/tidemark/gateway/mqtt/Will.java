package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.tidemark.gateway.identity.Device;
import io.tidemark.wire.Address;
import io.tidemark.wire.Names;
import io.vertx.mqtt.MqttWill;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a device wants said once its connection has ended without its word (MQTT 5, section
 * 3.1.2.5).
 *
 * @param device whose it is: who has proved to be it, else the one its topic names, else its client
 *     id; null if neither can name a device
 * @param from who has proved to be that, and by what; null if nobody had to
 * @param topic where it wants it said
 * @param payload what
 * @param delay how long after the end of the connection, if its session does not end before; zero
 *     for MQTT 3.1.1
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Will(
    @Nullable String device, @Nullable Device from, String topic, byte[] payload, Duration delay) {
  /**
   * The will of a CONNECT in which nothing is wrong; null if it has none.
   *
   * @param clientId null if the device has given none
   * @param from who connects; null if nobody has to prove that
   */
  static @Nullable Will of(MqttWill will, @Nullable String clientId, @Nullable Device from) {
    if (!will.isWillFlag()) {
      return null;
    }
    String topic = will.getWillTopic();
    return new Will(
        from == null ? deviceOf(topic, clientId) : from.name(),
        from,
        topic,
        will.getWillMessageBytes(),
        Properties.seconds(
            will.getWillProperties(), MqttPropertyType.WILL_DELAY_INTERVAL, Duration.ZERO));
  }

  private static @Nullable String deviceOf(String topic, @Nullable String clientId) {
    String named = Address.deviceIn(topic);
    if (named != null) {
      return named;
    }
    return clientId != null && Names.isDevice(clientId) ? clientId : null;
  }

  /**
   * Why a connection with this will, which is well-formed, is not let in; null if it may be.
   *
   * @param from who connects; null if nobody has to prove that
   */
  static @Nullable CloseReason wrongWith(
      MqttWill will, @Nullable Device from, boolean five, int maxBytes) {
    if (!will.isWillFlag()) {
      return null;
    }
    String topic = will.getWillTopic();
    if (topic.isEmpty() || topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0) {
      return CloseReason.WILL_TOPIC;
    }
    String named = Address.deviceIn(topic);
    if (from != null && named != null && !named.equals(from.name())) {
      return CloseReason.NOT_AUTHORISED;
    }
    if (five && will.getWillQos() == MqttQoS.EXACTLY_ONCE.value()) {
      return CloseReason.WILL_QOS;
    }
    if (five && will.isWillRetain()) {
      return CloseReason.WILL_RETAIN;
    }
    return bytes(topic, will.getWillMessageBytes()) > maxBytes ? CloseReason.WILL_TOO_LARGE : null;
  }

  /** Memory it is charged for: topic and payload. */
  int bytes() {
    return bytes(topic, payload);
  }

  private static int bytes(String topic, byte[] payload) {
    return topic.getBytes(StandardCharsets.UTF_8).length + payload.length;
  }
}
