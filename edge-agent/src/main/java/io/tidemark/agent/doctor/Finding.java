package io.tidemark.agent.doctor;

/**
 * What one look has shown.
 *
 * @param subject what was looked at
 * @param says what was seen
 * @param fix what to do; empty if nothing has to be done
 */
public record Finding(String subject, State state, String says, String fix) {

  /** How it is. */
  public enum State {
    GOOD,
    /** It works, and will not for ever, or could not be looked at. */
    DOUBTFUL,
    BAD
  }

  static Finding good(String subject, String says) {
    return new Finding(subject, State.GOOD, says, "");
  }

  static Finding doubtful(String subject, String says, String fix) {
    return new Finding(subject, State.DOUBTFUL, says, fix);
  }

  static Finding bad(String subject, String says, String fix) {
    return new Finding(subject, State.BAD, says, fix);
  }
}
