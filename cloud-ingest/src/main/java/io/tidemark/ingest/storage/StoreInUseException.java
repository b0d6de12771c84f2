package io.tidemark.ingest.storage;

/** Another ingest, whose ledger is another, writes to this store. */
public final class StoreInUseException extends StoreUnavailableException {
  private static final long serialVersionUID = 1L;

  /** With who that is, and what to do. */
  public StoreInUseException(String message, int retryAfterSeconds) {
    super(message, null, retryAfterSeconds);
  }
}
