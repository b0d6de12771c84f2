package io.tidemark.sim.csv;

/** A cell that is not what its column holds; who reads the file adds where it is. */
final class MalformedCellException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String rule;

  MalformedCellException(String rule) {
    super(rule);
    this.rule = rule;
  }

  /** What the cell must be, what it is, and what to do. */
  String rule() {
    return rule;
  }
}
