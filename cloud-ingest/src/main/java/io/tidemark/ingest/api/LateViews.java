package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tidemark.ingest.ledger.Late;
import io.tidemark.ingest.ledger.LateSum;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What the API says of readings that were stored late, as JSON has it. */
final class LateViews {
  private LateViews() {}

  @Schema(description = "What was stored late, by when it was taken")
  record LatesView(
      @Schema(
              description =
                  "Stored longer than this after it was taken a reading is late, ISO 8601 (tidemark.intake.late-after)")
          String after,
      List<LateView> items,
      @Schema(description = "True if there are earlier ones in this time") boolean more) {
    static LatesView of(Duration after, List<Late> newest, boolean more) {
      return new LatesView(after.toString(), newest.stream().map(LateView::of).toList(), more);
    }
  }

  @Schema(
      description =
          "Readings of one epoch that were stored late; times of taking are the device's, those of storing ingest's")
  record LateView(
      long epoch,
      @Schema(description = "The lowest number") long first,
      @Schema(description = "The highest number") long last,
      @Schema(
              description =
                  "How many: fewer than the numbers from first to last where others lie between")
          long readings,
      @Schema(description = "When the earliest was taken") String from,
      @Schema(description = "When the latest was taken") String to,
      @Schema(description = "How long after it was taken a reading was stored, at least; ISO 8601")
          String least,
      @Schema(description = "The same, at most") String most,
      @Schema(description = "When the first was stored") String storedFrom,
      @Schema(description = "When the last was stored") String storedTo,
      @Schema(
              description =
                  "How long after it was taken a gateway received a reading, at most; ISO 8601, negative if the device's clock was ahead of the gateway's. null if unknown")
          @JsonInclude(JsonInclude.Include.ALWAYS)
          @Nullable String atGateway) {
    static LateView of(Late late) {
      Long atGateway = late.atGatewayNanos();
      return new LateView(
          late.epoch(),
          late.first(),
          late.last(),
          late.readings(),
          Times.format(late.fromNanos()),
          Times.format(late.toNanos()),
          duration(late.leastNanos()),
          duration(late.mostNanos()),
          Times.format(late.storedFromNanos()),
          Times.format(late.storedToNanos()),
          atGateway == null ? null : duration(atGateway));
    }
  }

  @Schema(description = "What of all that is stored was stored late")
  record LateSumView(
      long readings,
      @Schema(description = "How long after it was taken a reading was stored, at most; ISO 8601")
          String most,
      @Schema(description = "Those stored last; null if none was late")
          @JsonInclude(JsonInclude.Include.ALWAYS)
          @Nullable LateView newest) {
    static LateSumView of(LateSum sum) {
      Late newest = sum.newest();
      return new LateSumView(
          sum.readings(), duration(sum.mostNanos()), newest == null ? null : LateView.of(newest));
    }
  }

  private static String duration(long nanos) {
    return Duration.ofNanos(nanos).toString();
  }
}
