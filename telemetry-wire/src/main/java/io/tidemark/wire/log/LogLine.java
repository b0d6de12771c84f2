package io.tidemark.wire.log;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A line of a log in JSON, as the agent and the simulator write it. Gateway and ingest write theirs
 * by Quarkus' own means; their application.properties have the same names. Thread-safe.
 *
 * @param program e.g. {@code tidemark-agent}
 * @param id which one it is, as a device's name; null if it has none
 */
public record LogLine(String program, @Nullable String id) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  private static final int CONTROL_END = 0x20;

  /** A time as logs have it, in text as in JSON. */
  public static String time(Instant at) {
    return TIME.format(at);
  }

  /**
   * One JSON object without a line break.
   *
   * @param level ERROR, WARN, INFO, DEBUG or TRACE
   * @param exception with its stack, as Java prints it; null if there is none
   */
  public String of(
      Instant at,
      String level,
      String logger,
      String thread,
      String message,
      @Nullable String exception) {
    StringBuilder line = new StringBuilder(200 + message.length());
    line.append('{');
    put(line, "timestamp", time(at));
    put(line, "level", level);
    put(line, "logger", logger);
    put(line, "thread", thread);
    put(line, "message", message);
    if (exception != null) {
      put(line, "exception", exception);
    }
    put(line, "program", program);
    if (id != null) {
      put(line, "id", id);
    }
    return line.append('}').toString();
  }

  private static void put(StringBuilder line, String name, String value) {
    line.append(line.length() > 1 ? ",\"" : "\"").append(name).append("\":\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> line.append('\\').append(c);
        case '\n' -> line.append("\\n");
        case '\r' -> line.append("\\r");
        case '\t' -> line.append("\\t");
        default -> {
          if (c < CONTROL_END) {
            line.append("\\u%04x".formatted((int) c));
          } else {
            line.append(c);
          }
        }
      }
    }
    line.append('"');
  }
}
