package io.tidemark.wire;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** When a device may send again what was refused for now, as MQTT 5 is told by a user property. */
public final class RetryAfter {
  /** The user property's name. CoAP has Max-Age for it. */
  public static final String PROPERTY = "retry-after";

  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

  private RetryAfter() {}

  /** The user property's value, in whole seconds. */
  public static String text(Duration pause) {
    return Long.toString(pause.toSeconds());
  }

  /** What a user property says; zero if there is none, or it is no number of seconds. */
  public static Duration parse(@Nullable String value) {
    return value != null && SECONDS.matcher(value).matches()
        ? Duration.ofSeconds(Long.parseLong(value))
        : Duration.ZERO;
  }
}
