package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.tidemark.ingest.api.Gaps.Gap;
import io.tidemark.ingest.api.LateViews.LateSumView;
import io.tidemark.ingest.api.ShutOutViews.PeriodView;
import io.tidemark.ingest.ledger.Action;
import io.tidemark.ingest.ledger.DeviceSummary;
import io.tidemark.ingest.ledger.LastWill;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.ledger.Unstored;
import io.tidemark.ingest.registry.DeviceRecord;
import io.tidemark.ingest.storage.Bucket;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Value;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What the API says, as JSON has it. */
final class Views {
  private static final String DUPLICATES_CHECKED_AT =
      "When duplicates were last counted; null before the first count since the start has ended: then duplicates is 0 as none are known, and the verdict is without them";

  private Views() {}

  /** A page of a list. */
  @Schema(description = "A page; next is the cursor of the next one, or null")
  record Page<T>(List<T> items, @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String next) {}

  @Schema(
      description =
          "The ledger's sums: produced = waiting + stored + quarantined + dropped + missing")
  record SumsView(
      long produced,
      long waiting,
      long stored,
      long quarantined,
      long dropped,
      long missing,
      long duplicates,
      long redelivered) {
    static SumsView of(Sums sums) {
      return new SumsView(
          sums.produced(),
          sums.waiting(),
          sums.stored(),
          sums.quarantined(),
          sums.dropped(),
          sums.missing(),
          sums.duplicates(),
          sums.redelivered());
    }
  }

  static String verdict(Sums sums) {
    return sums.clean() ? "clean" : "unclean";
  }

  @Schema(description = "A device at a glance")
  record DeviceView(
      String device,
      @Schema(description = "When a gateway first received something valid of it") String firstSeen,
      @Schema(description = "When last") String lastSeen,
      @Schema(
              description =
                  "online: seen within 90 s; late: within 10 min; else silent. disconnected: not seen since its will")
          String status,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable WillView will,
      List<String> sensors,
      @Schema(description = "Readings stored a second, over the last minute") double rate,
      @Schema(
              description =
                  "clean or unclean, by what is known; duplicatesCheckedAt in /ledger says when duplicates were counted")
          String verdict,
      SumsView ledger,
      @Schema(description = "How many of those stored were stored late; see /late") long storedLate,
      @Schema(description = "What people call it; empty if only by its id") String name,
      String site,
      String location,
      @JsonProperty("class") String deviceClass,
      List<String> labels,
      @Schema(description = "Since when it is shut out; null if it is not")
          @JsonInclude(JsonInclude.Include.ALWAYS)
          @Nullable String shutOutSince) {
    static DeviceView of(ListedDevice device) {
      DeviceSummary summary = device.summary();
      DeviceRecord known = device.known();
      return new DeviceView(
          summary.device(),
          Times.format(summary.firstSeenNanos()),
          Times.format(summary.lastSeenNanos()),
          device.status(),
          WillView.of(summary.will()),
          summary.sensors(),
          device.rate(),
          Views.verdict(summary.sums()),
          SumsView.of(summary.sums()),
          device.storedLate(),
          known.name(),
          known.site(),
          known.location(),
          known.deviceClass(),
          List.copyOf(known.labels()),
          Times.formatIfAny(device.shutOutSince()));
    }
  }

