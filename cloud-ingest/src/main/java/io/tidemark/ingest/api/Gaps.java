package io.tidemark.ingest.api;

import io.tidemark.ingest.ledger.Unstored;
import io.tidemark.ingest.ledger.UnstoredEpoch;
import io.tidemark.ingest.storage.NumberSpan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where in time the readings lie of which there is no row. A number has no time of its own once its
 * reading is gone; but numbers ascend as a device samples, so it lies between the rows before and
 * after it.
 *
 * <p>Exact to an interval. Where clocks jumped back it is where the rows around it are.
 */
final class Gaps {
  private final Window window;
  private final Map<Long, Rows> rowsByEpoch;

  /**
   * A gap, in the window.
   *
   * @param from when it begins, nanoseconds since 1970 UTC
   * @param to when it ends
   * @param what what is not there
   */
  record Gap(long from, long to, Unstored what) {}

  /**
   * For a window.
   *
   * @param spans what rows there are in it, ascending by interval in each epoch
   */
  Gaps(Window window, List<NumberSpan> spans) {
    this.window = window;
    this.rowsByEpoch =
        spans.stream()
            .collect(
                Collectors.groupingBy(
                    NumberSpan::epoch,
                    TreeMap::new,
                    Collectors.collectingAndThen(Collectors.toList(), Rows::new)));
  }

  /** The rows of an epoch in the window, so that those around a number are found quickly. */
  private static final class Rows {
    private final List<NumberSpan> spans;

    /** The lowest number from each interval on, and the highest up to it: both only ascend. */
    private final long[] lowest;

    private final long[] highest;

    Rows(List<NumberSpan> spans) {
      this.spans = spans;
      lowest = new long[spans.size()];
      highest = new long[spans.size()];
      for (int i = 0; i < spans.size(); i++) {
        highest[i] = Math.max(spans.get(i).last(), i == 0 ? 0 : highest[i - 1]);
      }
      for (int i = spans.size() - 1; i >= 0; i--) {
        lowest[i] =
            Math.min(spans.get(i).first(), i == spans.size() - 1 ? Long.MAX_VALUE : lowest[i + 1]);
      }
    }

    /** The last interval with a lower number, or null. */
    @Nullable NumberSpan before(long number) {
      int count = partition(lowest, value -> value < number);
      return count == 0 ? null : spans.get(count - 1);
    }

    /** The first interval with a higher number, or null. */
    @Nullable NumberSpan after(long number) {
      int count = partition(highest, value -> value <= number);
      return count == spans.size() ? null : spans.get(count);
    }

    /** How many at the beginning meet a condition that no later one meets again. */
    private static int partition(long[] ascending, LongPredicate condition) {
      int low = 0;
      int high = ascending.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (condition.test(ascending[middle])) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }
  }

  /**
   * Those that lie in the window, by time.
   *
   * @param epochs all there is no row of, the epoch last heard of last
   * @param next the first row behind the window: its epoch and number; null if there is none
   */
  List<Gap> of(List<UnstoredEpoch> epochs, @Nullable NumberSpan next) {
    List<Gap> gaps = new ArrayList<>();
    for (UnstoredEpoch epoch : epochs) {
      boolean isNewest = epoch == epochs.get(epochs.size() - 1);
      Rows rows = rowsByEpoch.get(epoch.epoch());
      if (rows != null) {
        between(rows, epoch.ranges(), gaps);
      } else if (next == null ? isNewest : next.epoch() == epoch.epoch()) {
        withoutRows(epoch.ranges(), next == null ? epoch.produced() : next.first(), gaps);
      }
    }
    gaps.sort(Comparator.comparingLong(Gap::from).thenComparingLong(gap -> gap.what.first()));
    return gaps;
  }

  private void between(Rows rows, List<Unstored> unstored, List<Gap> gaps) {
    long reach = reach(unstored, rows.lowest[0]);
    long reachUp = reachUp(unstored, rows.highest[rows.highest.length - 1] + 1);
    for (Unstored what : unstored) {
      NumberSpan before = rows.before(what.first());
      NumberSpan after = rows.after(what.last());
      if ((before == null && what.first() < reach) || (after == null && what.last() >= reachUp)) {
        continue; // there is a row between it and the window
      }
      long begin = before == null ? window.from() : start(before);
      long end = after == null ? window.to() : start(after) + window.interval();
      long from = before == null ? begin : begin + window.interval();
      long to = after == null ? end : end - window.interval();
      if (from < to) {
        add(from, to, what, gaps);
      } else {
        // Both rows are in one interval, in neighbours, or the wrong way round: it is not told
        // more exactly.
        add(Math.min(begin, to), Math.max(end, from), what, gaps);
      }
    }
  }

  /**
   * Of an epoch without a row in the window: what lies right before the first number behind it, or
   * before the next that the device will use. If other epochs have rows there, it lies behind
   * these, and only if it has no row at all.
   */
  private void withoutRows(List<Unstored> unstored, long end, List<Gap> gaps) {
    long reach = reach(unstored, end);
    if (reach > 0 && !rowsByEpoch.isEmpty()) {
      return;
    }
    long from =
        rowsByEpoch.values().stream()
            .mapToLong(rows -> start(rows.spans.get(rows.spans.size() - 1)) + window.interval())
            .max()
            .orElse(window.from());
    for (Unstored what : unstored) {
      if (what.first() >= reach && what.first() < end) {
        add(Math.min(from, window.to() - 1), window.to(), what, gaps);
      }
    }
  }

  /** The number from which on, up to another one, there is no row at all. */
  private static long reach(List<Unstored> ascending, long number) {
    long reach = number;
    for (int i = ascending.size() - 1; i >= 0; i--) {
      if (ascending.get(i).last() + 1 == reach) {
        reach = ascending.get(i).first();
      }
    }
    return reach;
  }

  /** The number up to which, from another one on, there is no row at all. */
  private static long reachUp(List<Unstored> ascending, long number) {
    long reach = number;
    for (Unstored what : ascending) {
      if (what.first() == reach) {
        reach = what.last() + 1;
      }
    }
    return reach;
  }

  private void add(long from, long to, Unstored what, List<Gap> gaps) {
    long begin = Math.max(from, window.from());
    long end = Math.min(to, window.to());
    if (begin < end) {
      gaps.add(new Gap(begin, end, what));
    }
  }

  private long start(NumberSpan span) {
    return window.origin() + span.index() * window.interval();
  }
}
