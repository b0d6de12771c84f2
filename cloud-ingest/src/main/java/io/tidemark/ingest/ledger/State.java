package io.tidemark.ingest.ledger;

/**
 * What is recorded of a number. The earlier one here wins where two are: a stored number stays
 * stored.
 */
public enum State {
  /** A row in the store. */
  STORED(0),
  /** Kept in the quarantine, with the reason. */
  QUARANTINED(1),
  /** Given up by the device, which said so. */
  DROPPED(2);

  private final int rank;

  State(int rank) {
    this.rank = rank;
  }

  boolean beats(State other) {
    return rank < other.rank;
  }
}
