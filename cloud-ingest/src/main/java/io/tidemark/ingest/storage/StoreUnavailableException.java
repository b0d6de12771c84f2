package io.tidemark.ingest.storage;

import org.jspecify.annotations.Nullable;

/**
 * The store could not do it now. What was to be written may or may not be there; trying again later
 * may work, and writing the same rows again is harmless.
 */
public final class StoreUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With what was tried, what came of it and what to do. */
  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
