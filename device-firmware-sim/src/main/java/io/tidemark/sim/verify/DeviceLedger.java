package io.tidemark.sim.verify;

import java.util.List;
import java.util.Map;

/**
 * What the platform's ledger says of a device.
 *
 * @param redelivered batches that came again
 * @param epochs by epoch
 */
record DeviceLedger(long redelivered, Map<Long, EpochLedger> epochs) {
  static final DeviceLedger NONE = new DeviceLedger(0, Map.of());

  /** A range of numbers, both ends in it. */
  record Range(long first, long last) {
    boolean has(long number) {
      return number >= first && number <= last;
    }
  }

  /** What it says of one epoch. */
  record EpochLedger(
      long produced, long waiting, List<Range> missingRanges, List<Range> droppedRanges) {
    static final EpochLedger NONE = new EpochLedger(0, 0, List.of(), List.of());

    boolean missing(long number) {
      return missingRanges.stream().anyMatch(range -> range.has(number));
    }

    boolean dropped(long number) {
      return droppedRanges.stream().anyMatch(range -> range.has(number));
    }
  }

  /** Up to which index of its log a gateway group had committed, and had forwarded. */
  record GroupReport(long committed, long forwarded) {}

  EpochLedger epoch(long epoch) {
    return epochs.getOrDefault(epoch, EpochLedger.NONE);
  }
}
