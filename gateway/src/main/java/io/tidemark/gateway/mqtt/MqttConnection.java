package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Outcome;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.identity.UntrustedException;
import io.vertx.core.Context;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.messages.MqttDisconnectMessage;
import io.vertx.mqtt.messages.MqttPublishMessage;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One device's connection. Everything happens on its event loop, but for the outcomes of what it
 * sent, which are brought there.
 */
final class MqttConnection {
  private final MqttEndpoint endpoint;
  private final Context context;
  private final Intake intake;
  private final MqttCounters counters;
  private final MqttSettings settings;
  private final boolean five;
  private final Replies replies;
  private final Unanswered unanswered;

  /** Who it is; null if nobody has to prove that here. */
  private final @Nullable Device device;

  /** Taken once: by the end of the connection, or by the connection that takes over. */
  private final AtomicReference<@Nullable Will> will;

  /** Told to leave, or about to be. */
  private final AtomicBoolean leaving = new AtomicBoolean();

  private volatile Duration sessionExpiry;
  private boolean draining;
  private boolean sentAway;

  MqttConnection(
      MqttEndpoint endpoint,
      Gate gate,
      Context context,
      Intake intake,
      MqttSettings settings,
      MqttCounters counters) {
    this.device = gate.device();
    this.will =
        new AtomicReference<>(Will.of(endpoint.will(), endpoint.clientIdentifier(), device));
    this.endpoint = endpoint;
    this.context = context;
    this.intake = intake;
    this.counters = counters;
    this.settings = settings;
    this.five = Replies.isMqtt5(endpoint);
    this.replies = new Replies(endpoint, gate);
    this.unanswered =
        new Unanswered(
            five ? settings.receiveMaximum() : settings.inFlightMax(), context, this::acknowledge);
    this.sessionExpiry = granted(wanted());
  }

  /** 3.1.1 knows only sessions that end with the connection and those that do not. */
  private Duration wanted() {
    if (five) {
      return wanted(endpoint.connectProperties(), Duration.ZERO);
    }
    return endpoint.isCleanSession() ? Duration.ZERO : settings.sessionExpiryMax();
  }

  private static Duration wanted(MqttProperties properties, Duration absent) {
    return Properties.seconds(properties, MqttPropertyType.SESSION_EXPIRY_INTERVAL, absent);
  }

  private Duration granted(Duration wanted) {
    return wanted.compareTo(settings.sessionExpiryMax()) < 0 ? wanted : settings.sessionExpiryMax();
  }

  /** Who it is; null if nobody has to prove that here. */
  @Nullable Device device() {
    return device;
  }

  /** How long its session outlives it; zero if not at all. */
  Duration sessionExpiry() {
    return sessionExpiry;
  }

  /** Its session; null if it has none that could go on. */
  @Nullable Session session() {
    return unanswered.session();
  }

  /**
   * Begins with a session of before, or with one of its own. Before the connection is accepted.
   *
   * @param before null for none
   */
  void begin(@Nullable Session before) {
    unanswered.begin(
        before != null || sessionExpiry.isZero() ? before : new Session(), before != null);
  }

  /** Installs the handlers. Before the connection is accepted. */
  void handle() {
    endpoint.disconnectMessageHandler(this::leaving);
    endpoint.publishHandler(this::published);
    endpoint.subscribeHandler(replies::subscribed);
    endpoint.unsubscribeHandler(replies::unsubscribed);
    endpoint.exceptionHandler(this::failed);
  }

  private void leaving(MqttDisconnectMessage message) {
    if (message.code() == MqttDisconnectReasonCode.NORMAL) {
      will.set(null); // it has said itself what there was to say
    }
    sessionExpiry = granted(wanted(message.properties(), sessionExpiry));
  }

  /**
   * Takes what the device wants said once its connection has ended, so that it is said once. Null
   * if it wants nothing said, has said goodbye, or it was taken before.
   */
  @Nullable Will takeWill() {
    return will.getAndSet(null);
  }

