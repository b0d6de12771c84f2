package io.tidemark.sim.verify;

/** Numbers that are in the quarantine: from {@code first} to {@code last}, both in it. */
record QuarantinedItem(long epoch, long first, long last) {
  /** Something of which it is not known which numbers it is about. */
  static final QuarantinedItem UNKNOWN = new QuarantinedItem(0, 0, -1);
}
