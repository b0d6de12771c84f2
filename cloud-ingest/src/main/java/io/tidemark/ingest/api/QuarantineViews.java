package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.tidemark.ingest.quarantine.Group;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What the API says of the quarantine, as JSON has it. */
final class QuarantineViews {
  private QuarantineViews() {}

  @Schema(description = "Something that could not become a reading's row")
  record QuarantineView(
      long id,
      String device,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Long epoch,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Long sequence,
      String reason,
      String detail,
      String receivedAt,
      int payloadBytes,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(description = "Absent if it was not asked for")
          @Nullable String payloadBase64) {}

  @Schema(description = "How full the quarantine is, and of what")
  record QuarantineSummaryView(
      long items,
      @Schema(description = "Bytes of payloads, each counted once") long bytes,
      @Schema(description = "Items it holds, at most: beyond, the oldest are dropped")
          long maxItems,
      @Schema(description = "Bytes it holds, at most") long maxBytes,
      Map<String, Long> itemsByReason,
      List<QuarantineGroupView> groups) {}

  @Schema(description = "The items with one reason")
  record QuarantineGroupView(
      String reason,
      long items,
      long devices,
      @Schema(description = "The highest id among them") long lastId,
      String firstReceivedAt,
      String lastReceivedAt,
      @Schema(
              description =
                  "How many of them a gateway received in each of the last 24 hours of the clock (UTC), the present one last")
          List<Long> perHour) {
    static QuarantineGroupView of(Group group) {
      return new QuarantineGroupView(
          group.reason().code(),
          group.items(),
          group.devices(),
          group.lastId(),
          Times.format(group.firstNanos()),
          Times.format(group.lastNanos()),
          group.perHour());
    }
  }

  record QuarantineItemView(
      @JsonUnwrapped QuarantineView item,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable QuarantinedReadingView reading,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable QuarantinedBatchView batch) {}

  @Schema(description = "A reading that is no row; NaN and infinities are written as strings")
  record QuarantinedReadingView(
      String sensor, String kind, String time, Map<String, Object> values) {
    static QuarantinedReadingView of(Reading reading) {
      return new QuarantinedReadingView(
          reading.sensor(),
          reading.kind(),
          Times.format(reading.timeNanos()),
          Views.plainValues(reading.values()));
    }
  }

  @Schema(description = "What the payload says of itself; nothing of it need be true")
  record QuarantinedBatchView(
      String device,
      long epoch,
      long firstSequence,
      long count,
      @Schema(description = "The first 10 of its readings, if the item is the whole payload")
          List<QuarantinedReadingView> readings) {
    private static final int READINGS_MAX = 10;

    static QuarantinedBatchView of(Quarantined item, Batch batch) {
      BatchHeader header = batch.header();
      return new QuarantinedBatchView(
          header.device(),
          header.epoch(),
          header.firstSequence(),
          header.count(),
          item.sequence() != null
              ? List.of()
              : batch.readings().stream()
                  .limit(READINGS_MAX)
                  .map(QuarantinedReadingView::of)
                  .toList());
    }
  }

  record DiscardRequest(@Nullable String reason) {}

  @Schema(description = "What came of an item: stored, refused or dropped")
  record OutcomeView(
      long id,
      String device,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Long epoch,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Long sequence,
      String outcome,
      String reason,
      String detail) {
    static OutcomeView of(Quarantined item, String outcome) {
      return new OutcomeView(
          item.id(),
          item.device(),
          item.epoch(),
          item.sequence(),
          outcome,
          item.reason(),
          item.detail());
    }
  }
}
