package io.tidemark.agent.identity;

/** Why this device cannot prove who it is, with what to do. */
public final class IdentityException extends Exception {
  private static final long serialVersionUID = 1L;

  IdentityException(String message) {
    super(message);
  }

  IdentityException(String message, Throwable cause) {
    super(message, cause);
  }
}
