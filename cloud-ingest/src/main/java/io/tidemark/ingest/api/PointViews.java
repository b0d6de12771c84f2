package io.tidemark.ingest.api;

import io.tidemark.ingest.api.Views.PointView;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What the API says of several series at once. */
final class PointViews {
  private PointViews() {}

  /** Whether a series has values in the time that was asked for, and if not, why. */
  enum State {
    /** It has. */
    OK,
    /** Not in this time, but there is such a metric. */
    EMPTY,
    UNKNOWN_DEVICE,
    UNKNOWN_SENSOR,
    /** The sensor's newest reading does not have it either. */
    UNKNOWN_METRIC,
    /** Its values are texts or yes and no. */
    NOT_NUMERIC;

    String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Schema(description = "Several series in intervals of one length")
  record ComparedView(
      @Schema(description = "Start of the time asked for, inclusive") String from,
      @Schema(description = "Its end, exclusive") String to,
      @Schema(description = "Length of each interval") String interval,
      @Schema(description = "In the order of the request") List<ComparedSeriesView> series) {}

  @Schema(description = "One series")
  record ComparedSeriesView(
      String device,
      String sensor,
      String metric,
      @Schema(description = "Empty where nobody knows it") String unit,
      @Schema(
              description =
                  "By how much its values are of another time than the one asked for: -P7D is a week earlier")
          String shift,
      @Schema(
              description =
                  "ok; empty (no value in this time); unknown-device, unknown-sensor, unknown-metric or not-numeric")
          String state,
      @Schema(description = "Why there are no points; absent where there are")
          @Nullable String detail,
      @Schema(description = "Their times are those of the values: shift is not taken off")
          List<PointView> points) {}
}
