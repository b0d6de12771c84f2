package io.tidemark.agent.publish;

import java.time.Duration;

/**
 * A gateway takes nothing for now: until when nothing is sent to it, and for how long it has been
 * so. Times are those of {@link System#nanoTime}. Confined to the publisher's thread.
 */
final class Hold {
  private boolean on;
  private long untilNanos;
  private boolean refusing;
  private long refusingSinceNanos;

  /** Sends nothing for {@code nanos}. */
  void begin(long now, long nanos) {
    on = true;
    untilNanos = now + nanos;
    if (!refusing) {
      refusing = true;
      refusingSinceNanos = now;
    }
  }

  /** The gateway decided about something: it is no longer refusing. What is held stays held. */
  void decided() {
    refusing = false;
  }

  boolean isOn(long now) {
    on = on && now - untilNanos < 0;
    return on;
  }

  /** How long nothing is to be sent, or {@link Long#MAX_VALUE} if it may be. */
  long leftNanos(long now) {
    return isOn(now) ? untilNanos - now : Long.MAX_VALUE;
  }

  /** How long until it has been refusing for {@code limit}; MAX_VALUE if it is not refusing. */
  long nanosUntil(Duration limit, long now) {
    return refusing ? refusingSinceNanos + limit.toNanos() - now : Long.MAX_VALUE;
  }
}
