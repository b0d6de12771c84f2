package io.tidemark.ingest.storage.influx;

/** The server refused what a write request holds, or some of it: 400, 413 or 422. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final int TOO_LARGE = 413;

  private final int status;

  RefusedException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** True if it was the request's size, not what it says. */
  boolean tooLarge() {
    return status == TOO_LARGE;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
