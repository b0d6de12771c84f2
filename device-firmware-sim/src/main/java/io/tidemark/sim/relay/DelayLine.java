package io.tidemark.sim.relay;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What waits until its time has come: passed on in the order of these times, and where they are
 * equal in the order it came in. Its owner bounds what it puts in.
 *
 * <p>Owned by the loop.
 */
final class DelayLine {
  private record Waiting(long dueNanos, long ordinal, Parcel parcel) {}

  private final ScheduledExecutorService loop;
  private final Link link;
  private final Runnable afterwards;
  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(
          Comparator.comparingLong(Waiting::dueNanos).thenComparingLong(Waiting::ordinal));
  private long ordinals;
  private long wakeNanos = Long.MAX_VALUE;

  /**
   * @param afterwards called after one or more parcels were passed
   */
  DelayLine(ScheduledExecutorService loop, Link link, Runnable afterwards) {
    this.loop = loop;
    this.link = link;
    this.afterwards = afterwards;
  }

  /** Puts in a parcel; {@link #settle} must follow. */
  void add(long dueNanos, Parcel parcel) {
    waiting.add(new Waiting(dueNanos, ordinals++, parcel));
  }

  /**
   * Passes what is due, and sees to it that the rest will be. On a frozen link nothing is: call it
   * again when that is over.
   */
  void settle() {
    if (link.conditions().freeze()) {
      return;
    }
    boolean any = false;
    Waiting first = waiting.peek();
    long now = link.clock().nanos();
    while (first != null && first.dueNanos() <= now) {
      waiting.remove();
      first.parcel().pass();
      any = true;
      first = waiting.peek();
    }
    if (any) {
      afterwards.run();
    }
    if (first != null && first.dueNanos() < wakeNanos) {
      wakeNanos = first.dueNanos();
      long at = wakeNanos;
      link.clock().schedule(loop, at, () -> wake(at));
    }
  }

  /** Discards everything. */
  void discard(LostBy reason) {
    for (Waiting one = waiting.poll(); one != null; one = waiting.poll()) {
      one.parcel().discard(reason);
    }
  }

  private void wake(long at) {
    if (at != wakeNanos) {
      return; // an earlier one has taken its place
    }
    wakeNanos = Long.MAX_VALUE;
    settle();
  }
}
