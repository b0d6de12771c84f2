package io.tidemark.ingest.alerts;

import io.tidemark.ingest.alerts.Touched.Times;
import io.tidemark.ingest.storage.SampleQuery;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Reads values of many devices with few queries, and holds a bounded number of them at a time.
 * Devices are read together only if their times reach back about as far: one whose clock says 2001
 * must not have the years since then read of all others. Used by the thread of the rounds.
 */
final class Samples {
  /** Values held at a time. */
  static final int VALUES_MAX = 1_000_000;

  private final TimeSeriesStore store;
  private final long recentNanos;
  private final int valuesMax;

  /**
   * Values of a store.
   *
   * @param recentNanos what reaches back less far is read together
   * @param valuesMax held at a time
   */
  Samples(TimeSeriesStore store, long recentNanos, int valuesMax) {
    this.store = store;
    this.recentNanos = Math.max(1, recentNanos);
    this.valuesMax = valuesMax;
  }

  /**
   * Devices that are read together: their times reach back equally far, but for a factor of two.
   */
  List<List<String>> parts(Map<String, Times> within, int maxDevices, long now) {
    Map<Integer, List<String>> byAge = new TreeMap<>();
    new TreeMap<>(within)
        .forEach(
            (device, times) ->
                byAge
                    .computeIfAbsent(doublings(now - times.from()), age -> new ArrayList<>())
                    .add(device));
    List<List<String>> parts = new ArrayList<>();
    for (List<String> alike : byAge.values()) {
      for (int i = 0; i < alike.size(); i += maxDevices) {
        parts.add(alike.subList(i, Math.min(alike.size(), i + maxDevices)));
      }
    }
    return parts;
  }

  private int doublings(long ageNanos) {
    return Long.SIZE - Long.numberOfLeadingZeros(Math.max(0, ageNanos) / recentNanos);
  }

  /**
   * Reads the values of a part, each device's within its own times.
   *
   * @param piece takes all values of one stretch of time after the other
   */
  void read(
      String metric,
      List<String> part,
      Map<String, Times> within,
      Consumer<Map<Series, Track>> piece)
      throws StoreUnavailableException {
    long from = Long.MAX_VALUE;
    long to = Long.MIN_VALUE;
    for (String device : part) {
      Times times = within.get(device);
      if (times != null) {
        from = Math.min(from, times.from());
        to = Math.max(to, times.to());
      }
    }
    if (from <= to) {
      read(new SampleQuery(metric, part, from, to), within, piece);
    }
  }

  private void read(
      SampleQuery query, Map<String, Times> within, Consumer<Map<Series, Track>> piece)
      throws StoreUnavailableException {
    boolean isWhole = query.fromNanos() == query.toNanos(); // cannot be cut further
    Map<Series, Track> tracks = new HashMap<>();
    long[] count = new long[1];
    store.samples(
        query,
        (device, sensor, time, value) -> {
          Times times = within.get(device);
          if (times == null || time < times.from() || time > times.to()) {
            return;
          }
          count[0]++;
          if (count[0] <= valuesMax || isWhole) {
            tracks
                .computeIfAbsent(new Series(device, sensor), series -> new Track())
                .add(time, value);
          }
        });
    if (count[0] <= valuesMax || isWhole) {
      piece.accept(tracks);
      return;
    }
    tracks.clear();
    long middle = query.fromNanos() + (query.toNanos() - query.fromNanos()) / 2;
    read(cut(query, query.fromNanos(), middle), within, piece);
    read(cut(query, middle + 1, query.toNanos()), within, piece);
  }

  private static SampleQuery cut(SampleQuery query, long from, long to) {
    return new SampleQuery(query.metric(), query.devices(), from, to);
  }
}
