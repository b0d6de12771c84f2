package io.tidemark.ingest.ledger;

/**
 * Numbers of an epoch of which there is no row, and why.
 *
 * @param epoch of which epoch
 * @param first lowest number
 * @param last highest number, inclusive
 * @param why what became of them
 * @param reason why they were dropped; empty otherwise
 */
public record Unstored(long epoch, long first, long last, Why why, String reason) {
  /** What there is instead of a row. */
  public enum Why {
    /** On the device or on gateways. */
    WAITING,
    /** Kept in the quarantine. */
    QUARANTINED,
    /** Given up, by the device or here. */
    DROPPED,
    /** Nobody knows. */
    MISSING
  }
}