  private void published(MqttPublishMessage message) {
    if (message.qosLevel() == MqttQoS.EXACTLY_ONCE) {
      refuseConnection(
          Reason.QOS,
          CloseReason.QOS,
          MqttDisconnectReasonCode.QOS_NOT_SUPPORTED,
          "QoS 2 is not supported: the highest is 1, as CONNACK says");
    } else if (five && Properties.has(message.properties(), MqttPropertyType.TOPIC_ALIAS)) {
      refuseConnection(
          Reason.PROTOCOL,
          CloseReason.PROTOCOL,
          MqttDisconnectReasonCode.TOPIC_ALIAS_INVALID,
          "there are no topic aliases: their maximum is 0, as CONNACK says");
    } else if (five && message.isRetain()) {
      refuseConnection(
          Reason.PROTOCOL,
          CloseReason.PROTOCOL,
          MqttDisconnectReasonCode.RETAIN_NOT_SUPPORTED,
          "nothing is retained, as CONNACK says");
    } else if (message.qosLevel() == MqttQoS.AT_MOST_ONCE) {
      takeWithoutPromise(Envelope.of(message, five));
    } else {
      take(message);
    }
  }

  private void take(MqttPublishMessage message) {
    int digest = unanswered.digest(message);
    AckWindow.Slot first = message.isDup() ? unanswered.first(message.messageId(), digest) : null;
    if (first != null) {
      takeAgain(first);
      return;
    }
    AckWindow.Slot slot = unanswered.take(message, digest);
    if (slot == null) {
      windowFull();
      return;
    }
    Envelope envelope = Envelope.of(message, five);
    Outcome.Refused problem = envelope.problem(device);
    if (problem != null) {
      intake.refused(problem.reason());
      slot.settle(problem);
      acknowledge();
      return;
    }
    intake.offer(envelope.delivery(), envelope.type(), five, slot::settle);
  }

  /** It is in doubt since an earlier connection, and its outcome is waited for here now. */
  private void takeAgain(AckWindow.Slot first) {
    if (unanswered.adopt(first)) {
      counters.recognized.increment();
      acknowledge();
    } else {
      windowFull();
    }
  }

  private void windowFull() {
    refuseConnection(
        Reason.WINDOW,
        CloseReason.WINDOW,
        MqttDisconnectReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
        "more than " + unanswered.max() + " messages were sent and not yet acknowledged");
  }

  private void takeWithoutPromise(Envelope envelope) {
    counters.qos0Taken.increment();
    Outcome.Refused problem = envelope.problem(device);
    if (problem != null) {
      intake.refused(problem.reason());
      counters.qos0Lost.increment();
      return;
    }
    intake.offer(
        envelope.delivery(),
        envelope.type(),
        false,
        outcome -> {
          if (outcome instanceof Outcome.Committed) {
            counters.qos0Committed.increment();
          } else {
            counters.qos0Lost.increment();
          }
        });
  }

  /**
   * Sends what can be sent, in order; what waits while the device does not read is bounded by the
   * window. On the event loop.
   */
  private void acknowledge() {
    while (replies.possible()) {
      AckWindow.Slot slot = unanswered.next();
      if (slot == null) {
        break;
      }
      if (!replies.acknowledge(slot.packetId(), slot.outcome())) {
        counters.closed(CloseReason.UNACKNOWLEDGED);
      }
    }
    if (draining && unanswered.isEmpty()) {
      leave(CloseReason.STOPPING);
    }
  }

  /** The device reads again. On the event loop. */
  void writable() {
    acknowledge();
  }

  /** The device has sent nothing for too long. On the event loop. */
  void silent() {
    if (!endpoint.isConnected()) {
      return; // it was told to leave, and has not
    }
    counters.closed(CloseReason.KEEP_ALIVE);
    replies.disconnect(
        MqttDisconnectReasonCode.KEEP_ALIVE_TIMEOUT,
        "nothing came for one and a half times the keep alive of %d s"
            .formatted(endpoint.keepAliveTimeSeconds()));
  }

  /** The device's certificate has ended: what it was good for, this connection, has too. */
  void lapsed(Device its) {
    if (endpoint.isConnected()) {
      counters.closed(CloseReason.CERTIFICATE_ENDED);
      replies.disconnect(MqttDisconnectReasonCode.NOT_AUTHORIZED, its.lapsed());
    }
  }

