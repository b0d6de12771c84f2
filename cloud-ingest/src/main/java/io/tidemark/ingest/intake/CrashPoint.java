package io.tidemark.ingest.intake;

/**
 * Moments between which a crash must lose nothing. Tests end the process there; otherwise nothing
 * happens.
 */
@FunctionalInterface
interface CrashPoint {
  /** The moments, in order. */
  enum Moment {
    INTENT_COMMITTED,
    ROWS_COMMITTED,
    LEDGER_COMMITTED
  }

  CrashPoint NONE = moment -> {};

  void reached(Moment moment);
}
