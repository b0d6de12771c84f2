package io.tidemark.ingest.alerts;

import io.tidemark.ingest.alerts.Fold.Stand;
import io.tidemark.ingest.alerts.RuleSpec.Threshold;
import io.tidemark.ingest.alerts.Touched.Times;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.SampleQuery;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Judges the rules on thresholds. A device whose new readings are all behind those judged before
 * goes on from where it stood: only they are read, of many devices with one query. Every other one
 * (its readings came out of order, its rule is new, or this ingest has just begun to judge) is
 * judged again over the look-back.
 *
 * <p>Used by the thread of the rounds. After an exception it is in no state to go on: a new one
 * judges everything again.
 */
final class ThresholdJudge {
  /** Devices judged again at a time: all their readings within the look-back are held. */
  private static final int AGAIN_MAX_DEVICES = 200;

  /** Joins with any other to that one. */
  private static final Times NO_TIMES = new Times(Long.MAX_VALUE, Long.MIN_VALUE);

  private final TimeSeriesStore store;
  private final AlertSettings settings;
  private final Map<Long, Map<Series, Stand>> stands = new HashMap<>();
  private final Map<String, Map<Series, Newest>> newest = new HashMap<>();
  private final Map<Long, Long> versions = new HashMap<>();

  /** Up to which reading's time each device is judged. */
  private final Map<String, Long> judgedTo = new HashMap<>();

  /** The newest value of a series. */
  record Newest(long time, double value) {}

  /** Looks up what is recorded. */
  @FunctionalInterface
  interface Recorded {
    /** Episodes of a rule that were not over before {@code from}. */
    List<Episode> of(long rule, long from) throws SqlUnavailableException;
  }

  ThresholdJudge(TimeSeriesStore store, AlertSettings settings) {
    this.store = store;
    this.settings = settings;
  }

  /** Judges all rules by what has come; what is new about series, in no order. */
  List<Found> round(
      List<Rule> rules, Fleet fleet, Map<String, Times> touched, Recorded recorded, long now)
      throws StoreUnavailableException, SqlUnavailableException {
    Map<String, List<Rule>> byMetric = new TreeMap<>();
    for (Rule rule : rules) {
      byMetric.computeIfAbsent(rule.spec().metric(), metric -> new ArrayList<>()).add(rule);
    }
    forget(rules, fleet, byMetric.keySet());
    List<Found> found = new ArrayList<>();
    Map<String, Long> reached = new HashMap<>();
    for (Map.Entry<String, List<Rule>> metric : byMetric.entrySet()) {
      Plan plan = plan(metric.getValue(), fleet, touched);
      goOn(metric.getKey(), metric.getValue(), fleet, plan.inOrder(), found);
      again(metric.getKey(), metric.getValue(), fleet, plan.again(), recorded, now, found, reached);
    }
    touched.forEach((device, times) -> judgedTo.merge(device, times.to(), Math::max));
    reached.forEach((device, time) -> judgedTo.merge(device, time, Math::max));
    rules.forEach(rule -> versions.put(rule.id(), rule.version()));
    return found;
  }

  private void forget(List<Rule> rules, Fleet fleet, Set<String> metrics) {
    Set<Long> ids = new HashSet<>();
    for (Rule rule : rules) {
      ids.add(rule.id());
      Set<String> watched = fleet.of(rule.spec());
      stands
          .getOrDefault(rule.id(), new HashMap<>())
          .keySet()
          .removeIf(series -> !watched.contains(series.device()));
    }
    stands.keySet().retainAll(ids);
    versions.keySet().retainAll(ids);
    newest.keySet().retainAll(metrics);
  }

  /** Which devices to judge how. */
  private record Plan(TreeMap<String, Times> inOrder, TreeSet<String> again) {}

