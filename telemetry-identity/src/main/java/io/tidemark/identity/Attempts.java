package io.tidemark.identity;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often something may be tried by a name: so many times at once, and then one in a while. What
 * succeeds does not count. Of very many names those that tried longest ago are forgotten.
 *
 * <p>Thread-safe.
 */
public final class Attempts {
  /** Names remembered. */
  static final int NAMES_MAX = 10_000;

  private final int atOnce;
  private final long everyMillis;
  private final Clock clock;

  /** By name, until when the tries so far are paid for, in milliseconds since 1970. */
  private final Map<String, Long> paid =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > NAMES_MAX;
        }
      };

  /** So many at once, and then one {@code every} so often. */
  public Attempts(int atOnce, Duration every, Clock clock) {
    this.atOnce = atOnce;
    this.everyMillis = every.toMillis();
    this.clock = clock;
  }

  /**
   * Counts a try.
   *
   * @return how long to wait, in seconds; 0 if it may be now
   */
  public synchronized long take(String name) {
    long now = clock.millis();
    long until = until(name, now);
    long wait = waitSeconds(until, now);
    if (wait == 0) {
      paid.put(name, until + everyMillis);
    }
    return wait;
  }

  /** How long {@link #take} would have one wait, in seconds; 0 if not at all. Counts nothing. */
  public synchronized long waitSeconds(String name) {
    long now = clock.millis();
    return waitSeconds(until(name, now), now);
  }

  /** No more than so many at once are unpaid, unless the clock was set back. */
  private long until(String name, long now) {
    return Math.min(Math.max(now, paid.getOrDefault(name, now)), now + atOnce * everyMillis);
  }

  private long waitSeconds(long until, long now) {
    return Math.max(0, until - now - (atOnce - 1) * everyMillis + 999) / 1_000;
  }

  /** A try that succeeded, or was not made, after all. */
  public synchronized void giveBack(String name) {
    paid.computeIfPresent(name, (same, until) -> until - everyMillis);
  }

  /** How many names it remembers. */
  synchronized int names() {
    return paid.size();
  }
}
