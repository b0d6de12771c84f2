package io.tidemark.ingest.ledger;

/**
 * What is recorded of a number. The earlier one here wins where two are: a stored number stays
 * stored.
 */
public enum State {
  /** A row in the store. */
  STORED,
  /** Kept in the quarantine, with the reason. */
  QUARANTINED,
  /** Given up by the device, which said so. */
  DROPPED;

  boolean beats(State other) {
    return ordinal() < other.ordinal();
  }
}
