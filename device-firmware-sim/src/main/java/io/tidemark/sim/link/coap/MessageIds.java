package io.tidemark.sim.link.coap;

import java.util.Arrays;

/**
 * The message ids of one socket, in turn. None comes back within EXCHANGE_LIFETIME (RFC 7252,
 * section 4.4): to a gateway, a message with an id that it remembers is a repetition. Owned by its
 * link's loop.
 */
final class MessageIds {
  private static final int IDS = 1 << 16;
  private static final int PARTS = 16;
  private static final int PART_IDS = IDS / PARTS;
  private static final long NEVER = Long.MIN_VALUE;

  /** When an id of this part was given out last, in nanoseconds; instead of when each was. */
  private final long[] usedAtNanos = new long[PARTS];

  private int next;

  /**
   * @param first where to begin: at random, so that sockets of one address do not resemble each
   *     other
   */
  MessageIds(int first) {
    next = first & (IDS - 1);
    Arrays.fill(usedAtNanos, NEVER);
  }

  /** How long there is none, in nanoseconds; 0 if there is one. */
  long waitNanos(long nowNanos) {
    long usedAt = usedAtNanos[next / PART_IDS];
    if (next % PART_IDS != 0 || usedAt == NEVER) {
      return 0; // in the middle of a part that has been entered, or one that never was
    }
    return Math.max(0, usedAt + CoapTimes.EXCHANGE_LIFETIME_NANOS - nowNanos);
  }

  /** The next id. */
  int next(long nowNanos) {
    int id = next;
    usedAtNanos[id / PART_IDS] = nowNanos;
    next = (id + 1) & (IDS - 1);
    return id;
  }
}