  private Plan plan(List<Rule> rules, Fleet fleet, Map<String, Times> touched) {
    Plan plan = new Plan(new TreeMap<>(), new TreeSet<>());
    for (Rule rule : rules) {
      Set<String> devices = fleet.of(rule.spec());
      Long version = versions.get(rule.id());
      if (version == null || version != rule.version()) {
        plan.again().addAll(devices);
      }
      touched.forEach(
          (device, times) -> {
            if (!devices.contains(device)) {
              return;
            }
            Long judged = judgedTo.get(device);
            if (judged != null && times.from() <= judged) {
              plan.again().add(device);
            } else {
              plan.inOrder().put(device, times);
            }
          });
    }
    plan.inOrder().keySet().removeAll(plan.again());
    return plan;
  }

  private void goOn(
      String metric, List<Rule> rules, Fleet fleet, Map<String, Times> devices, List<Found> found)
      throws StoreUnavailableException {
    for (List<String> some : parts(devices.keySet(), SampleQuery.MAX_DEVICES)) {
      Times all = NO_TIMES;
      for (String device : some) {
        all = all.join(devices.getOrDefault(device, NO_TIMES));
      }
      Map<Series, Track> tracks =
          read(new SampleQuery(metric, some, all.from(), all.to()), devices);
      for (Rule rule : rules) {
        Set<String> watched = fleet.of(rule.spec());
        Map<Series, Stand> before = stands.computeIfAbsent(rule.id(), id -> new HashMap<>());
        tracks.forEach(
            (series, track) -> {
              if (isWatched(rule, watched, series)) {
                Stand stand = before.getOrDefault(series, Stand.NOWHERE);
                Fold fold = fold(rule, stand);
                track.replay(fold, Fold.NONE);
                keep(before, series, fold.stand());
                List<Span> spans = fold.spans();
                if (!isAsBefore(spans, stand)) {
                  found.add(
                      new Found(
                          rule,
                          series,
                          devices.getOrDefault(series.device(), NO_TIMES).from(),
                          spans));
                }
              }
            });
      }
    }
  }

  private static boolean isAsBefore(List<Span> spans, Stand stand) {
    return spans.isEmpty()
        ? stand.firingSince() == Fold.NONE
        : spans.size() == 1 && spans.get(0).isOpen() && spans.get(0).start() == stand.firingSince();
  }

  private void again(
      String metric,
      List<Rule> rules,
      Fleet fleet,
      Set<String> devices,
      Recorded recorded,
      long now,
      List<Found> found,
      Map<String, Long> reached)
      throws StoreUnavailableException, SqlUnavailableException {
    if (devices.isEmpty()) {
      return;
    }
    long judged = now - settings.lookBack().toNanos();
    long lasting =
        rules.stream().mapToLong(rule -> rule.spec().lasting().toNanos()).max().orElse(0);
    long from = judged - lasting - settings.noDataAfter().toNanos();
    Map<Long, Map<Series, List<Episode>>> known = new HashMap<>();
    for (Rule rule : rules) {
      Map<Series, List<Episode>> bySeries = new HashMap<>();
      for (Episode episode :
          recorded.of(rule.id(), Math.max(judged, rule.judgedSinceNanos() + 1))) {
        bySeries.computeIfAbsent(episode.series(), series -> new ArrayList<>()).add(episode);
      }
      known.put(rule.id(), bySeries);
    }
    for (List<String> some : parts(devices, AGAIN_MAX_DEVICES)) {
      Map<Series, Track> tracks =
          read(new SampleQuery(metric, some, from, Long.MAX_VALUE), Map.of());
      tracks.forEach(
          (series, track) -> reached.merge(series.device(), track.lastTime(), Math::max));
      for (Rule rule : rules) {
        again(
            rule,
            fleet.of(rule.spec()),
            Set.copyOf(some),
            tracks,
            known.getOrDefault(rule.id(), Map.of()),
            judged,
            found);
      }
    }
  }

