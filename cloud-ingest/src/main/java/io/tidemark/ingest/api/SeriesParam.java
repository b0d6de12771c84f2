package io.tidemark.ingest.api;

import io.tidemark.ingest.storage.SeriesName;
import io.tidemark.ingest.storage.SeriesQuery;
import io.tidemark.wire.Names;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/**
 * A series as a request names it: {@code DEVICE/SENSOR/METRIC}, or {@code
 * DEVICE/SENSOR/METRIC@SHIFT}.
 *
 * @param name which values
 * @param shiftNanos how far from the time asked for they are; negative is earlier
 */
record SeriesParam(SeriesName name, long shiftNanos) {
  private static final String PARAMETER = "series";
  private static final String RULE =
      "DEVICE/SENSOR/METRIC, and behind @ by how much another time is meant, such as @-P7D or @-PT90M";

  private static final String TIMES = "shifted to a time in or after 1970, and before 2262";

  /** All that a request names, 1 to {@link SeriesQuery#MAX_SERIES}. */
  static List<SeriesParam> parse(List<String> texts) {
    if (texts.isEmpty() || texts.size() > SeriesQuery.MAX_SERIES) {
      throw ApiException.parameter(
          PARAMETER,
          texts.size() + " of them",
          "given 1 to %d times, each %s; ask again for the others"
              .formatted(SeriesQuery.MAX_SERIES, RULE));
    }
    List<SeriesParam> series = new ArrayList<>();
    for (String text : texts) {
      series.add(parse(text));
    }
    return series;
  }

  private static SeriesParam parse(String text) {
    int at = text.indexOf('@');
    String[] parts = (at < 0 ? text : text.substring(0, at)).split("/", -1);
    if (parts.length != 3
        || !Names.isDevice(parts[0])
        || !Names.isName(parts[1])
        || !Names.isName(parts[2])) {
      throw ApiException.parameter(PARAMETER, text, RULE);
    }
    return new SeriesParam(
        new SeriesName(parts[0], parts[1], parts[2]),
        at < 0 ? 0 : shift(text, text.substring(at + 1)));
  }

  private static long shift(String text, String shift) {
    try {
      // In a query a + that was not escaped arrives as a space.
      return Duration.parse(shift.strip()).toNanos();
    } catch (DateTimeParseException e) {
      throw ApiException.parameter(PARAMETER, text, RULE);
    } catch (ArithmeticException e) {
      throw ApiException.parameter(PARAMETER, text, TIMES);
    }
  }

  /** The time its values are of, which is this long and cut the same way as the one asked for. */
  Window shifted(Window window) {
    try {
      Window shifted =
          new Window(
              Math.addExact(window.from(), shiftNanos),
              Math.addExact(window.to(), shiftNanos),
              Math.addExact(window.origin(), shiftNanos),
              window.interval());
      if (shifted.from() >= 0) {
        return shifted;
      }
    } catch (ArithmeticException e) {
      throw outOfTime();
    }
    throw outOfTime();
  }

  private ApiException outOfTime() {
    return ApiException.parameter(
        PARAMETER,
        "%s/%s/%s@%s".formatted(name.device(), name.sensor(), name.metric(), shift()),
        TIMES);
  }

  /**
   * In the form in which it is asked for: the sign before all of it, then whole days, as {@code
   * -P7DT12H}. What {@link Duration} writes for that, {@code PT-180H}, few others read.
   */
  String shift() {
    Duration length = Duration.ofNanos(shiftNanos).abs();
    long days = length.toDaysPart();
    Duration rest = length.minusDays(days);
    String sign = shiftNanos < 0 ? "-" : "";
    if (days == 0) {
      return sign + rest;
    }
    return sign + "P" + days + "D" + (rest.isZero() ? "" : rest.toString().substring(1));
  }
}
