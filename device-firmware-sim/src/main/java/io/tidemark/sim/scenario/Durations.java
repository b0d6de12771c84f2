package io.tidemark.sim.scenario;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How durations are written, in scenarios and flags alike: {@code 500ms, 90s, 5m, 24h}. */
public final class Durations {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  /** The longest that is taken: a year. */
  public static final Duration MAX = Duration.ofHours(8760);

  private static final Instant FIRST = Instant.parse("1678-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("2261-12-31T23:59:59Z");

  private Durations() {}

  /** True if nanoseconds since 1970, and a run after it, fit into 64 bits. */
  public static boolean fits(Instant time) {
    return !time.isBefore(FIRST) && !time.isAfter(LAST);
  }

  /** Null if it is none. */
  public static @Nullable Duration parse(String text) {
    Matcher parts = FORM.matcher(text.toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      return null;
    }
    long amount = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }
}
