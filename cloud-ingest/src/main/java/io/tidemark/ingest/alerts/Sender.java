package io.tidemark.ingest.alerts;

/** Hands a notification to its receiver. Thread-safe. */
interface Sender {
  /**
   * What came of an attempt.
   *
   * @param kind which
   * @param said what the receiver or the network said, for people
   * @param retryAfterNanos what the receiver asked to wait; 0 if it did not
   */
  record Outcome(Kind kind, String said, long retryAfterNanos) {
    /** What came of it. */
    enum Kind {
      /** The receiver has it. */
      DELIVERED,
      /** It may work later. */
      RETRIED,
      /** It never will. */
      GIVEN_UP
    }

    static Outcome of(Kind kind, String said) {
      return new Outcome(kind, said, 0);
    }
  }

  /** Tries once; takes no longer than the timeout that is set. */
  Outcome send(Notification notification) throws InterruptedException;
}