  private void again(
      Rule rule,
      Set<String> watched,
      Set<String> devices,
      Map<Series, Track> tracks,
      Map<Series, List<Episode>> known,
      long judged,
      List<Found> found) {
    Map<Series, Stand> kept = stands.computeIfAbsent(rule.id(), id -> new HashMap<>());
    Set<Series> all = new HashSet<>(tracks.keySet());
    known.keySet().stream().filter(series -> devices.contains(series.device())).forEach(all::add);
    for (Series series : all) {
      if (!isWatched(rule, watched, series)) {
        continue;
      }
      List<Episode> episodes = known.getOrDefault(series, List.of());
      Stand before = before(episodes, judged);
      Fold fold = fold(rule, before);
      Track track = tracks.get(series);
      if (track != null) {
        track.replay(fold, before.isIdle() ? Fold.NONE : judged);
      }
      keep(kept, series, fold.stand());
      if (!fold.spans().isEmpty() || !episodes.isEmpty()) {
        found.add(new Found(rule, series, judged, fold.spans()));
      }
    }
  }

  /** How it stands by what is recorded where the look-back begins; what is older is not judged. */
  private static Stand before(List<Episode> episodes, long judged) {
    for (Episode episode : episodes) {
      if (episode.startedAt() < judged && episode.end() >= judged) {
        Double value = episode.value();
        return Stand.firing(episode.startedAt(), value == null ? Double.NaN : value);
      }
    }
    return Stand.NOWHERE;
  }

  private Fold fold(Rule rule, Stand stand) {
    Threshold limit = rule.spec().threshold();
    if (limit == null) {
      throw new IllegalArgumentException("no rule on a threshold: " + rule);
    }
    return new Fold(rule.spec(), limit, settings.noDataAfter().toNanos(), stand);
  }

  private static void keep(Map<Series, Stand> stands, Series series, Stand stand) {
    if (stand.isIdle()) {
      stands.remove(series);
    } else {
      stands.put(series, stand);
    }
  }

  static boolean isWatched(Rule rule, Set<String> watched, Series series) {
    Threshold limit = rule.spec().threshold();
    return watched.contains(series.device())
        && (limit == null || limit.sensor().isEmpty() || limit.sensor().equals(series.sensor()));
  }

  /** Reads values; of a device that {@code within} names, only those within its times. */
  private Map<Series, Track> read(SampleQuery query, Map<String, Times> within)
      throws StoreUnavailableException {
    Map<Series, Track> tracks = new HashMap<>();
    store.samples(
        query,
        (device, sensor, time, value) -> {
          Times times = within.get(device);
          if (times == null || (time >= times.from() && time <= times.to())) {
            tracks
                .computeIfAbsent(new Series(device, sensor), series -> new Track())
                .add(time, value);
          }
        });
    Map<Series, Newest> known = newest.computeIfAbsent(query.metric(), metric -> new HashMap<>());
    tracks.forEach(
        (series, track) ->
            known.merge(
                series,
                new Newest(track.lastTime(), track.lastValue()),
                (a, b) -> b.time() >= a.time() ? b : a));
    return tracks;
  }

  private static List<List<String>> parts(Collection<String> devices, int size) {
    List<String> all = new ArrayList<>(devices);
    List<List<String>> parts = new ArrayList<>();
    for (int i = 0; i < all.size(); i += size) {
      parts.add(all.subList(i, Math.min(all.size(), i + size)));
    }
    return parts;
  }

  /** The newest value of each series that has the metric. */
  Map<Series, Newest> newest(String metric) {
    return newest.getOrDefault(metric, Map.of());
  }

  /** Where a series stands with a rule; null if it is idle. */
  @Nullable Stand stand(Rule rule, Series series) {
    return stands.getOrDefault(rule.id(), Map.of()).get(series);
  }

  /** A series of which there was a reading before the look-back. */
  void remember(String metric, Series series, long time, double value) {
    newest
        .computeIfAbsent(metric, name -> new HashMap<>())
        .merge(series, new Newest(time, value), (a, b) -> a.time() >= b.time() ? a : b);
  }
}
