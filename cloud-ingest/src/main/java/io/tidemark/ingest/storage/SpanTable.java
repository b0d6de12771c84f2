package io.tidemark.ingest.storage;

import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/** Spans of several tables, those of the same epoch and interval joined. Used by one thread. */
public final class SpanTable {
  private record Place(long epoch, long index) {}

  private final TreeMap<Place, NumberSpan> spans =
      new TreeMap<>(Comparator.comparingLong(Place::epoch).thenComparingLong(Place::index));

  /** Adds what one table says. */
  public void add(NumberSpan span) {
    spans.merge(new Place(span.epoch(), span.index()), span, NumberSpan::join);
  }

  /** The first of them by epoch and index, at most {@code max}. */
  public List<NumberSpan> first(int max) {
    return spans.values().stream().limit(max).toList();
  }
}
