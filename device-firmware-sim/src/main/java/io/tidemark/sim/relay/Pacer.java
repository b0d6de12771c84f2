package io.tidemark.sim.relay;

import io.tidemark.sim.chance.Chance;

/**
 * When what is sent in one direction of one connection or client arrives: after what was sent
 * before is on the link (bandwidth), and after the latency. Owned by a loop.
 */
final class Pacer {
  private final Link link;
  private final long dice;
  private final boolean inOrder;
  private long ordinal;
  private long freeNanos = Long.MIN_VALUE;
  private long lastNanos = Long.MIN_VALUE;

  /**
   * @param inOrder true if nothing arrives before what was sent before
   */
  Pacer(Link link, long dice, boolean inOrder) {
    this.link = link;
    this.dice = dice;
    this.inOrder = inOrder;
  }

  /** When so many bytes, sent now, arrive. */
  long dueNanos(int bytes) {
    Conditions now = link.conditions();
    freeNanos = Math.max(freeNanos, link.clock().nanos()) + now.transmitNanos(bytes);
    long jitter = (long) (Chance.uniform(dice, ordinal++, 0) * now.jitterNanos());
    long due = freeNanos + now.latencyNanos() + jitter;
    lastNanos = inOrder ? Math.max(lastNanos, due) : due;
    return lastNanos;
  }
}
