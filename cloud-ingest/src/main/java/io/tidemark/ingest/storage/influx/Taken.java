package io.tidemark.ingest.storage.influx;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where rows of a series can be: at or below a time, and within a few spans above it. Requests
 * overtake each other, so what is between two spans may still come. Not thread-safe.
 */
final class Taken {
  /** Spans remembered; the lowest of more is given up, and all below its end counts as taken. */
  static final int SPANS_MAX = 4;

  private long upTo;

  /** Above {@link #upTo}, apart from each other, ascending. */
  private final List<Span> spans = new ArrayList<>(SPANS_MAX + 1);

  /**
   * Nothing above a time.
   *
   * @param upTo in nanoseconds since 1970
   */
  Taken(long upTo) {
    this.upTo = upTo;
  }

  /** True if no row can be within any of these. */
  boolean isFree(List<Span> wanted) {
    for (Span want : wanted) {
      if (want.first() <= upTo || spans.stream().anyMatch(want::meets)) {
        return false;
      }
    }
    return true;
  }

  /** Rows may be, or come, within this. */
  void addOne(Span added) {
    add(added);
  }

  /** The highest time at which a row can be. */
  long highest() {
    return spans.isEmpty() ? upTo : spans.get(spans.size() - 1).last();
  }

  /** Rows are about to be written within these. */
  void add(List<Span> added) {
    added.forEach(this::add);
  }

  private void add(Span added) {
    if (added.last() <= upTo) {
      return;
    }
    Span joined = added;
    for (Span span : List.copyOf(spans)) {
      if (span.meets(joined)) {
        spans.remove(span);
        joined = joined.join(span);
      }
    }
    spans.add(joined);
    spans.sort(Comparator.comparingLong(Span::first));
    while (spans.size() > SPANS_MAX) {
      upTo = Math.max(upTo, spans.remove(0).last());
    }
  }
}
