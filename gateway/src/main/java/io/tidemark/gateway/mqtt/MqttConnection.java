package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Outcome;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Names;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Routes;
import io.vertx.core.Context;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.messages.MqttPublishMessage;
import io.vertx.mqtt.messages.MqttSubscribeMessage;
import io.vertx.mqtt.messages.MqttUnsubscribeMessage;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import io.vertx.mqtt.messages.codes.MqttSubAckReasonCode;
import io.vertx.mqtt.messages.codes.MqttUnsubAckReasonCode;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One device's connection. Everything happens on its event loop, but for the outcomes of what it
 * sent, which are brought there.
 */
final class MqttConnection {
  private static final int MQTT_5 = 5;
  private static final int SHOWN_MAX_LENGTH = 80;

  private final MqttEndpoint endpoint;
  private final Gate gate;
  private final Context context;
  private final Intake intake;
  private final MqttCounters counters;
  private final MqttSettings settings;
  private final AckWindow window;
  private final boolean reasons;
  private final AtomicBoolean acksQueued = new AtomicBoolean();

  /** Also read by the connection that takes over. */
  private volatile @Nullable Session session;

  private boolean resending;
  private volatile Duration sessionExpiry;
  private boolean draining;

  MqttConnection(
      MqttEndpoint endpoint,
      Gate gate,
      Context context,
      Intake intake,
      MqttSettings settings,
      MqttCounters counters) {
    this.settings = settings;
    this.sessionExpiry = granted(wanted(endpoint, settings));
    this.endpoint = endpoint;
    this.gate = gate;
    this.context = context;
    this.intake = intake;
    this.counters = counters;
    this.reasons = isMqtt5(endpoint) && Properties.wantsReasons(endpoint.connectProperties());
    this.window =
        new AckWindow(isMqtt5(endpoint) ? settings.receiveMaximum() : settings.inFlightMax());
  }

  static boolean isMqtt5(MqttEndpoint endpoint) {
    return endpoint.protocolVersion() >= MQTT_5;
  }

  private boolean isMqtt5() {
    return isMqtt5(endpoint);
  }

  /** 3.1.1 knows only sessions that end with the connection and those that do not. */
  private static Duration wanted(MqttEndpoint endpoint, MqttSettings settings) {
    if (isMqtt5(endpoint)) {
      return Properties.sessionExpiry(endpoint.connectProperties(), Duration.ZERO);
    }
    return endpoint.isCleanSession() ? Duration.ZERO : settings.sessionExpiryMax();
  }

  private Duration granted(Duration wanted) {
    return wanted.compareTo(settings.sessionExpiryMax()) < 0 ? wanted : settings.sessionExpiryMax();
  }

  /** How long its session outlives it; zero if not at all. */
  Duration sessionExpiry() {
    return sessionExpiry;
  }

  /** Its session; null if it has none that could go on. */
  @Nullable Session session() {
    return session;
  }

  /**
   * Begins with a session of before, or with one of its own. Before the connection is accepted.
   *
   * @param before null for none
   */
  void begin(@Nullable Session before) {
    resending = before != null;
    session = before != null || sessionExpiry.isZero() ? before : new Session();
  }

  /** Installs the handlers. Before the connection is accepted. */
  void handle() {
    endpoint.disconnectMessageHandler(
        message ->
            sessionExpiry = granted(Properties.sessionExpiry(message.properties(), sessionExpiry)));
    endpoint.publishHandler(this::published);
    endpoint.subscribeHandler(this::subscribed);
    endpoint.unsubscribeHandler(this::unsubscribed);
    endpoint.exceptionHandler(this::failed);
  }

  private void published(MqttPublishMessage message) {
    if (!Properties.isText(message.topicName())) {
      malformed("a topic has to be UTF-8, without U+0000 and U+FFFD");
    } else if (message.qosLevel() == MqttQoS.EXACTLY_ONCE) {
      refuseConnection(
          Reason.QOS,
          CloseReason.QOS,
          MqttDisconnectReasonCode.QOS_NOT_SUPPORTED,
          "QoS 2 is not supported: the highest is 1, as CONNACK says");
    } else if (isMqtt5() && Properties.has(message.properties(), MqttPropertyType.TOPIC_ALIAS)) {
      refuseConnection(
          Reason.PROTOCOL,
          CloseReason.PROTOCOL,
          MqttDisconnectReasonCode.TOPIC_ALIAS_INVALID,
          "there are no topic aliases: their maximum is 0, as CONNACK says");
    } else if (isMqtt5() && message.isRetain()) {
      refuseConnection(
          Reason.PROTOCOL,
          CloseReason.PROTOCOL,
          MqttDisconnectReasonCode.RETAIN_NOT_SUPPORTED,
          "nothing is retained, as CONNACK says");
    } else if (message.qosLevel() == MqttQoS.AT_MOST_ONCE) {
      takeWithoutPromise(message);
    } else {
      take(message);
    }
  }

