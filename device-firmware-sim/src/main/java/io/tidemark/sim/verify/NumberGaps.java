package io.tidemark.sim.verify;

import io.tidemark.sim.verify.DeviceLedger.EpochLedger;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Numbers that gateways gave and no row has. In an epoch of a gateway's, each number up to one that
 * is a row was given to a reading that was committed; so one without a row is lost, even if its
 * reading has another row.
 *
 * <p>Looked at are the numbers between the first and the last that are readings of the record's:
 * what is before or behind may be another run's, and gone with the time that the database keeps
 * rows for. Holds an entry an epoch, and at most {@link #MAX} numbers. Not thread-safe.
 */
final class NumberGaps {
  /** How many are looked for; there may be more. */
  static final int MAX = 10_000;

  /** A number of an epoch. */
  record Number(long epoch, long sequence) implements Comparable<Number> {
    @Override
    public int compareTo(Number other) {
      int byEpoch = Long.compare(epoch, other.epoch);
      return byEpoch != 0 ? byEpoch : Long.compare(sequence, other.sequence);
    }
  }

  /** By epoch, the first and the last number that is a reading of the record's. */
  private final Map<Long, long[]> spans = new HashMap<>();

  private final TreeSet<Number> gaps = new TreeSet<>();

  /** A row is a reading of the record's. */
  void isReading(Row row) {
    long[] span =
        spans.computeIfAbsent(row.epoch(), e -> new long[] {row.sequence(), row.sequence()});
    span[0] = Math.min(span[0], row.sequence());
    span[1] = Math.max(span[1], row.sequence());
  }

  /** True if an epoch holds readings of the record's. */
  boolean isEpoch(long epoch) {
    return spans.containsKey(epoch);
  }

  /**
   * Looks for gaps among the numbers of readings.
   *
   * @param before what the ledger said before the rows were read: what it called accounted for has
   *     to be found since. An epoch of which something waited is not looked at
   */
  void find(GivenNumbers numbers, DeviceLedger before) {
    spans.forEach(
        (epoch, span) -> {
          EpochLedger ledger = before.epoch(epoch);
          long end = ledger.waiting() > 0 ? 0 : Math.min(span[1] + 1, ledger.produced());
          for (long number = span[0]; number < end && gaps.size() < MAX; number++) {
            if (numbers.get(epoch, number) < 0 && !ledger.dropped(number)) {
              gaps.add(new Number(epoch, number));
            }
          }
        });
  }

  /** Numbers, both ends among them, are accounted for. */
  void accountedFor(long epoch, long first, long last) {
    if (first <= last) {
      gaps.subSet(new Number(epoch, first), true, new Number(epoch, last), true).clear();
    }
  }

  /** The gaps, in order. */
  TreeSet<Number> all() {
    return gaps;
  }
}