  /**
   * The device would not be let in any more; its session ends with the connection. What it has sent
   * and is not acknowledged may be committed all the same, and it sends that again. Any thread.
   */
  void notLetIn(UntrustedException why) {
    context.runOnContext(
        nothing -> {
          if (endpoint.isConnected()) {
            counters.closed(CloseReason.of(why.reason()));
            sessionExpiry = Duration.ZERO;
            replies.disconnect(
                why.reason() == UntrustedException.Reason.SHUT_OUT
                    ? MqttDisconnectReasonCode.ADMINISTRATIVE_ACTION
                    : MqttDisconnectReasonCode.NOT_AUTHORIZED,
                String.valueOf(why.getMessage()));
          }
        });
  }

  /** The device's password counts no more. Any thread. */
  void withdrawn(Device its) {
    context.runOnContext(
        nothing -> {
          if (endpoint.isConnected()) {
            counters.closed(CloseReason.SECRET_WITHDRAWN);
            replies.disconnect(MqttDisconnectReasonCode.NOT_AUTHORIZED, its.withdrawn());
          }
        });
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
      replies.disconnect(known.code(), known.getMessage());
    } else if (!(thrown instanceof IOException)) {
      // Whatever the decoder stumbled over.
      malformed(String.valueOf(thrown.getMessage()));
    }
  }

  private void malformed(String text) {
    counters.closed(CloseReason.MALFORMED);
    replies.disconnect(MqttDisconnectReasonCode.MALFORMED_PACKET, "not MQTT: " + text);
  }

  private void refuseConnection(
      Reason reason, CloseReason closed, MqttDisconnectReasonCode code, String text) {
    if (endpoint.isConnected()) {
      intake.refused(reason);
      counters.closed(closed);
      replies.disconnect(code, text);
    }
  }

  /** Another connection has come with this client id, and perhaps has its session. Any thread. */
  void takenOver() {
    context.runOnContext(
        nothing ->
            replies.disconnect(
                MqttDisconnectReasonCode.SESSION_TAKEN_OVER,
                "another connection has come with this client id"));
  }

  /**
   * Goes once everything taken is acknowledged. Any thread.
   *
   * @return false if it was told to leave before
   */
  boolean drain() {
    if (!leaving.compareAndSet(false, true)) {
      return false;
    }
    context.runOnContext(
        nothing -> {
          draining = true;
          acknowledge();
        });
    return true;
  }

  /** Goes whatever is not acknowledged, as the gateway stops. Any thread. */
  void leaveNow() {
    context.runOnContext(nothing -> leave(CloseReason.STOPPING));
  }

  /**
   * Goes, as this gateway cannot commit: what is not acknowledged the device sends again elsewhere.
   * Any thread.
   *
   * @return false if it was told to leave before
   */
  boolean sendAway() {
    if (!leaving.compareAndSet(false, true)) {
      return false;
    }
    context.runOnContext(
        nothing -> {
          acknowledge();
          leave(CloseReason.NOT_READY);
        });
    return true;
  }

  /**
   * Without a server to name the codes say only what is known here: 0x89, that this one cannot go
   * on with the device, or 0x8B, that it stops. 0x9C would be allowed without a name, but means
   * that there is another server (MQTT 5, section 4.11); 0x88 is none of DISCONNECT's (3.14.2.1).
   */
  private void leave(CloseReason why) {
    if (!endpoint.isConnected()) {
      return;
    }
    counters.closed(why);
    sentAway = true;
    if (why == CloseReason.STOPPING) {
      replies.sendTo(
          intake.elsewhere(),
          MqttDisconnectReasonCode.SERVER_SHUTTING_DOWN,
          "this gateway is stopping: go on with another, or here later");
    } else {
      replies.sendTo(
          intake.elsewhere(),
          MqttDisconnectReasonCode.SERVER_BUSY,
          "this gateway cannot commit now: go on with another, or here later");
    }
  }

  /** Whether it was this gateway that had it leave, for another. On the event loop. */
  boolean isSentAway() {
    return sentAway;
  }
}