  private void take(MqttPublishMessage message) {
    int digest = digest(message);
    if (message.isDup() && cameBefore(message.messageId(), digest)) {
      return;
    }
    AckWindow.Slot slot = window.take(message.messageId(), digest, this::queueAcknowledge);
    if (slot == null) {
      windowFull();
      return;
    }
    remember(slot, message.isDup());
    Outcome.Refused problem = addressed(message);
    if (problem != null) {
      intake.refused(problem.reason());
      slot.settle(problem);
      acknowledge();
      return;
    }
    intake.offer(delivery(message), type(message), isMqtt5(), slot::settle);
  }

  /** True if a message that is in doubt since an earlier connection waits for its outcome here. */
  private boolean cameBefore(int packetId, int digest) {
    AckWindow.Slot slot = session == null ? null : session.again(packetId, digest);
    if (slot == null) {
      return false;
    }
    if (window.adopt(slot, this::queueAcknowledge)) {
      counters.recognized.increment();
      acknowledge();
    } else {
      windowFull();
    }
    return true;
  }

  private void windowFull() {
    refuseConnection(
        Reason.WINDOW,
        CloseReason.WINDOW,
        MqttDisconnectReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
        "more than " + window.max() + " messages were sent and not yet acknowledged");
  }

  private void remember(AckWindow.Slot slot, boolean again) {
    if (session == null) {
      return;
    }
    if (resending && !again) {
      // Whatever was in doubt has been sent again by now (MQTT 5, section 4.4).
      resending = false;
      session.keepOnly(window.slots());
    }
    session.took(slot);
  }

  /** Only for sessions that may go on: it costs a look at every byte. */
  private int digest(MqttPublishMessage message) {
    return session == null
        ? 0
        : 31 * message.topicName().hashCode() + Arrays.hashCode(message.payload().getBytes());
  }

  private void takeWithoutPromise(MqttPublishMessage message) {
    counters.qos0Taken.increment();
    Outcome.Refused problem = addressed(message);
    if (problem != null) {
      intake.refused(problem.reason());
      counters.qos0Lost.increment();
      return;
    }
    intake.offer(
        delivery(message),
        type(message),
        false,
        outcome -> {
          if (outcome instanceof Outcome.Committed) {
            counters.qos0Committed.increment();
          } else {
            counters.qos0Lost.increment();
          }
        });
  }

  /** Null if the message is addressed and typed as it should be. */
  private Outcome.@Nullable Refused addressed(MqttPublishMessage message) {
    if (Routes.deviceOf(message.topicName()) == null) {
      return new Outcome.Refused(
          Reason.TOPIC,
          "telemetry goes to devices/{device}/telemetry, device being [A-Za-z0-9._:-]{1,128}");
    }
    if (!isMqtt5()) {
      return null;
    }
    String named = Properties.text(message.properties(), MqttPropertyType.CONTENT_TYPE);
    if (named != null && PayloadType.ofContentType(named) == null) {
      return new Outcome.Refused(
          Reason.CONTENT_TYPE,
          "content type %s is not taken; taken are %s"
              .formatted(Names.shown(named, SHOWN_MAX_LENGTH), PayloadType.CONTENT_TYPES));
    }
    return null;
  }

  /** What the device says the payload is; null if it says nothing. */
  private @Nullable PayloadType type(MqttPublishMessage message) {
    String named =
        isMqtt5() ? Properties.text(message.properties(), MqttPropertyType.CONTENT_TYPE) : null;
    return named == null ? null : PayloadType.ofContentType(named);
  }

  private static Delivery delivery(MqttPublishMessage message) {
    String device = Routes.deviceOf(message.topicName());
    if (device == null) {
      throw new IllegalStateException("the topic was checked: " + message.topicName());
    }
    return new Delivery(device, message.payload().getBytes());
  }

  /** Brings outcomes to the event loop, many at a time. Any thread. */
  private void queueAcknowledge() {
    if (acksQueued.compareAndSet(false, true)) {
      context.runOnContext(
          nothing -> {
            acksQueued.set(false);
            acknowledge();
          });
    }
  }

