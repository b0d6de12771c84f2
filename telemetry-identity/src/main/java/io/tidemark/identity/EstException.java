package io.tidemark.identity;

import java.io.IOException;

/** Why there is no certificate. */
public final class EstException extends IOException {
  private static final long serialVersionUID = 1L;
  private final int status;

  EstException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The HTTP status that says so. */
  public int status() {
    return status;
  }

  /** Whether asking again in the same way can help. */
  public boolean isForNow() {
    return status >= 500 || status == 429;
  }
}
