package io.tidemark.ingest.storage;

import org.jspecify.annotations.Nullable;

/**
 * The store could not do it now. What was to be written may or may not be there; trying again later
 * may work, and writing the same rows again is harmless.
 */
public class StoreUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int retryAfterSeconds;

  /** With what was tried, what came of it and what to do. */
  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    this(message, cause, 0);
  }

  /** {@code retryAfterSeconds}: when the store itself asked to be tried again; 0 if it did not. */
  public StoreUnavailableException(
      String message, @Nullable Throwable cause, int retryAfterSeconds) {
    super(message, cause);
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** When the store asked to be tried again, in seconds from now; 0 if it did not say. */
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
