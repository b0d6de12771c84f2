package io.tidemark.wire.log;

/** In which form a program's log is. */
public enum LogFormat {
  /** For people. */
  TEXT,

  /** A JSON object a line, see {@link LogLine}. */
  JSON;

  /** The environment variable that says so to every program. */
  public static final String VARIABLE = "TIDEMARK_LOG_FORMAT";

  /** The same as a property, for programs that have properties. */
  public static final String PROPERTY = "tidemark.log-format";

  /**
   * As it is asked for.
   *
   * @param name where it is: {@link #VARIABLE} or {@link #PROPERTY}
   * @param value {@code text}, or nothing, or {@code json}
   * @throws IllegalArgumentException if it is neither
   */
  public static LogFormat of(String name, String value) {
    return switch (value) {
      case "", "text" -> TEXT;
      case "json" -> JSON;
      default ->
          throw new IllegalArgumentException(
              "%s must be text or json, but is \"%s\"".formatted(name, value));
    };
  }
}
