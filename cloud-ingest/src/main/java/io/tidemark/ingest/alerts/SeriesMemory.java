package io.tidemark.ingest.alerts;

import io.tidemark.ingest.alerts.Fold.Stand;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the judge remembers of series between rounds: where they stand with each rule, and their
 * newest values. Used by the thread of the rounds.
 */
final class SeriesMemory {
  private final Map<Long, Map<Series, Stand>> stands = new HashMap<>();
  private final Map<String, Map<Series, Newest>> newest = new HashMap<>();

  /** The newest value of a series, and its time in nanoseconds since 1970 UTC. */
  record Newest(long time, double value) {}

  /**
   * Forgets all but this.
   *
   * @param devices by rule, those whose stand goes on
   * @param metrics those that are watched
   */
  void retain(Map<Long, Set<String>> devices, Set<String> metrics) {
    stands.keySet().retainAll(devices.keySet());
    stands.forEach(
        (rule, ofRule) -> {
          Set<String> goOn = devices.getOrDefault(rule, Set.of());
          ofRule.keySet().removeIf(series -> !goOn.contains(series.device()));
        });
    newest.keySet().retainAll(metrics);
  }

  /** Where a series stands with a rule from now on. */
  void keep(Rule rule, Series series, Stand stand) {
    Map<Series, Stand> ofRule = stands.computeIfAbsent(rule.id(), id -> new HashMap<>());
    if (stand.isIdle()) {
      ofRule.remove(series);
    } else {
      ofRule.put(series, stand);
    }
  }

  /** Where a series stands with a rule; null if it is idle. */
  @Nullable Stand stand(Rule rule, Series series) {
    return stands.getOrDefault(rule.id(), Map.of()).get(series);
  }

  /** Values of a metric have been read. */
  void learn(String metric, Map<Series, Track> tracks) {
    tracks.forEach(
        (series, track) -> remember(metric, series, track.lastTime(), track.lastValue()));
  }

  /** A value of a metric: of equal times the one that is told last counts. */
  void remember(String metric, Series series, long time, double value) {
    newest
        .computeIfAbsent(metric, name -> new HashMap<>())
        .merge(series, new Newest(time, value), (a, b) -> b.time() >= a.time() ? b : a);
  }

  /** The newest value of each series that has the metric. */
  Map<Series, Newest> newest(String metric) {
    return newest.getOrDefault(metric, Map.of());
  }
}
