package io.tidemark.ingest.alerts;

import io.tidemark.ingest.alerts.Fold.Stand;
import io.tidemark.ingest.alerts.RuleSpec.Threshold;
import io.tidemark.ingest.alerts.Touched.Times;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.SampleQuery;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Judges the rules on thresholds. A device whose new readings are all behind those judged before
 * goes on from where it stood: only they are read, of many devices with one query. If they came out
 * of order it is judged again over the look-back. So are all devices of a rule that is new, or that
 * judges otherwise, and all of all rules when this ingest has just begun to judge; what has come
 * since and is older than the look-back is then judged as well, if nothing later is recorded. The
 * same goes for a device of which no reading was judged before.
 *
 * <p>Readings of times to come are left for later: a clock that is ahead must neither end what
 * fires now nor hide that there are no data.
 *
 * <p>Used by the thread of the rounds. After an exception it is in no state to go on: a new one
 * judges everything again.
 */
final class ThresholdJudge {
  /** How far a device's clock may be ahead before its readings wait until their time has come. */
  static final Duration AHEAD_MAX = Duration.ofSeconds(10);

  /** Devices judged again at a time: most have many readings within the look-back. */
  private static final int AGAIN_MAX_DEVICES = 200;

  private final Samples samples;
  private final AlertSettings settings;
  private final SeriesMemory memory;

  /** Rules as they were judged last. */
  private final Map<Long, Rule> judged = new HashMap<>();

  /** Up to which reading's time each device is judged. */
  private final Map<String, Long> judgedTo = new HashMap<>();

  /** What is recorded. */
  @FunctionalInterface
  interface Records {
    /** Episodes of a rule that were not over before {@code from}. */
    List<Episode> of(long rule, long from) throws SqlUnavailableException;
  }

  /** What is used and made all through a round; {@code touched} is cut to what is due. */
  private record Round(
      Fleet fleet,
      Map<String, Times> touched,
      Records records,
      long now,
      List<Found> found,
      Map<String, Long> reached) {}

  /** Where a series begins in a round, and from which time on its readings count. */
  private record Start(Stand stand, long from) {}

  /**
   * Which devices to judge how.
   *
   * @param inOrder those that go on from where they stand, and what of them to read
   * @param outOfOrder those to judge again
   * @param unjudged those of which no reading was judged before: what is new of them may be older
   *     than what is in the store
   */
  private record Plan(Map<String, Times> inOrder, Set<String> outOfOrder, Set<String> unjudged) {}

  /** How far a series has come in a round. */
  private record Going(Fold fold, Start start) {}

  /** Says where series begin. */
  @FunctionalInterface
  private interface Starts {
    Start of(Rule rule, Series series);
  }

  /**
   * Has judged nothing yet.
   *
   * @param memory where it keeps how series stand
   */
  ThresholdJudge(TimeSeriesStore store, SeriesMemory memory, AlertSettings settings) {
    this.memory = memory;
    this.samples = new Samples(store, settings.lookBack().toNanos(), Samples.VALUES_MAX);
    this.settings = settings;
  }

  /** The latest time of readings that are judged now. */
  static long horizon(long now) {
    return now + AHEAD_MAX.toNanos();
  }

  /**
   * Judges all rules by what has come; what is new about series, in no order.
   *
   * @param touched of which devices there are new readings, none of them behind the horizon
   */
  List<Found> round(
      List<Rule> rules, Fleet fleet, Map<String, Times> touched, Records records, long now)
      throws StoreUnavailableException, SqlUnavailableException {
    Map<String, List<Rule>> byMetric = new TreeMap<>();
    for (Rule rule : rules) {
      byMetric.computeIfAbsent(rule.spec().metric(), metric -> new ArrayList<>()).add(rule);
    }
    forget(rules, fleet, byMetric.keySet());
    Round round = new Round(fleet, touched, records, now, new ArrayList<>(), new HashMap<>());
    for (Map.Entry<String, List<Rule>> metric : byMetric.entrySet()) {
      List<Rule> known = metric.getValue().stream().filter(this::isKnown).toList();
      List<Rule> fresh = metric.getValue().stream().filter(rule -> !isKnown(rule)).toList();
      Plan plan = plan(known, round);
      goOn(metric.getKey(), known, plan.inOrder(), round);
      again(metric.getKey(), known, plan.outOfOrder(), Map.of(), round);
      again(metric.getKey(), known, plan.unjudged(), touched, round);
      again(metric.getKey(), fresh, watched(fresh, fleet), touched, round);
    }
    touched.forEach((device, times) -> judgedTo.merge(device, times.to(), Math::max));
    round.reached().forEach((device, time) -> judgedTo.merge(device, time, Math::max));
    rules.forEach(rule -> judged.put(rule.id(), rule));
    return round.found();
  }