  /** Sends what can be sent, in order. On the event loop. */
  private void acknowledge() {
    AckWindow.Slot slot = nextToAcknowledge();
    while (slot != null && acknowledge(slot)) {
      slot = nextToAcknowledge();
    }
    if (draining && window.isEmpty()) {
      disconnect(MqttDisconnectReasonCode.SERVER_SHUTTING_DOWN, "this gateway is stopping");
    }
  }

  /** None while the device does not read: what waits for that is bounded by the window. */
  private AckWindow.@Nullable Slot nextToAcknowledge() {
    return endpoint.isConnected() && gate.canWrite() ? window.next() : null;
  }

  /** The device reads again. On the event loop. */
  void writable() {
    acknowledge();
  }

  /** The device has sent nothing for too long. On the event loop. */
  void silent() {
    counters.closed(CloseReason.KEEP_ALIVE);
    disconnect(
        MqttDisconnectReasonCode.KEEP_ALIVE_TIMEOUT,
        "nothing came for one and a half times the keep alive of %d s"
            .formatted(endpoint.keepAliveTimeSeconds()));
  }

  /** False if the connection was closed instead, so that the device sends again. */
  private boolean acknowledge(AckWindow.Slot slot) {
    Outcome outcome = slot.outcome();
    if (session != null) {
      session.answered(slot);
    }
    if (outcome instanceof Outcome.Committed) {
      endpoint.publishAcknowledge(slot.packetId());
      return true;
    }
    if (outcome instanceof Outcome.Refused refused && isMqtt5()) {
      endpoint.publishAcknowledge(
          slot.packetId(), code(refused.reason()), explained(refused.text()));
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

  /** A reason string, where the device wants one and has room for it. */
  private MqttProperties explained(String text) {
    return reasons ? Properties.reason(text) : MqttProperties.NO_PROPERTIES;
  }

  private static MqttPubAckReasonCode code(Reason reason) {
    return switch (reason) {
      case UNDECODABLE, CONTENT_TYPE, TOO_LARGE -> MqttPubAckReasonCode.PAYLOAD_FORMAT_INVALID;
      case DEVICE_MISMATCH -> MqttPubAckReasonCode.NOT_AUTHORIZED;
      case TOPIC -> MqttPubAckReasonCode.TOPIC_NAME_INVALID;
      case BUSY, FULL, NOT_READY, WINDOW -> MqttPubAckReasonCode.QUOTA_EXCEEDED;
      case QOS, PROTOCOL -> MqttPubAckReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
    };
  }

  private void subscribed(MqttSubscribeMessage message) {
    int filters = message.topicSubscriptions().size();
    if (isMqtt5()) {
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

  private void unsubscribed(MqttUnsubscribeMessage message) {
    if (isMqtt5()) {
      endpoint.unsubscribeAcknowledge(
          message.messageId(),
          Collections.nCopies(
              message.topics().size(), MqttUnsubAckReasonCode.NO_SUBSCRIPTION_EXISTED),
          MqttProperties.NO_PROPERTIES);
    } else {
      endpoint.unsubscribeAcknowledge(message.messageId());
    }
  }

  /** The channel is closed after this, whatever it does. */
  private void failed(Throwable thrown) {
    if (!endpoint.isConnected()) {
      return;
    }
    if (thrown instanceof ProtocolException known) {
      counters.closed(known.reason());
      if (known.reason() == CloseReason.TOO_LARGE) {
        intake.refused(Reason.TOO_LARGE);
      }
      disconnect(known.code(), String.valueOf(known.getMessage()));
    } else if (!(thrown instanceof IOException)) {
      // Whatever the decoder stumbled over.
      malformed(String.valueOf(thrown.getMessage()));
    }
  }

  private void malformed(String text) {
    counters.closed(CloseReason.MALFORMED);
    disconnect(MqttDisconnectReasonCode.MALFORMED_PACKET, "not MQTT: " + text);
  }

  private void refuseConnection(
      Reason reason, CloseReason closed, MqttDisconnectReasonCode code, String text) {
    if (endpoint.isConnected()) {
      intake.refused(reason);
      counters.closed(closed);
      disconnect(code, text);
    }
  }

  private void disconnect(MqttDisconnectReasonCode code, String text) {
    if (endpoint.isConnected()) {
      endpoint.disconnect(code, explained(text));
      gate.closing();
    }
  }

  /** Another connection has come with this client id, and perhaps has its session. Any thread. */
  void takenOver() {
    context.runOnContext(
        nothing ->
            disconnect(
                MqttDisconnectReasonCode.SESSION_TAKEN_OVER,
                "another connection has come with this client id"));
  }

  /** Goes once everything taken is acknowledged. Any thread. */
  void drain() {
    context.runOnContext(
        nothing -> {
          draining = true;
          acknowledge();
        });
  }
}
