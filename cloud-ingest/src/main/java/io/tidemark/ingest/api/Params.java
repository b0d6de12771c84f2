package io.tidemark.ingest.api;

import io.tidemark.wire.Names;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** Checks of parameters, with errors that say the rule. */
final class Params {
  /** The type of answers in lines. */
  static final String CSV = "text/csv";

  private Params() {}

  static String device(String value) {
    if (!Names.isDevice(value)) {
      throw ApiException.parameter("device", value, "1 to 128 of A-Z a-z 0-9 . _ : -");
    }
    return value;
  }

  static @Nullable String optionalDevice(@Nullable String value) {
    return value == null || value.isEmpty() ? null : device(value);
  }

  static String name(String parameter, String value) {
    if (!Names.isName(value)) {
      throw ApiException.parameter(parameter, value, "1 to 64 of A-Z a-z 0-9 _ . -");
    }
    return value;
  }

  static @Nullable String optionalName(String parameter, @Nullable String value) {
    return value == null || value.isEmpty() ? null : name(parameter, value);
  }

  static int count(String parameter, @Nullable String value, int absent, int max) {
    if (value == null || value.isEmpty()) {
      return absent;
    }
    try {
      int count = Integer.parseInt(value);
      if (count >= 1 && count <= max) {
        return count;
      }
    } catch (NumberFormatException e) {
      throw ApiException.parameter(parameter, value, "a whole number from 1 to " + max);
    }
    throw ApiException.parameter(parameter, value, "a whole number from 1 to " + max);
  }

  static boolean flag(String parameter, @Nullable String value, boolean absent) {
    if (value == null || value.isEmpty()) {
      return absent;
    }
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw ApiException.parameter(parameter, value, "true or false");
    };
  }

  static long number(String parameter, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw ApiException.parameter(parameter, value, "a whole number");
    }
  }

  static @Nullable Long optionalNumber(String parameter, @Nullable String value) {
    return value == null || value.isEmpty() ? null : number(parameter, value);
  }

  /** What is given empty is not given. */
  static @Nullable String emptyToNull(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  static @Nullable Duration optionalDuration(
      String parameter, @Nullable String value, Duration max) {
    if (value == null || value.isEmpty()) {
      return null;
    }
    String rule = "an ISO 8601 duration above PT0S and up to %s, such as PT0.3S".formatted(max);
    try {
      Duration duration = Duration.parse(value);
      if (duration.compareTo(Duration.ZERO) > 0 && duration.compareTo(max) <= 0) {
        return duration;
      }
    } catch (DateTimeParseException e) {
      throw ApiException.parameter(parameter, value, rule);
    }
    throw ApiException.parameter(parameter, value, rule);
  }

  /** Whether an answer is wanted in lines: by {@code format}, else by what is accepted. */
  static boolean isCsv(@Nullable String format, @Nullable String accept) {
    if (format == null || format.isEmpty()) {
      return accept != null && accept.contains(CSV);
    }
    return switch (format) {
      case "csv" -> true;
      case "json" -> false;
      default -> throw ApiException.parameter("format", format, "csv or json");
    };
  }
}
