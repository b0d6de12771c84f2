package io.tidemark.sim.rogue;

/** How a rogue behaves once it has sent what it sends. */
enum Manner {
  /** Waits for an answer, which has to be a refusal. */
  WAITS,
  /** Waits for nothing, and stays as long as it is let. */
  STAYS,
  /** Goes on sending, and reads nothing. */
  DEAF
}
