package io.tidemark.ingest.intake;

import io.tidemark.ingest.ledger.Range;
import java.util.Map;
import java.util.TreeMap;

/** Numbers of one epoch, as few ranges as they make; not empty once used. Not thread-safe. */
final class NumberSet {
  /** The last number of each range by its first; ranges neither overlap nor touch. */
  private final TreeMap<Long, Long> lastByFirst = new TreeMap<>();

  void add(long first, long last) {
    long from = first;
    long to = last;
    Map.Entry<Long, Long> near = lastByFirst.floorEntry(to + 1);
    while (near != null && near.getValue() >= from - 1) {
      lastByFirst.remove(near.getKey());
      from = Math.min(from, near.getKey());
      to = Math.max(to, near.getValue());
      near = lastByFirst.floorEntry(to + 1);
    }
    lastByFirst.put(from, to);
  }

  /** From the lowest to the highest number. */
  Range span() {
    return new Range(lastByFirst.firstKey(), lastByFirst.lastEntry().getValue());
  }

  /** True if a number is in both. */
  boolean meets(NumberSet other) {
    for (Map.Entry<Long, Long> range : lastByFirst.entrySet()) {
      Map.Entry<Long, Long> near = other.lastByFirst.floorEntry(range.getValue());
      if (near != null && near.getValue() >= range.getKey()) {
        return true;
      }
    }
    return false;
  }
}
