package io.tidemark.agent.journal;

import java.util.HashMap;
import java.util.Map;

/**
 * The numbering under way: a working copy is changed while a transaction is made, and becomes the
 * state when it has committed. Confined to who holds the journal's store lock.
 */
final class EpochState {
  final long ordinal;
  final long epoch;
  final String device;
  long nextSequence;
  long newestNanos;
  final Map<String, Long> lastNanosBySensor;

  EpochState(
      long ordinal,
      long epoch,
      String device,
      long nextSequence,
      long newestNanos,
      Map<String, Long> lastNanosBySensor) {
    this.ordinal = ordinal;
    this.epoch = epoch;
    this.device = device;
    this.nextSequence = nextSequence;
    this.newestNanos = newestNanos;
    this.lastNanosBySensor = new HashMap<>(lastNanosBySensor);
  }

  EpochState copy() {
    return new EpochState(ordinal, epoch, device, nextSequence, newestNanos, lastNanosBySensor);
  }

  /**
   * The time the next reading of {@code sensor} gets: its own, or one nanosecond after the one
   * before.
   */
  long admit(String sensor, long timeNanos) {
    Long last = lastNanosBySensor.get(sensor);
    long time = last == null || timeNanos > last ? timeNanos : last + 1;
    lastNanosBySensor.put(sensor, time);
    newestNanos = Math.max(newestNanos, time);
    return time;
  }

  /** True if {@code timeNanos} is so far behind that the clock must have been set back. */
  boolean isClockSetBack(long timeNanos) {
    return timeNanos < newestNanos - JournalSettings.CLOCK_STEP_BACK_MAX.toNanos();
  }
}
