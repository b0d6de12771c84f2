package io.tidemark.agent.publish;

import java.time.Duration;

/**
 * A gateway takes nothing for now: until when nothing is sent to it, and for how long it has been
 * so. Times are those of {@link System#nanoTime}. Confined to the publisher's thread.
 */
final class Hold {
  private final Backoff retries;
  private final Duration max;
  private boolean on;
  private long untilNanos;
  private boolean refusing;
  private long refusingSinceNanos;

  /**
   * @param retries our own pauses
   * @param max longest pause a gateway may ask for; a longer one is cut to it
   */
  Hold(Backoff retries, Duration max) {
    this.retries = retries;
    this.max = max;
  }

  /**
   * Sends nothing for as long as the gateway asks, and then some at random, so that those it asked
   * together do not return together. Returns the pause in nanoseconds.
   */
  long begin(long now, Duration asked) {
    long pause = Math.min(asked.toNanos(), max.toNanos()) + retries.nextNanos();
    on = true;
    untilNanos = now + pause;
    if (!refusing) {
      refusing = true;
      refusingSinceNanos = now;
    }
    return pause;
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
