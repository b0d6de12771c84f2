package io.tidemark.gateway.replication;

/**
 * An entry that certainly is not in the log and never will be: it can be refused or tried again.
 */
public final class NotProposedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With the reason in words. */
  public NotProposedException(String message) {
    super(message);
  }
}
