package io.tidemark.ingest.storage.influx;

import org.jspecify.annotations.Nullable;

/** It may work later: no answer, a broken one, 429 or 5xx. What was written is not known. */
final class BusyServerException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int retryAfterSeconds;

  BusyServerException(String message, int retryAfterSeconds, @Nullable Throwable cause) {
    super(message, cause);
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** What the server asked for in its Retry-After, in seconds; 0 if nothing. */
  int retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
