package io.tidemark.gateway.mqtt;

import io.vertx.core.Context;
import io.vertx.mqtt.messages.MqttPublishMessage;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The QoS 1 messages of one connection that have no answer yet: its window, and the session that
 * knows them beyond the connection.
 *
 * <p>Belongs to the connection's event loop, but for {@link #session}.
 */
final class Unanswered {
  private final AckWindow window;
  private final Context context;
  private final Runnable answerable;
  private final AtomicBoolean queued = new AtomicBoolean();

  /** Also read by the connection that takes over. */
  private volatile @Nullable Session session;

  private boolean resending;

  /**
   * None yet.
   *
   * @param max how many there may be
   * @param context the connection's event loop
   * @param answerable run there once some may be answered
   */
  Unanswered(int max, Context context, Runnable answerable) {
    this.window = new AckWindow(max);
    this.context = context;
    this.answerable = answerable;
  }

  /**
   * The session that is gone on with.
   *
   * @param its null for none
   * @param before whether it is one of before
   */
  void begin(@Nullable Session its, boolean before) {
    session = its;
    resending = before;
  }

  /** Null if it has none that could go on. Any thread. */
  @Nullable Session session() {
    return session;
  }

  /** Of topic and payload. Only for sessions that may go on: it costs a look at every byte. */
  int digest(MqttPublishMessage message) {
    return session == null
        ? 0
        : 31 * message.topicName().hashCode() + Arrays.hashCode(message.payload().getBytes());
  }

  /** The first of a message that comes again, in doubt since an earlier connection; else null. */
  AckWindow.@Nullable Slot first(int packetId, int digest) {
    return session == null ? null : session.again(packetId, digest);
  }

  /** Answers here what came in an earlier connection; false if there is no room. */
  boolean adopt(AckWindow.Slot first) {
    return window.adopt(first, this::settled);
  }

  /** A place for a message; null if there is no room. */
  AckWindow.@Nullable Slot take(MqttPublishMessage message, int digest) {
    AckWindow.Slot slot = window.take(message.messageId(), digest, this::settled);
    if (slot != null && session != null) {
      if (resending && !message.isDup()) {
        // Whatever was in doubt has been sent again by now (MQTT 5, section 4.4).
        resending = false;
        session.keepOnly(window.slots());
      }
      session.took(slot);
    }
    return slot;
  }

  /** Brings outcomes to the event loop, many at a time. Any thread. */
  private void settled() {
    if (queued.compareAndSet(false, true)) {
      context.runOnContext(
          nothing -> {
            queued.set(false);
            answerable.run();
          });
    }
  }

  /** The oldest message if its outcome is known, taken out; else null. */
  AckWindow.@Nullable Slot next() {
    AckWindow.Slot slot = window.next();
    if (slot != null && session != null) {
      session.answered(slot);
    }
    return slot;
  }

  boolean isEmpty() {
    return window.isEmpty();
  }

  int max() {
    return window.max();
  }
}
