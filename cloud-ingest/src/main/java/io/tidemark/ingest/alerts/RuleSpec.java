package io.tidemark.ingest.alerts;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a rule watches, and whom it tells. {@link RuleJson} says the bounds.
 *
 * @param name for people
 * @param enabled false: it is neither judged nor told
 * @param device only this device; empty for others
 * @param label only devices with this label; empty for others; with neither, all devices
 * @param threshold what a metric must not do; null for a rule on silence
 * @param lasting how long it must last: the metric beyond its threshold, or the silence
 * @param webhooks URLs it is posted to
 * @param emails addresses it is sent to
 */
public record RuleSpec(
    String name,
    boolean enabled,
    String device,
    String label,
    @Nullable Threshold threshold,
    Duration lasting,
    List<String> webhooks,
    List<String> emails) {

  /**
   * A limit of a metric.
   *
   * @param sensor only this sensor's; empty for each
   * @param metric which
   * @param above true: beyond is above, else below
   * @param limit the limit itself is not beyond
   * @param hysteresis it is over only so far on the good side of the limit, at least 0
   */
  public record Threshold(
      String sensor, String metric, boolean above, double limit, double hysteresis) {
    boolean isBeyond(double value) {
      return above ? value > limit : value < limit;
    }

    boolean isOver(double value) {
      return above ? value <= limit - hysteresis : value >= limit + hysteresis;
    }
  }

  /** Whom it tells: URLs, then addresses. */
  public List<String> receivers() {
    return Stream.concat(webhooks.stream(), emails.stream()).toList();
  }

  /** Whether the two judge alike, whatever they are called and whomever they tell. */
  boolean judgesLike(RuleSpec other) {
    return enabled == other.enabled
        && device.equals(other.device)
        && label.equals(other.label)
        && java.util.Objects.equals(threshold, other.threshold)
        && lasting.equals(other.lasting);
  }

  /** The metric, or an empty text for a rule on silence. */
  public String metric() {
    Threshold limit = threshold;
    return limit == null ? "" : limit.metric();
  }
}
