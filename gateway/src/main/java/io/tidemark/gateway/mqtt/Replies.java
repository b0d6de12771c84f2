package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.tidemark.gateway.intake.Outcome;
import io.tidemark.gateway.intake.Reason;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.messages.MqttSubscribeMessage;
import io.vertx.mqtt.messages.MqttUnsubscribeMessage;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import io.vertx.mqtt.messages.codes.MqttSubAckReasonCode;
import io.vertx.mqtt.messages.codes.MqttUnsubAckReasonCode;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/**
 * What one device is told, in what its version of MQTT has for it. Belongs to the connection's
 * event loop.
 */
final class Replies {
  private static final int MQTT_5 = 5;

  private final MqttEndpoint endpoint;
  private final Gate gate;
  private final boolean five;
  private final boolean reasons;

  Replies(MqttEndpoint endpoint, Gate gate) {
    this.endpoint = endpoint;
    this.gate = gate;
    this.five = isMqtt5(endpoint);
    this.reasons = five && Properties.wantsReasons(endpoint.connectProperties());
  }

  static boolean isMqtt5(MqttEndpoint endpoint) {
    return endpoint.protocolVersion() >= MQTT_5;
  }

  /** False if it can be told nothing now: it is gone, or does not read. */
  boolean possible() {
    return endpoint.isConnected() && gate.canWrite();
  }

  /** False if the connection was closed instead, so that the device sends again. */
  boolean acknowledge(int packetId, Outcome outcome) {
    if (outcome instanceof Outcome.Committed) {
      endpoint.publishAcknowledge(packetId);
      return true;
    }
    if (outcome instanceof Outcome.Refused refused && five) {
      endpoint.publishAcknowledge(
          packetId,
          code(refused.reason()),
          reasons
              ? Properties.refusal(refused.text(), refused.retryAfter())
              : MqttProperties.NO_PROPERTIES);
      return true;
    }
    // MQTT 3.1.1 has no way to refuse, and an acknowledgement would be a lie.
    disconnect(MqttDisconnectReasonCode.UNSPECIFIED_ERROR, textOf(outcome));
    return false;
  }

  private static String textOf(Outcome outcome) {
    if (outcome instanceof Outcome.Refused refused) {
      return refused.text();
    }
    return outcome instanceof Outcome.Unknown unknown ? unknown.text() : "send again";
  }

  private static MqttPubAckReasonCode code(Reason reason) {
    return switch (reason) {
      case UNDECODABLE, CONTENT_TYPE, TOO_LARGE -> MqttPubAckReasonCode.PAYLOAD_FORMAT_INVALID;
      case DEVICE_MISMATCH, NOT_AUTHORISED -> MqttPubAckReasonCode.NOT_AUTHORIZED;
      case TOPIC -> MqttPubAckReasonCode.TOPIC_NAME_INVALID;
      case BUSY, FULL, IN_DOUBT, NOT_READY, RATE, DEVICE_RATE, SITE_RATE, WINDOW ->
          MqttPubAckReasonCode.QUOTA_EXCEEDED;
      case QOS, PROTOCOL -> MqttPubAckReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
    };
  }

  /** A reason string, where the device wants one and has room for it. */
  private MqttProperties explained(@Nullable String text) {
    return reasons ? Properties.reason(String.valueOf(text)) : MqttProperties.NO_PROPERTIES;
  }

  void subscribed(MqttSubscribeMessage message) {
    int filters = message.topicSubscriptions().size();
    if (five) {
      endpoint.subscribeAcknowledge(
          message.messageId(),
          Collections.nCopies(filters, MqttSubAckReasonCode.IMPLEMENTATION_SPECIFIC_ERROR),
          explained("gateways take telemetry; there is nothing to subscribe to"));
    } else {
      endpoint.subscribeAcknowledge(
          message.messageId(),
          Collections.nCopies(filters, MqttSubAckReasonCode.UNSPECIFIED_ERROR),
          MqttProperties.NO_PROPERTIES);
    }
  }

  void unsubscribed(MqttUnsubscribeMessage message) {
    if (five) {
      endpoint.unsubscribeAcknowledge(
          message.messageId(),
          Collections.nCopies(
              message.topics().size(), MqttUnsubAckReasonCode.NO_SUBSCRIPTION_EXISTED),
          MqttProperties.NO_PROPERTIES);
    } else {
      endpoint.unsubscribeAcknowledge(message.messageId());
    }
  }

  /** Ends the connection; does nothing if it is ended already. */
  void disconnect(MqttDisconnectReasonCode code, @Nullable String text) {
    end(code, explained(text));
  }

  /**
   * Ends the connection with the name of a server to use instead; does nothing if it is ended
   * already.
   *
   * @param server null if none is known
   * @param otherwise the code if none is, or the client takes no packet with its name
   */
  void sendTo(@Nullable String server, MqttDisconnectReasonCode otherwise, String text) {
    if (server != null && five && Properties.takesReference(endpoint.connectProperties(), server)) {
      end(
          MqttDisconnectReasonCode.USE_ANOTHER_SERVER,
          Properties.reference(server, reasons ? text : null));
    } else {
      disconnect(otherwise, text);
    }
  }

  private void end(MqttDisconnectReasonCode code, MqttProperties properties) {
    if (endpoint.isConnected()) {
      endpoint.disconnect(code, properties);
      gate.closing();
    }
  }
}
