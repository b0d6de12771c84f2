package io.tidemark.ingest.api;

import org.jspecify.annotations.Nullable;

/** A request that cannot be answered, and what to tell. */
final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  private final long retryAfterSeconds;

  private ApiException(Problem problem) {
    this(problem, 0);
  }

  private ApiException(Problem problem, long retryAfterSeconds) {
    super(problem.detail());
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** A parameter, or a field of what was sent, breaks a rule. */
  static ApiException parameter(String name, @Nullable String value, String rule) {
    String shown =
        value == null ? "" : value.length() <= 80 ? value : value.substring(0, 80) + "...";
    return new ApiException(
        new Problem(
            "about:blank",
            "A parameter is not valid",
            400,
            "%s must be %s, but is \"%s\"".formatted(name, rule, shown),
            name));
  }

  /** Anything else that a status tells apart. */
  static ApiException of(int status, String title, String detail) {
    return new ApiException(Problem.of(status, title, detail));
  }

  /** A field of what was sent breaks a rule, and what it was is not to be repeated. */
  static ApiException field(String name, String detail) {
    return new ApiException(
        new Problem("about:blank", "A parameter is not valid", 400, detail, name));
  }

  /** It may do later. */
  static ApiException later(int status, String title, String detail, long retryAfterSeconds) {
    return new ApiException(Problem.of(status, title, detail), retryAfterSeconds);
  }

  /** There is no such thing. */
  static ApiException notFound(String detail) {
    return of(404, "Not found", detail);
  }

  Problem problem() {
    return problem;
  }

  /** When to try again, in seconds; 0 if nothing is said of it. */
  long retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
