package io.tidemark.ingest.storage.influx;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a server's refusals mean. The documents: "InfluxDB API reference" of 1.x, 2.x and 3, status
 * codes of {@code /write}, {@code /api/v2/write} and {@code /query}.
 */
final class Answers {
  private static final int RETRY_AFTER_MAX_SECONDS = 60;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERRORS = 500;

  private Answers() {}

  /** What to do about an answer to a write. */
  enum Meaning {
    /** Some or all of the rows are at fault: split. */
    REFUSED,
    /** It may work later: try again. */
    BUSY,
    /** Somebody has to set something right: say so, and look again now and then. */
    MISCONFIGURED
  }

  static Meaning of(int status, String message) {
    return switch (status) {
      case 400, 413, 422 -> isMissingDatabase(message) ? Meaning.MISCONFIGURED : Meaning.REFUSED;
      case TOO_MANY_REQUESTS, 408 -> Meaning.BUSY;
      default ->
          status >= SERVER_ERRORS && !isMissingRetentionPolicy(message)
              ? Meaning.BUSY
              : Meaning.MISCONFIGURED;
    };
  }

  /** 1.x answers 404 to a write and 200 to a query. */
  static boolean isMissingDatabase(String message) {
    String lower = message.toLowerCase(Locale.ROOT);
    return lower.contains("database not found")
        || (lower.contains("bucket") && lower.contains("not found"));
  }

  /** 1.x answers 500 to it, though trying again changes nothing. */
  private static boolean isMissingRetentionPolicy(String message) {
    return message.toLowerCase(Locale.ROOT).contains("retention policy not found");
  }

  /** What an operator can do about it. */
  static String advice(InfluxSettings settings, int status, String message) {
    String what = "InfluxDB at %s says %d: %s".formatted(settings.url(), status, message);
    return switch (status) {
      case 401 ->
          what + "; set tidemark.influx.token (on 1.x name:password, else a token) to one it knows";
      case 403 ->
          what + "; give the token or user the right to read and write " + settings.databaseName();
      default -> what + "; see tidemark.influx.url, .database, .org and .version";
    };
  }

  /** A Retry-After as RFC 9110 section 10.2.3 has it, seconds or a date; 0 if there is none. */
  static int retryAfterSeconds(@Nullable String header, Instant now) {
    if (header == null || header.isBlank()) {
      return 0;
    }
    long seconds;
    try {
      seconds = Long.parseLong(header.strip());
    } catch (NumberFormatException notSeconds) {
      try {
        seconds =
            Duration.between(
                    now,
                    ZonedDateTime.parse(header.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant())
                .toSeconds();
      } catch (DateTimeParseException neither) {
        return 0;
      }
    }
    return (int) Math.max(0, Math.min(RETRY_AFTER_MAX_SECONDS, seconds));
  }
}
