package io.tidemark.ingest.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Disjoint intervals of an epoch's numbers, or of a part of them. Neighbours that say the same are
 * one. Not thread-safe.
 */
final class Intervals {
  private final TreeMap<Long, Interval> byFirst = new TreeMap<>();

  Intervals(List<Interval> disjoint) {
    disjoint.forEach(interval -> byFirst.put(interval.first(), interval));
  }

  /**
   * Records an interval; where something is recorded already, the state that wins stays, and of
   * equals the older.
   */
  void put(Interval added) {
    long next = added.first();
    List<Interval> pieces = new ArrayList<>();
    for (Interval old : List.copyOf(overlapping(added.first(), added.last()))) {
      byFirst.remove(old.first());
      if (old.first() < added.first()) {
        byFirst.put(old.first(), old.to(added.first() - 1));
      }
      long overlapFirst = Math.max(old.first(), added.first());
      long overlapLast = Math.min(old.last(), added.last());
      if (next < overlapFirst) {
        pieces.add(added.from(next).to(overlapFirst - 1));
      }
      Interval winner = added.state().beats(old.state()) ? added : old;
      pieces.add(new Interval(overlapFirst, overlapLast, winner.state(), winner.reason()));
      if (old.last() > added.last()) {
        byFirst.put(added.last() + 1, old.from(added.last() + 1));
      }
      next = overlapLast + 1;
    }
    if (next <= added.last()) {
      pieces.add(added.from(next));
    }
    pieces.forEach(this::insert);
  }

  /** Forgets that numbers are in this state. */
  void remove(State state, long first, long last) {
    for (Interval old : List.copyOf(overlapping(first, last))) {
      if (old.state() != state) {
        continue;
      }
      byFirst.remove(old.first());
      if (old.first() < first) {
        byFirst.put(old.first(), old.to(first - 1));
      }
      if (old.last() > last) {
        byFirst.put(last + 1, old.from(last + 1));
      }
    }
  }

  List<Interval> all() {
    return List.copyOf(byFirst.values());
  }

  /** The numbers from {@code first} to {@code last} that are in no interval. */
  static List<Range> gaps(List<Interval> ordered, long first, long last) {
    List<Range> gaps = new ArrayList<>();
    long next = first;
    for (Interval interval : ordered) {
      if (interval.first() > last) {
        break;
      }
      if (interval.first() > next) {
        gaps.add(new Range(next, interval.first() - 1));
      }
      next = Math.max(next, interval.last() + 1);
    }
    if (next <= last) {
      gaps.add(new Range(next, last));
    }
    return gaps;
  }

  private List<Interval> overlapping(long first, long last) {
    Long start = byFirst.floorKey(first);
    List<Interval> found = new ArrayList<>();
    for (Interval interval :
        byFirst.subMap(start == null ? first : start, true, last, true).values()) {
      if (interval.last() >= first) {
        found.add(interval);
      }
    }
    return found;
  }

  /** Adds a piece nothing overlaps with, joining it to neighbours that say the same. */
  private void insert(Interval piece) {
    Interval joined = piece;
    Map.Entry<Long, Interval> before = byFirst.lowerEntry(joined.first());
    if (before != null
        && before.getValue().last() == joined.first() - 1
        && before.getValue().sameAs(joined)) {
      byFirst.remove(before.getKey());
      joined = joined.from(before.getKey());
    }
    Interval after = byFirst.get(joined.last() + 1);
    if (after != null && after.sameAs(joined)) {
      byFirst.remove(after.first());
      joined = joined.to(after.last());
    }
    byFirst.put(joined.first(), joined);
  }
}
