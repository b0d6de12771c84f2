package io.tidemark.agent.publish;

/** What a gateway's answer means for what it was sent. */
enum Verdict {
  /** On a quorum: may leave the journal. */
  ACCEPTED,
  /** Would be refused for ever. */
  REFUSED,
  /** Not now. */
  LATER,
  /** Not now, and not here: another gateway may take it. */
  ELSEWHERE
}