  /** Of the rules just judged, the others changed meanwhile: what was found of them is not used. */
  void committed(Set<Long> rules) {
    judged.keySet().retainAll(rules);
  }

  /** A rule that only is called otherwise, or tells others, goes on. */
  private boolean isKnown(Rule rule) {
    Rule before = judged.get(rule.id());
    return before != null
        && before.judgedSinceNanos() == rule.judgedSinceNanos()
        && before.spec().judgesLike(rule.spec());
  }

  private void forget(List<Rule> rules, Fleet fleet, Set<String> metrics) {
    Map<Long, Set<String>> watched = new HashMap<>();
    for (Rule rule : rules) {
      watched.put(rule.id(), isKnown(rule) ? fleet.of(rule.spec()) : Set.of());
    }
    memory.retain(watched, metrics);
    judged.keySet().retainAll(watched.keySet());
  }

  private static Set<String> watched(List<Rule> rules, Fleet fleet) {
    Set<String> devices = new HashSet<>();
    rules.forEach(rule -> devices.addAll(fleet.of(rule.spec())));
    return devices;
  }

  private long lookBackFrom(long now) {
    return now - settings.lookBack().toNanos();
  }

  private Plan plan(List<Rule> rules, Round round) {
    Plan plan = new Plan(new HashMap<>(), new HashSet<>(), new HashSet<>());
    long lookBackFrom = lookBackFrom(round.now());
    Set<String> watched = watched(rules, round.fleet());
    round
        .touched()
        .forEach(
            (device, times) -> {
              if (!watched.contains(device)) {
                return;
              }
              Long last = judgedTo.get(device);
              if (last == null) {
                plan.unjudged().add(device);
              } else if (times.from() > last || last < lookBackFrom) {
                // Not from the first that was told: of rows found after a failure nobody was told.
                plan.inOrder().put(device, new Times(last + 1, times.to()));
              } else {
                plan.outOfOrder().add(device);
              }
            });
    return plan;
  }

  private void goOn(String metric, List<Rule> rules, Map<String, Times> within, Round round)
      throws StoreUnavailableException {
    for (List<String> part : samples.parts(within, SampleQuery.MAX_DEVICES, round.now())) {
      Map<Long, Map<Series, Going>> all =
          replay(
              metric,
              rules,
              part,
              within,
              (rule, series) -> new Start(standOrNowhere(rule, series), Fold.NONE),
              round);
      for (Rule rule : rules) {
        all.getOrDefault(rule.id(), Map.of())
            .forEach(
                (series, going) -> {
                  memory.keep(rule, series, going.fold().stand());
                  List<Span> spans = going.fold().spans();
                  Times times = within.get(series.device());
                  if (times != null && !isAsBefore(spans, going.start().stand())) {
                    round.found().add(new Found(rule, series, times.from(), spans));
                  }
                });
      }
    }
  }

  private Stand standOrNowhere(Rule rule, Series series) {
    Stand stand = memory.stand(rule, series);
    return stand == null ? Stand.NOWHERE : stand;
  }

  private static boolean isAsBefore(List<Span> spans, Stand stand) {
    return spans.isEmpty()
        ? stand.firingSince() == Fold.NONE
        : spans.size() == 1 && spans.get(0).isOpen() && spans.get(0).start() == stand.firingSince();
  }

  /** Replays a part's readings; by rule and series, how far each has come. */
  private Map<Long, Map<Series, Going>> replay(
      String metric,
      List<Rule> rules,
      List<String> part,
      Map<String, Times> within,
      Starts starts,
      Round round)
      throws StoreUnavailableException {
    Map<Long, Map<Series, Going>> all = new HashMap<>();
    samples.read(
        metric,
        part,
        within,
        tracks -> {
          memory.learn(metric, tracks);
          tracks.forEach(
              (series, track) ->
                  round.reached().merge(series.device(), track.lastTime(), Math::max));
          for (Rule rule : rules) {
            Set<String> watched = round.fleet().of(rule.spec());
            Map<Series, Going> ofRule = all.computeIfAbsent(rule.id(), id -> new HashMap<>());
            tracks.forEach(
                (series, track) -> {
                  if (isWatched(rule, watched, series)) {
                    Going going =
                        ofRule.computeIfAbsent(series, one -> begin(rule, starts.of(rule, one)));
                    track.replay(going.fold(), going.start().from());
                  }
                });
          }
        });
    return all;
  }

