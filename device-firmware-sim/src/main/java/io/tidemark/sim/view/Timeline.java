package io.tidemark.sim.view;

import java.util.ArrayList;
import java.util.List;

/**
 * What was measured over time, in bounded memory however long it takes: when there are more than
 * {@value #INTERVALS_MAX} intervals, neighbours are merged, and from then on each covers twice as
 * much. Thread-safe.
 */
public final class Timeline {
  /** Most intervals kept. */
  public static final int INTERVALS_MAX = 600;

  /** What is shorter has rates that mean nothing: it is merged with what was before. */
  private static final double FRAGMENT_SECONDS = 0.5;

  private final List<Interval> intervals = new ArrayList<>();

  /** How many measurements make a full interval. */
  private int full = 1;

  private int inLast;

  synchronized void add(Interval measured) {
    Interval packed = measured.packed();
    boolean isFragment = packed.to() - packed.from() < FRAGMENT_SECONDS;
    if (inLast > 0 && (inLast < full || isFragment)) {
      int last = intervals.size() - 1;
      intervals.set(last, intervals.get(last).plus(packed));
      inLast++;
      return;
    }
    if (intervals.size() == INTERVALS_MAX) {
      mergeNeighbours();
    }
    intervals.add(packed);
    inLast = 1;
  }

  /** In order, without gaps. */
  public synchronized List<Point> points() {
    return intervals.stream().map(Interval::point).toList();
  }

  private void mergeNeighbours() {
    List<Interval> merged = new ArrayList<>(INTERVALS_MAX / 2);
    for (int i = 0; i < intervals.size(); i += 2) {
      merged.add(intervals.get(i).plus(intervals.get(i + 1)));
    }
    intervals.clear();
    intervals.addAll(merged);
    full *= 2;
  }
}
