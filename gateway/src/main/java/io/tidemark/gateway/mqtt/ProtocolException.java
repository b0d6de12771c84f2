package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.DecoderException;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;

/** A packet for which a connection is ended. Costs no stack trace: strangers cause it. */
final class ProtocolException extends DecoderException {
  private static final long serialVersionUID = 1;

  private final CloseReason reason;
  private final MqttDisconnectReasonCode code;

  /**
   * Says what is wrong.
   *
   * @param text the rule that was broken and what to do
   */
  ProtocolException(CloseReason reason, MqttDisconnectReasonCode code, String text) {
    super(text);
    this.reason = reason;
    this.code = code;
  }

  /** For what breaks the format itself. */
  static ProtocolException malformed(String text) {
    return new ProtocolException(
        CloseReason.MALFORMED, MqttDisconnectReasonCode.MALFORMED_PACKET, "not MQTT: " + text);
  }

  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // does nothing
  public Throwable fillInStackTrace() {
    return this;
  }

  CloseReason reason() {
    return reason;
  }

  MqttDisconnectReasonCode code() {
    return code;
  }
}