  private Going begin(Rule rule, Start start) {
    return new Going(fold(rule, start.stand()), start);
  }

  /**
   * Judges devices again, over the look-back.
   *
   * @param untold times of new readings that these rules have not judged before; if they are older
   *     than the look-back, and than what is recorded, it begins there
   */
  private void again(
      String metric, List<Rule> rules, Set<String> devices, Map<String, Times> untold, Round round)
      throws StoreUnavailableException, SqlUnavailableException {
    if (devices.isEmpty()) {
      return;
    }
    long lookBackFrom = lookBackFrom(round.now());
    Map<String, Long> begins = new HashMap<>();
    devices.forEach(device -> begins.put(device, lookBackFrom));
    untold.forEach(
        (device, times) -> begins.computeIfPresent(device, (d, at) -> Math.min(at, times.from())));
    long first = begins.values().stream().mapToLong(at -> at).min().orElse(lookBackFrom);
    Map<Long, Map<Series, List<Episode>>> recorded = new HashMap<>();
    for (Rule rule : rules) {
      Map<Series, List<Episode>> bySeries = new HashMap<>();
      for (Episode episode : round.records().of(rule.id(), first)) {
        if (episode.end() <= rule.judgedSinceNanos()) {
          continue;
        }
        bySeries.computeIfAbsent(episode.series(), series -> new ArrayList<>()).add(episode);
        begins.computeIfPresent(
            episode.device(), (d, at) -> at > lastChange(episode) ? at : lookBackFrom);
      }
      recorded.put(rule.id(), bySeries);
    }
    long lasting =
        rules.stream().mapToLong(rule -> rule.spec().lasting().toNanos()).max().orElse(0);
    long runUp = lasting + settings.noDataAfter().toNanos();
    Map<String, Times> within = new HashMap<>();
    begins.forEach((device, at) -> within.put(device, new Times(at - runUp, horizon(round.now()))));
    for (List<String> part : samples.parts(within, AGAIN_MAX_DEVICES, round.now())) {
      again(metric, rules, part, within, begins, recorded, round);
    }
  }

  private static long lastChange(Episode episode) {
    Long end = episode.endedAt();
    return end == null ? episode.startedAt() : end;
  }

  private void again(
      String metric,
      List<Rule> rules,
      List<String> part,
      Map<String, Times> within,
      Map<String, Long> begins,
      Map<Long, Map<Series, List<Episode>>> recorded,
      Round round)
      throws StoreUnavailableException {
    Starts starts =
        (rule, series) -> {
          long at = begins.getOrDefault(series.device(), Fold.NONE);
          Stand before = before(of(recorded, rule, series), at);
          return new Start(before, before.isIdle() ? Fold.NONE : at);
        };
    Map<Long, Map<Series, Going>> all = replay(metric, rules, part, within, starts, round);
    Set<String> devices = Set.copyOf(part);
    for (Rule rule : rules) {
      Set<String> watched = round.fleet().of(rule.spec());
      Map<Series, Going> ofRule = all.computeIfAbsent(rule.id(), id -> new HashMap<>());
      for (Series series : recorded.getOrDefault(rule.id(), Map.of()).keySet()) {
        if (devices.contains(series.device()) && isWatched(rule, watched, series)) {
          ofRule.computeIfAbsent(series, one -> begin(rule, starts.of(rule, one)));
        }
      }
      ofRule.forEach(
          (series, going) -> {
            memory.keep(rule, series, going.fold().stand());
            List<Span> spans = going.fold().spans();
            if (!spans.isEmpty() || !of(recorded, rule, series).isEmpty()) {
              long from = begins.getOrDefault(series.device(), Fold.NONE);
              round.found().add(new Found(rule, series, from, spans));
            }
          });
    }
  }

  private static List<Episode> of(
      Map<Long, Map<Series, List<Episode>>> recorded, Rule rule, Series series) {
    return recorded.getOrDefault(rule.id(), Map.of()).getOrDefault(series, List.of());
  }

  /** How it stands by what is recorded where judging begins; what is older is not judged. */
  private static Stand before(List<Episode> episodes, long from) {
    for (Episode episode : episodes) {
      if (episode.startedAt() < from && episode.end() >= from) {
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

  static boolean isWatched(Rule rule, Set<String> watched, Series series) {
    Threshold limit = rule.spec().threshold();
    return watched.contains(series.device())
        && (limit == null || limit.sensor().isEmpty() || limit.sensor().equals(series.sensor()));
  }
}
