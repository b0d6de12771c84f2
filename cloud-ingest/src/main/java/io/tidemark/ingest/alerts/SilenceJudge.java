package io.tidemark.ingest.alerts;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges the rules on silence, by when a gateway last received something of a device. That is one
 * time and no history. What a gateway held back shows by its time of receipt whether the device was
 * silent at all.
 */
final class SilenceJudge {
  private SilenceJudge() {}

  /**
   * What has changed.
   *
   * @param open what the rule fires now
   * @param settled false: ingest has not listened for long enough to call anybody silent
   */
  static List<Found> judge(Rule rule, Fleet fleet, List<Episode> open, boolean settled, long now) {
    Map<String, Episode> firing = new HashMap<>();
    open.forEach(episode -> firing.put(episode.device(), episode));
    List<Found> found = new ArrayList<>();
    for (String device : fleet.of(rule.spec())) {
      long seen = lastSeen(rule, fleet, device);
      long start = seen + rule.spec().lasting().toNanos();
      Series series = new Series(device, "");
      Episode known = firing.get(device);
      if (known == null) {
        if (settled && now >= start) {
          found.add(new Found(rule, series, start, List.of(open(start))));
        }
      } else if (start > known.startedAt()) { // heard since
        List<Span> spans = new ArrayList<>();
        if (seen > known.startedAt()) { // else it was heard in time, and the gateway held it back
          spans.add(new Span(known.startedAt(), seen, Double.NaN));
        }
        if (now >= start && settled) {
          spans.add(open(start));
        }
        found.add(new Found(rule, series, known.startedAt(), spans));
      }
    }
    return found;
  }

  /** A device that is named and was never heard is silent since the rule is there. */
  static long lastSeen(Rule rule, Fleet fleet, String device) {
    return fleet.lastSeen().getOrDefault(device, rule.judgedSinceNanos());
  }

  private static Span open(long start) {
    return new Span(start, Span.OPEN, Double.NaN);
  }
}
