package io.tidemark.sim.view;

/**
 * A named stretch of time, drawn behind what was measured meanwhile.
 *
 * @param name a line; may hold what came from outside
 * @param from seconds since the beginning
 * @param to the same as {@code from} for what was only a moment
 */
public record Band(Kind kind, String name, double from, double to) {
  /** What it is a stretch of. */
  public enum Kind {
    /** A fault of the plan was in force. */
    FAULT,
    /** Devices complained. */
    TROUBLE,
    /** The simulator did not keep up with its plan. */
    LIMIT
  }
}