  @Schema(description = "What people say of a device")
  record RecordView(
      @Schema(description = "What it is called, up to 128 characters") @Nullable String name,
      @Schema(description = "Up to 64 characters") @Nullable String site,
      @Schema(description = "Where it stands there, up to 128 characters")
          @Nullable String location,
      @Schema(description = "What sort of device it is, up to 64 characters") @JsonProperty("class")
          @Nullable String deviceClass,
      @Schema(description = "Up to 4,000 characters, in lines") @Nullable String notes,
      @Schema(description = "Up to 16, each up to 64 characters without a comma")
          @Nullable List<@Nullable String> labels) {
    static RecordView of(DeviceRecord record) {
      return new RecordView(
          record.name(),
          record.site(),
          record.location(),
          record.deviceClass(),
          record.notes(),
          new ArrayList<>(record.labels()));
    }

    /** Labels, if they keep to the rules. */
    static SortedSet<String> labels(@Nullable List<@Nullable String> labels) {
      SortedSet<String> words = new TreeSet<>();
      for (String label : labels == null ? List.<@Nullable String>of() : labels) {
        String word = Texts.line("labels", label, DeviceRecord.WORD_MAX_CHARS);
        if (word.isEmpty() || word.contains(",")) {
          throw ApiException.parameter("labels", label, "words without a comma in them");
        }
        words.add(word);
      }
      if (words.size() > DeviceRecord.LABELS_MAX) {
        throw ApiException.parameter(
            "labels", words.size() + " labels", "at most " + DeviceRecord.LABELS_MAX);
      }
      return words;
    }

    /** The record, if it keeps to the rules. */
    DeviceRecord checked() {
      return new DeviceRecord(
          Texts.line("name", name, DeviceRecord.NAME_MAX_CHARS),
          Texts.line("site", site, DeviceRecord.WORD_MAX_CHARS),
          Texts.line("location", location, DeviceRecord.NAME_MAX_CHARS),
          Texts.line("class", deviceClass, DeviceRecord.WORD_MAX_CHARS),
          Texts.lines("notes", notes, DeviceRecord.NOTES_MAX_CHARS),
          labels(labels));
    }
  }

  @Schema(
      description =
          "What a device wanted said once its connection ended without its word, an MQTT will; the newest")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record WillView(
      @Schema(description = "When its connection had ended, and its will was in a gateway's log")
          String at,
      @Schema(description = "Where it wanted it said") String topic,
      @Schema(description = "If it is UTF-8 without control characters") @Nullable String payload,
      @Schema(description = "If it is anything else") @Nullable String payloadBase64) {
    static @Nullable WillView of(@Nullable LastWill will) {
      if (will == null) {
        return null;
      }
      String text = Texts.plain(will.payload());
      return new WillView(
          Times.format(will.receivedAtNanos()),
          will.topic(),
          text,
          text == null ? Base64.getEncoder().encodeToString(will.payload()) : null);
    }
  }

  @Schema(description = "A device became something else")
  record StatusView(
      String device,
      String status,
      String lastSeen,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable WillView will) {}

  @Schema(description = "A reading")
  record ReadingView(
      String sensor,
      String kind,
      long epoch,
      long sequence,
      @Schema(description = "RFC 3339, UTC, to the nanosecond") String time,
      @Schema(description = "Metrics: numbers, booleans, strings") Map<String, Object> values) {
    static ReadingView of(Row row) {
      return new ReadingView(
          row.reading().sensor(),
          row.reading().kind(),
          row.key().epoch(),
          row.sequence(),
          Times.format(row.reading().timeNanos()),
          plainValues(row.reading().values()));
    }
  }

  static Map<String, Object> plainValues(Map<String, Value> values) {
    Map<String, Object> plain = new LinkedHashMap<>();
    values.forEach((metric, value) -> plain.put(metric, plain(value)));
    return plain;
  }

  static Object plain(Value value) {
    if (value instanceof Value.Num number) {
      return number.value();
    }
    return value instanceof Value.Flag flag ? flag.value() : ((Value.Text) value).value();
  }

  @Schema(description = "Metrics summed up in intervals")
  record PointsView(
      @Schema(description = "Length of each interval, ISO 8601") String interval,
      @Schema(
              description =
                  "The points are all there are from this interval's start on, and what was before is not summed up yet. Absent if all of it is")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Nullable String summedFrom,
      List<SeriesView> series) {}

  @Schema(description = "When readings are not there")
  record GapsView(
      @Schema(description = "How exact the times are, ISO 8601") String interval,
      List<GapView> gaps,
      @Schema(description = "True if there may be others in this time") boolean more) {}

