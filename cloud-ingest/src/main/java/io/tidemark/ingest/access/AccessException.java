package io.tidemark.ingest.access;

/** What was asked cannot be done, and why. Never has a secret in it. */
public final class AccessException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why, as who asked has to know it. */
  public enum Kind {
    /** Name or password, or a token, are wrong. */
    WRONG,
    /** Too many tries; later ones may do. */
    TOO_MANY,
    /** Too much at a time; later it may do. */
    BUSY,
    /** What is there does not let it be. */
    CONFLICT,
    /** A field breaks a rule. */
    INVALID,
    /** There is nothing of that name. */
    UNKNOWN
  }

  private final Kind kind;
  private final String field;
  private final long retryAfterSeconds;

  private AccessException(Kind kind, String field, String message, long retryAfterSeconds) {
    super(message);
    this.kind = kind;
    this.field = field;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  static AccessException of(Kind kind, String message) {
    return new AccessException(kind, "", message, 0);
  }

  static AccessException invalid(String field, String rule) {
    return new AccessException(Kind.INVALID, field, field + " must be " + rule, 0);
  }

  static AccessException later(Kind kind, String message, long retryAfterSeconds) {
    return new AccessException(kind, "", message, retryAfterSeconds);
  }

  /** Why. */
  public Kind kind() {
    return kind;
  }

  /** The field that is wrong; empty if none is. */
  public String field() {
    return field;
  }

  /** When to try again, in seconds; 0 if that does not help. */
  public long retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
