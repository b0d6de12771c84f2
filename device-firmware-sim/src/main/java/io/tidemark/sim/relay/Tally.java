package io.tidemark.sim.relay;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** A count for each of an enum's constants. Thread-safe. */
final class Tally<E extends Enum<E>> {
  private final Class<E> kind;
  private final LongAdder[] counts;

  Tally(Class<E> kind) {
    this.kind = kind;
    this.counts = new LongAdder[kind.getEnumConstants().length];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  void add(E of, long n) {
    counts[of.ordinal()].add(n);
  }

  /** Those that are not 0, in the enum's order. */
  Map<E, Long> sums() {
    Map<E, Long> sums = new EnumMap<>(kind);
    for (E of : kind.getEnumConstants()) {
      long n = counts[of.ordinal()].sum();
      if (n != 0) {
        sums.put(of, n);
      }
    }
    return sums;
  }
}
