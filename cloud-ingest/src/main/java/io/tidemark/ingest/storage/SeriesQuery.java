package io.tidemark.ingest.storage;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Several numeric metrics, of any devices and sensors, summed up in intervals of equal length.
 *
 * @param series which, 1 to {@link #MAX_SERIES}
 * @param fromNanos values from this time on, inclusive
 * @param toNanos up to this time, exclusive
 * @param originNanos start of interval 0; at or before {@code fromNanos}
 * @param intervalNanos length of each, in nanoseconds
 */
public record SeriesQuery(
    List<SeriesName> series, long fromNanos, long toNanos, long originNanos, long intervalNanos) {
  /** Series of one query: their names are part of it. */
  public static final int MAX_SERIES = 40;

  /** A sensor of a device. */
  public record Source(String device, String sensor) {}

  /** Checks how many series there are, and the interval. */
  public SeriesQuery {
    if (series.isEmpty() || series.size() > MAX_SERIES) {
      throw new IllegalArgumentException(
          "series must be 1 to " + MAX_SERIES + ", but are " + series.size());
    }
    if (intervalNanos < 1 || originNanos > fromNanos) {
      throw new IllegalArgumentException(
          "intervalNanos must be at least 1 and originNanos at most fromNanos, but are %d and %d for %d"
              .formatted(intervalNanos, originNanos, fromNanos));
    }
    series = List.copyOf(series);
  }

  /** The metrics that occur, each once. */
  public SortedSet<String> metrics() {
    SortedSet<String> metrics = new TreeSet<>();
    series.forEach(name -> metrics.add(name.metric()));
    return metrics;
  }

  /** The sensors that occur, each once. */
  public List<Source> sources() {
    return series.stream()
        .map(name -> new Source(name.device(), name.sensor()))
        .distinct()
        .toList();
  }
}
