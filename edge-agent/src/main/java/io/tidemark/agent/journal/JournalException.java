package io.tidemark.agent.journal;

/** The journal cannot be opened; the message says why and what to do. */
public final class JournalException extends Exception {
  private static final long serialVersionUID = 1L;

  JournalException(String message) {
    super(message);
  }

  JournalException(String message, Throwable cause) {
    super(message, cause);
  }
}
