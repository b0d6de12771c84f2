package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import org.jspecify.annotations.Nullable;

/** With which code a CONNACK says why somebody is not let in. */
final class ConnackCodes {
  private ConnackCodes() {}

  /** Of MQTT 5. */
  static MqttConnectReturnCode of5(CloseReason reason) {
    return switch (reason) {
      case AUTHENTICATION -> MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD;
      case CLIENT_ID -> MqttConnectReturnCode.CONNECTION_REFUSED_CLIENT_IDENTIFIER_NOT_VALID;
      case MAXIMUM_PACKET_SIZE -> MqttConnectReturnCode.CONNECTION_REFUSED_PACKET_TOO_LARGE;
      case CONNECTIONS -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY;
      case ADDRESS, WILL_TOO_LARGE -> MqttConnectReturnCode.CONNECTION_REFUSED_QUOTA_EXCEEDED;
      case NO_CERTIFICATE, NOT_AUTHORISED, SUPERSEDED ->
          MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5;
      case SHUT_OUT -> MqttConnectReturnCode.CONNECTION_REFUSED_BANNED;
      case WRONG_PASSWORD -> MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USERNAME_OR_PASSWORD;
      case PASSWORD_FAILURES -> MqttConnectReturnCode.CONNECTION_REFUSED_CONNECTION_RATE_EXCEEDED;
      case PASSWORD_CHECKS -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY;
      case WILL_TOPIC -> MqttConnectReturnCode.CONNECTION_REFUSED_TOPIC_NAME_INVALID;
      case WILL_QOS -> MqttConnectReturnCode.CONNECTION_REFUSED_QOS_NOT_SUPPORTED;
      case WILL_RETAIN -> MqttConnectReturnCode.CONNECTION_REFUSED_RETAIN_NOT_SUPPORTED;
      default -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5;
    };
  }

  /** Of MQTT 3.1.1; null where it has none, and the connection is closed without. */
  static @Nullable MqttConnectReturnCode of311(CloseReason reason) {
    return switch (reason) {
      case CLIENT_ID -> MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED;
      case NO_CERTIFICATE, NOT_AUTHORISED, SHUT_OUT, SUPERSEDED ->
          MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED;
      case WRONG_PASSWORD -> MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD;
      case WILL_TOPIC, WILL_TOO_LARGE -> null;
      default -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE;
    };
  }
}
