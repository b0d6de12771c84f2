package io.tidemark.agent.journal;

import java.util.function.LongSupplier;

/**
 * How old a batch is, without trusting the wall clock. A device without a battery-backed clock
 * starts in the past and is set forward by years once it has a network; by the wall clock
 * everything recorded before that would be expired at once. So age is counted in running time, and
 * the time switched off is added at the start as far as the wall clock shows it: rather too young
 * than too old.
 *
 * <p>All values in milliseconds. Confined to who holds the journal's store lock.
 */
final class AgeClock {
  private final LongSupplier monotonicNanos;
  private long base;
  private long baseNanos;

  AgeClock(LongSupplier monotonicNanos) {
    this.monotonicNanos = monotonicNanos;
    this.baseNanos = monotonicNanos.getAsLong();
  }

  /** Goes on from what was saved. */
  void resume(long savedAge, long savedWall, long wallNow) {
    long switchedOff = savedWall == 0 ? 0 : Math.max(0, wallNow - savedWall);
    base = savedAge + switchedOff;
    baseNanos = monotonicNanos.getAsLong();
  }

  long now() {
    return base + (monotonicNanos.getAsLong() - baseNanos) / 1_000_000;
  }
}
