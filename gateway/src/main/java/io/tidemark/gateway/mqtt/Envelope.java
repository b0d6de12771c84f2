package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType;
import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.intake.Outcome;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.wire.Address;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Names;
import io.tidemark.wire.PayloadType;
import io.vertx.mqtt.messages.MqttPublishMessage;
import org.jspecify.annotations.Nullable;

/**
 * What a PUBLISH says about its payload: whose it is, and of which type.
 *
 * @param device whose topic it came to; null if that is no telemetry topic
 * @param contentType what the device calls it; null if it says nothing
 * @param payload the bytes as they came
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Envelope(@Nullable String device, @Nullable String contentType, byte[] payload) {
  private static final int SHOWN_MAX_LENGTH = 80;

  /**
   * Looks at a message.
   *
   * @param five whether it is one of MQTT 5, which alone has content types
   */
  static Envelope of(MqttPublishMessage message, boolean five) {
    return new Envelope(
        device(Address.of(message.topicName())),
        five ? Properties.text(message.properties(), MqttPropertyType.CONTENT_TYPE) : null,
        message.payload().getBytes());
  }

  private static @Nullable String device(@Nullable Address address) {
    return address == null
        ? null
        : switch (address.kind()) {
          case TELEMETRY -> address.device();
        };
  }

  /**
   * Null if it is addressed and typed as it should be.
   *
   * @param from who sends it; null if nobody has to prove that
   */
  Outcome.@Nullable Refused problem(@Nullable Device from) {
    if (device == null) {
      return new Outcome.Refused(
          Reason.TOPIC,
          "telemetry goes to devices/{device}/telemetry, device being [A-Za-z0-9._:-]{1,128}");
    }
    if (from != null && !from.name().equals(device)) {
      return new Outcome.Refused(Reason.NOT_AUTHORISED, from.notItsOwn(device));
    }
    if (contentType != null && type() == null) {
      return new Outcome.Refused(
          Reason.CONTENT_TYPE,
          "content type %s is not taken; taken are %s"
              .formatted(Names.shown(contentType, SHOWN_MAX_LENGTH), PayloadType.CONTENT_TYPES));
    }
    return null;
  }

  /** What the device says the payload is; null if it says nothing. */
  @Nullable PayloadType type() {
    return contentType == null ? null : PayloadType.ofContentType(contentType);
  }

  /** What is handed in of one that has no problem. */
  Delivery delivery() {
    if (device == null) {
      throw new IllegalStateException("nobody looked whether the topic is one of telemetry");
    }
    return new Delivery(device, payload);
  }
}
