package io.tidemark.gateway.intake;

import java.time.Duration;

/** What became of a delivery. */
public sealed interface Outcome {

  /** It is in the log for good: fsynced on a majority. */
  record Committed() implements Outcome {}

  /**
   * It is not in the log and never will be.
   *
   * @param reason why
   * @param text the same for a person, with the limit or rule and what to do
   * @param retryAfter when it may be sent again, in whole seconds; zero if nobody knows
   */
  record Refused(Reason reason, String text, Duration retryAfter) implements Outcome {
    /** One of which nobody knows when it may be sent again, or which never may. */
    public Refused(Reason reason, String text) {
      this(reason, text, Duration.ZERO);
    }
  }

  /**
   * Nobody knows whether it is in the log. It must be neither acknowledged nor refused, so that the
   * device sends it again.
   *
   * @param text what happened
   */
  record Unknown(String text) implements Outcome {}
}
