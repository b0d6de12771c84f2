package io.tidemark.sim.fleet;

import java.time.Duration;

/**
 * The time in which a device sends nothing, as its gateway cannot take it: for as long as that
 * asks, and then some at random, so that those it asked together do not return together. Owned by
 * the device's loop.
 */
final class Holding {
  /** The longest a gateway may ask for; more is cut to it. */
  private static final Duration ASKED_MAX = Duration.ofMinutes(1);

  private final Timers timers;
  private final Backoff pauses;
  private boolean on;
  private boolean refusing;
  private long refusingSinceNanos;

  /** Which one is waited for; an older one has lost its meaning. */
  private int number;

  Holding(Timers timers, Backoff pauses) {
    this.timers = timers;
    this.pauses = pauses;
  }

  boolean isOn() {
    return on;
  }

  /**
   * Begins, if it has not.
   *
   * @param then called when it is over
   */
  void begin(Duration asked, Runnable then) {
    if (on) {
      return;
    }
    on = true;
    if (!refusing) {
      refusing = true;
      refusingSinceNanos = System.nanoTime();
    }
    int mine = ++number;
    timers.later(
        granted(asked) + pauses.nextNanos(),
        () -> {
          if (mine == number) {
            on = false;
            then.run();
          }
        });
  }

  /** How much of what a gateway asks for is granted, in nanoseconds. */
  static long granted(Duration asked) {
    return Math.min(asked.toNanos(), ASKED_MAX.toNanos());
  }

  /** Another connection: what is waited for was the former one's. */
  void end() {
    on = false;
    refusing = false;
    number++;
  }

  /** Something was taken: the next pause is a short one. */
  void works() {
    pauses.reset();
    refusing = false;
  }

  /** True if the gateway has taken nothing for so long, and only refused. */
  boolean hasLasted(Duration limit) {
    return refusing && System.nanoTime() - refusingSinceNanos > limit.toNanos();
  }
}
