package io.tidemark.sim.verify;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What became of the readings of one epoch, of a device whose readings carry no numbers. */
final class ContentSums {
  private final StreamIndex stream;
  private final int offset;
  private long waiting;
  private long stored;
  private long quarantined;

  /** Numbers that were acknowledged and are nowhere. */
  final List<Long> absent = new ArrayList<>();

  /** Numbers that were refused for good, which nobody was told. */
  final List<Long> refused = new ArrayList<>();

  /**
   * @param offset the place of the epoch's first reading among all of the device's
   */
  ContentSums(StreamIndex stream, int offset) {
    this.stream = stream;
    this.offset = offset;
  }

  /** Goes through all numbers; by place, which are rows and which are quarantined. */
  void add(BitSet rows, BitSet items) {
    for (int batch = 0; batch < stream.batches(); batch++) {
      long end = stream.first(batch) + stream.count(batch);
      for (long number = stream.first(batch); number < end; number++) {
        int place = Math.toIntExact(offset + number);
        if (rows.get(place)) {
          stored++;
        } else if (items.get(place)) {
          quarantined++;
        } else {
          switch (stream.state(batch)) {
            case KEPT -> waiting++;
            case ACKNOWLEDGED -> absent.add(number);
            case REFUSED, DROPPED -> refused.add(number);
          }
        }
      }
    }
  }

  /**
   * @param mayWait true if all that are absent can be on gateways
   */
  Verdict.DeviceSums of(String device, boolean mayWait, long duplicates) {
    return new Verdict.DeviceSums(
        device,
        stream.epoch(),
        new Sums(
            stream.nextSequence(),
            waiting + (mayWait ? absent.size() : 0),
            stored,
            quarantined,
            0,
            refused.size() + (mayWait ? 0 : absent.size()),
            duplicates,
            0,
            stream.refusedReadings()));
  }
}
