package io.tidemark.sim.rogue;

import java.time.Duration;

/**
 * Rogues that are alike.
 *
 * @param count how many, 1 to 100
 * @param every how often each acts, 10 ms to 24 hours; a slow reader: sends more, a flood: opens a
 *     connection
 */
public record RogueGroup(RogueKind kind, int count, Duration every) {
  public static final int COUNT_MAX = 100;
  public static final Duration EVERY_MIN = Duration.ofMillis(10);
  public static final Duration EVERY_MAX = Duration.ofHours(24);

  /** Groups of one run. */
  public static final int GROUPS_MAX = 20;

  /** What those of one run may do in a second, all together. */
  public static final int ACTS_PER_SECOND_MAX = 1_000;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException that names the one that is wrong
   */
  public RogueGroup {
    if (count < 1 || count > COUNT_MAX) {
      throw new IllegalArgumentException(
          "there must be 1 to %d rogues in a group, but there are %d".formatted(COUNT_MAX, count));
    }
    if (every.compareTo(EVERY_MIN) < 0 || every.compareTo(EVERY_MAX) > 0) {
      throw new IllegalArgumentException(
          "a rogue acts every 10ms to 24h, but here every " + every.toMillis() + "ms");
    }
  }

  /** What all of them do in a second. */
  public double actsPerSecond() {
    return count * 1e3 / every.toMillis();
  }
}
