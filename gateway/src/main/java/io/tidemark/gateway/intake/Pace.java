package io.tidemark.gateway.intake;

import io.tidemark.gateway.replication.Usage;
import java.util.concurrent.TimeUnit;

/**
 * How long what is queued waits before it becomes an entry: for others to be collected with it, and
 * to spare a log that is nearly full. Times are nanoseconds of {@link System#nanoTime}. Used under
 * the intake's lock.
 */
final class Pace {
  /**
   * Each entry in the log makes collecting that much longer. What is forwarded counts until the
   * mark says so, a second later: so a gateway that keeps up makes some 450 entries a second at
   * most, and each message of a busy gateway costs a small part of one.
   */
  private static final long COLLECT_NANOS_PER_ENTRY = 5_000;

  /** More entries than a gateway that keeps up has above its mark. */
  private static final long SHORT_LOG_ENTRIES = 2_000;

  /** From this part of the log's room on, entries come more and more slowly. */
  private static final double PUSH_BACK_FROM = 0.9;

  /** How long the last entry that the log has room for waits after the one before. */
  private static final long PUSH_BACK_MAX_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long collectMaxNanos;
  private long lastEntryAt = System.nanoTime() - PUSH_BACK_MAX_NANOS;
  private int lastEntryItems;

  /** Before the first entry. */
  Pace(long collectMaxNanos) {
    this.collectMaxNanos = collectMaxNanos;
  }

  /** An entry has been made, of so many items. */
  void made(long now, int items) {
    lastEntryAt = now;
    lastEntryItems = items;
  }

  /** From when on there may be another entry. */
  long roomAt(Usage usage) {
    return lastEntryAt + pushBackNanos(usage.filled());
  }

  /**
   * How long one waits for others: nothing for a short log; longer with every entry that waits in
   * it, up to the bound. Nothing either for one that comes alone, as the one before did: whoever
   * waits for its answer before it sends the next would wait in vain for others.
   *
   * @param isAlone whether nothing else is queued or on its way
   */
  long collectNanos(Usage usage, boolean isAlone) {
    if (isAlone && lastEntryItems <= 1 && usage.entries() <= SHORT_LOG_ENTRIES) {
      return 0;
    }
    return Math.min(usage.entries() * COLLECT_NANOS_PER_ENTRY, collectMaxNanos);
  }

  /**
   * How long an entry waits after the one before, however much waits: nothing until the log is
   * nearly full, then longer and longer, so that its last part is not used up in a burst. Devices
   * feel it as acknowledgements that come late, and what is more than may wait is refused.
   */
  static long pushBackNanos(double filled) {
    double over = (filled - PUSH_BACK_FROM) / (1 - PUSH_BACK_FROM);
    return (long) (Math.max(0, Math.min(1, over)) * PUSH_BACK_MAX_NANOS);
  }
}
