package io.tidemark.sim.link;

import java.time.Duration;

/**
 * A gateway's answer to a payload, whatever the protocol.
 *
 * @param verdict what it means
 * @param code how the protocol says it, as counted, recorded and declared: {@code 0x99}, {@code
 *     4.00}; at most {@link #CODE_MAX_CHARS} characters of ASCII
 * @param reason what the gateway said in words, may be empty
 * @param pause how long the gateway asks to be left alone; zero if it does not
 */
public record Outcome(Verdict verdict, String code, String reason, Duration pause) {
  /** Most characters of a code. */
  public static final int CODE_MAX_CHARS = 8;

  /** What an answer means. */
  public enum Verdict {
    /** The gateway has it. */
    ACCEPTED,
    /** Not now: to be sent again. */
    LATER,
    /** Not now, and not here: to be sent again, to another gateway if there is one. */
    ELSEWHERE,
    /** The same payload will never be taken, so that sending it again makes no sense. */
    REFUSED
  }

  /** An answer that asks for no pause. */
  public Outcome(Verdict verdict, String code, String reason) {
    this(verdict, code, reason, Duration.ZERO);
  }

  /** Code and reason, for people. */
  public String inWords() {
    return reason.isEmpty() ? code : code + " " + reason;
  }
}
