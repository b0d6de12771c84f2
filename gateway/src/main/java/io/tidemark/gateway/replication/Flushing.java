package io.tidemark.gateway.replication;

import java.time.Duration;

/**
 * Whether the disk takes what is appended to a log. A disk that stands still fails nothing: without
 * a look at it, its gateway would lead on, as leading takes no disk, and commit nothing.
 *
 * <p>Belongs to the thread that looks.
 */
final class Flushing {
  /** As long as a leader may be without its followers. */
  private static final Duration STALLED_AFTER = Duration.ofSeconds(3);

  private long flushed = -1;
  private long movedAt = System.nanoTime();

  /**
   * Looks again.
   *
   * @param last index of the last entry appended
   * @param now index of the last entry that the disk has
   * @return for how long it has taken nothing; zero if that is not long enough to be called
   *     standing still
   */
  Duration look(long last, long now) {
    long time = System.nanoTime();
    if (now != flushed || now >= last) {
      flushed = now;
      movedAt = time;
    }
    Duration since = Duration.ofNanos(time - movedAt);
    return since.compareTo(STALLED_AFTER) < 0 ? Duration.ZERO : since;
  }
}
