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
    int mine = ++number;
    timers.later(
        Math.min(asked.toNanos(), ASKED_MAX.toNanos()) + pauses.nextNanos(),
        () -> {
          if (mine == number) {
            on = false;
            then.run();
          }
        });
  }

  /** Another connection: what is waited for was the former one's. */
  void end() {
    on = false;
    number++;
  }

  /** Something was taken: the next pause is a short one. */
  void works() {
    pauses.reset();
  }
}
