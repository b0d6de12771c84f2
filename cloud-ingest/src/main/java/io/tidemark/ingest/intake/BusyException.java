package io.tidemark.ingest.intake;

import org.jspecify.annotations.Nullable;

/** Nothing of a request is promised; it may work later. */
final class BusyException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int retryAfterSeconds;

  BusyException(String message, int retryAfterSeconds, @Nullable Throwable cause) {
    super(message, cause);
    this.retryAfterSeconds = retryAfterSeconds;
  }

  int retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
