package io.tidemark.sim.verify;

/**
 * How many readings are what. produced = waiting + stored + quarantined + dropped + missing.
 *
 * @param duplicates surplus rows
 * @param refused readings a gateway refused for good: they end as dropped, or, where the device
 *     cannot declare that, as missing
 */
public record Sums(
    long produced,
    long waiting,
    long stored,
    long quarantined,
    long dropped,
    long missing,
    long duplicates,
    long redelivered,
    long refused) {
  static final Sums ZERO = new Sums(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** True if every reading is a row, and one only. */
  boolean allStored() {
    return stored == produced && duplicates == 0;
  }

  Sums plus(Sums other) {
    return new Sums(
        produced + other.produced,
        waiting + other.waiting,
        stored + other.stored,
        quarantined + other.quarantined,
        dropped + other.dropped,
        missing + other.missing,
        duplicates + other.duplicates,
        redelivered + other.redelivered,
        refused + other.refused);
  }
}