  @Schema(description = "Readings without a row, between the rows before and after them")
  record GapView(
      String from,
      String to,
      @Schema(description = "missing, waiting, quarantined or dropped") String state,
      @Schema(description = "Why they were dropped; else empty") String reason,
      long epoch,
      @Schema(description = "The lowest number") long first,
      @Schema(description = "The highest number") long last) {
    static GapView of(Gap gap) {
      Unstored what = gap.what();
      return new GapView(
          Times.format(gap.from()),
          Times.format(gap.to()),
          what.why().name().toLowerCase(Locale.ROOT),
          what.reason(),
          what.epoch(),
          what.first(),
          what.last());
    }
  }

  record SeriesView(String sensor, String metric, String unit, List<PointView> points) {}

  @Schema(description = "One interval; time is its start")
  record PointView(String time, double mean, double min, double max, long count) {
    static PointView of(Bucket bucket, Window window) {
      return new PointView(
          Times.format(window.origin() + bucket.index() * window.interval()),
          bucket.mean(),
          bucket.min(),
          bucket.max(),
          bucket.count());
    }
  }

  @Schema(description = "The ledger of a device")
  record DeviceLedgerView(
      String device,
      String verdict,
      SumsView totals,
      @Schema(description = DUPLICATES_CHECKED_AT) @JsonInclude(JsonInclude.Include.ALWAYS)
          @Nullable String duplicatesCheckedAt,
      LateSumView late,
      @Schema(
              description =
                  "When the device was shut out, and is if to is null: readings of those times wait on it. The newest first; at most 100")
          List<PeriodView> shutOut,
      List<EpochView> epochs) {}

  record EpochView(
      long epoch,
      long produced,
      long waiting,
      long stored,
      long quarantined,
      long dropped,
      long missing,
      long duplicates,
      long redelivered,
      @Schema(
              description =
                  "The lowest number neither stored nor quarantined nor dropped; produced if there is none")
          long watermark,
      String firstSeen,
      String lastSeen,
      List<MissingView> missingRanges,
      List<DroppedView> droppedRanges,
      @Schema(description = "True if there are more ranges than the 10,000 listed")
          boolean moreRanges) {}

  record MissingView(long first, long last, String since) {}

  record DroppedView(long first, long last, String reason) {}

  @Schema(description = "The ledger of all")
  record TotalsView(
      String verdict,
      SumsView totals,
      long devices,
      @Schema(description = DUPLICATES_CHECKED_AT) @JsonInclude(JsonInclude.Include.ALWAYS)
          @Nullable String duplicatesCheckedAt,
      List<GroupView> groups) {}

  @Schema(
      description =
          "A gateway group and how far it said it was. Nothing is missing before all that have not ended have forwarded what they had committed")
  record GroupView(
      String group,
      long committedIndex,
      long forwardedIndex,
      @Schema(description = "The gateway that leads it, as it said itself; null if unknown")
          @Nullable String leader,
      @Schema(description = "null if it has said nothing of itself yet") @Nullable String seenAt,
      @Schema(
              description =
                  "When it said that it has ended: its gateway was removed, and all that it ever committed is forwarded. null if it has not")
          @Nullable String endedAt) {}

  @Schema(description = "What was done with something in the quarantine")
  record ActionView(
      String time,
      @Schema(description = "replay, discard, or evict by the quarantine's bound") String action,
      long item,
      String device,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Long epoch,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Long sequence,
      String reason,
      @Schema(description = "stored, refused or dropped") String outcome,
      String note) {
    static ActionView of(Action action) {
      return new ActionView(
          Times.format(action.atNanos()),
          action.action(),
          action.item(),
          action.device(),
          action.epoch(),
          action.sequence(),
          action.reason(),
          action.outcome(),
          action.note());
    }
  }

  record RebuildRequest(@Nullable Boolean dryRun) {}

  record RebuildView(boolean agreed, boolean dryRun, List<DifferenceView> epochs) {}

  record DifferenceView(
      String device,
      long epoch,
      long before,
      long after,
      long duplicates,
      List<RangeView> added,
      List<RangeView> removed) {}

  record RangeView(long first, long last) {}
}
