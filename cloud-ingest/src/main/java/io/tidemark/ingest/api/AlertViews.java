package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.ingest.alerts.Alerts.Alert;
import io.tidemark.ingest.alerts.Alerts.Judgement;
import io.tidemark.ingest.alerts.Alerts.Tested;
import io.tidemark.ingest.alerts.Episode;
import io.tidemark.ingest.alerts.ReceiverStanding;
import io.tidemark.ingest.alerts.Rule;
import io.tidemark.ingest.alerts.RuleJson;
import io.tidemark.ingest.alerts.RuleSpec.Threshold;
import io.tidemark.ingest.alerts.Standing.State;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What the API says of alerts, as JSON has it. */
final class AlertViews {
  private AlertViews() {}

  @Schema(description = "Something that is not ok")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record AlertView(
      long rule,
      String name,
      @Schema(description = "firing, pending or no data") String state,
      String device,
      @Nullable String sensor,
      @Nullable String metric,
      @Schema(description = "The newest value") @Nullable Double value,
      @Nullable String unit,
      @Nullable String direction,
      @Nullable Double threshold,
      @Schema(description = "Since when it fires, is beyond its limit, or has no data")
          String since,
      @Schema(description = "When the newest reading was taken, or the device last seen")
          @Nullable String readingAt,
      @Schema(description = "It fires, and nothing has come for a while") boolean dataEnded) {
    static AlertView of(Alert alert, long dataEndedBeforeNanos) {
      Threshold limit = alert.rule().spec().threshold();
      Long readingAt = alert.standing().readingAt();
      State state = alert.standing().state();
      return new AlertView(
          alert.rule().id(),
          alert.rule().spec().name(),
          state.word(),
          alert.device(),
          absent(alert.sensor()),
          limit == null ? null : limit.metric(),
          alert.standing().value(),
          limit == null ? null : Units.of(limit.metric()),
          directionOf(limit),
          limit == null ? null : limit.limit(),
          Times.format(alert.standing().since()),
          readingAt == null ? null : Times.format(readingAt),
          state == State.FIRING
              && limit != null
              && readingAt != null
              && readingAt < dataEndedBeforeNanos);
    }
  }

  private static @Nullable String directionOf(@Nullable Threshold limit) {
    return limit == null ? null : limit.above() ? "above" : "below";
  }

  private static @Nullable String absent(String text) {
    return text.isEmpty() ? null : text;
  }

  @Schema(description = "What is not ok, worst first")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record AlertsView(
      List<AlertView> items,
      long firing,
      long pending,
      long noData,
      @Schema(description = "Rules that are switched on") long rules,
      @Schema(description = "Series and devices they watch") long watched,
      @Schema(description = "When they were last judged") @Nullable String judgedAt,
      @Schema(description = "Why they cannot be judged now; null if they can")
          @Nullable String trouble) {}

  @Schema(description = "What came of the last evaluation")
  record JudgementView(String at, long watched, long firing, long pending, long noData) {
    static @Nullable JudgementView of(@Nullable Judgement judgement) {
      return judgement == null
          ? null
          : new JudgementView(
              Times.format(judgement.atNanos()),
              judgement.watched(),
              judgement.firing(),
              judgement.pending(),
              judgement.noData());
    }
  }

  @Schema(description = "How it stands with a receiver: what waits longest, or else what was last")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record ReceiverView(
      String receiver,
      @Schema(description = "waiting, delivered or given up") String status,
      long attempts,
      @Nullable String nextAt,
      @Nullable String doneAt,
      String said,
      long waiting) {
    static ReceiverView of(ReceiverStanding standing) {
      boolean isWaiting = standing.waiting() > 0;
      return new ReceiverView(
          standing.receiver(),
          standing.status(),
          standing.attempts(),
          isWaiting ? Times.format(standing.nextAtNanos()) : null,
          isWaiting ? null : Times.format(standing.doneAtNanos()),
          standing.said(),
          standing.waiting());
    }
  }

  @Schema(description = "A rule, what came of it last, and how it stands with its receivers")
  record RuleView(
      long id,
      long version,
      @Schema(description = "Since when it judges what it judges") String judgedSince,
      @JsonUnwrapped RuleFields fields,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable JudgementView judgement,
      List<ReceiverView> deliveries) {}

  /** The fields a client writes. */
  record RuleFields(
      String name,
      boolean enabled,
      @Schema(description = "threshold or silent") String kind,
      @Nullable String device,
      @Nullable String label,
      @Nullable String sensor,
      @Nullable String metric,
      @Schema(description = "above or below") @Nullable String direction,
      @Nullable Double threshold,
      @Nullable Double hysteresis,
      @com.fasterxml.jackson.annotation.JsonProperty("for")
          @Schema(description = "ISO 8601: how long it must last")
          String lasting,
      @Nullable String unit,
      List<String> webhooks,
      List<String> emails) {
    static RuleFields of(Rule rule) {
      JsonNode json = RuleJson.write(rule.spec());
      Threshold limit = rule.spec().threshold();
      return new RuleFields(
          rule.spec().name(),
          rule.spec().enabled(),
          json.path("kind").asText(),
          absent(rule.spec().device()),
          absent(rule.spec().label()),
          limit == null ? null : absent(limit.sensor()),
          limit == null ? null : limit.metric(),
          directionOf(limit),
          limit == null ? null : limit.limit(),
          limit == null ? null : limit.hysteresis(),
          rule.spec().lasting().toString(),
          limit == null ? null : Units.of(limit.metric()),
          rule.spec().webhooks(),
          rule.spec().emails());
    }
  }

  @Schema(description = "From when to when a rule fired")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record EpisodeView(
      String id,
      long rule,
      String name,
      String device,
      @Nullable String sensor,
      @Nullable String metric,
      @Schema(description = "The value it began with") @Nullable Double value,
      @Nullable String unit,
      String from,
      @Schema(description = "null while it fires") @Nullable String to,
      String foundAt,
      @Schema(description = "The readings that show it came late") boolean late,
      @Schema(description = "Late readings showed that it did not fire") boolean withdrawn,
      String note) {
    static EpisodeView of(Episode episode) {
      Long end = episode.endedAt();
      return new EpisodeView(
          episode.id(),
          episode.rule(),
          episode.ruleName(),
          episode.device(),
          absent(episode.sensor()),
          absent(episode.metric()),
          episode.value(),
          episode.metric().isEmpty() ? null : Units.of(episode.metric()),
          Times.format(episode.startedAt()),
          end == null ? null : Times.format(end),
          Times.format(episode.foundAt()),
          episode.late(),
          episode.withdrawn(),
          episode.note());
    }
  }

  @Schema(description = "What came of a test")
  record TestView(String receiver, boolean delivered, String said) {
    static TestView of(Tested tested) {
      return new TestView(tested.receiver(), tested.delivered(), tested.said());
    }
  }
}
