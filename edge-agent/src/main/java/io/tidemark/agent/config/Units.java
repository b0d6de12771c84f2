package io.tidemark.agent.config;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations like {@code 90s} and sizes like {@code 64MiB}: a whole number and a unit. */
public final class Units {
  private static final Pattern FORM = Pattern.compile("(\\d{1,15})\\s*([A-Za-z]+)");
  private static final Map<String, Duration> DURATIONS =
      Map.of(
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));
  private static final Map<String, Long> SIZES =
      Map.of(
          "B", 1L,
          "kB", 1_000L,
          "MB", 1_000_000L,
          "GB", 1_000_000_000L,
          "KiB", 1L << 10,
          "MiB", 1L << 20,
          "GiB", 1L << 30);

  private Units() {}

  /**
   * A duration such as {@code 250ms}, {@code 90s}, {@code 5m}, {@code 24h}, {@code 30d}; null if it
   * is none.
   */
  public static @Nullable Duration duration(String text) {
    Matcher form = FORM.matcher(text);
    Duration unit = form.matches() ? DURATIONS.get(form.group(2)) : null;
    try {
      return unit == null ? null : unit.multipliedBy(Long.parseLong(form.group(1)));
    } catch (ArithmeticException e) {
      return null; // longer than time
    }
  }

  /** A number of bytes such as {@code 512KiB}, {@code 64MiB}, {@code 1GB}; null if it is none. */
  static @Nullable Long bytes(String text) {
    Matcher form = FORM.matcher(text);
    Long unit = form.matches() ? SIZES.get(form.group(2)) : null;
    try {
      return unit == null ? null : Math.multiplyExact(unit, Long.parseLong(form.group(1)));
    } catch (ArithmeticException e) {
      return null; // more than a disk
    }
  }
}
