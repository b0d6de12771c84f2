package io.tidemark.agent.publish;

import java.time.Duration;

/**
 * A gateway's answer, whatever the protocol.
 *
 * @param verdict what it means
 * @param code how the protocol says it, as counted and declared: {@code 0x99}, {@code 4.00}
 * @param reason what the gateway says in words; may be empty
 * @param notBefore how long the gateway asks to be left alone; zero if it does not
 */
record Answer(Verdict verdict, String code, String reason, Duration notBefore) {
  /** Most characters kept of what a gateway says; the rest is cut off. */
  static final int REASON_MAX_CHARS = 200;

  Answer {
    if (reason.length() > REASON_MAX_CHARS) {
      reason = reason.substring(0, REASON_MAX_CHARS) + "...";
    }
  }
}
