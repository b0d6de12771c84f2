package io.tidemark.ingest.ledger;

/**
 * A ledger's sums: {@code produced = waiting + stored + quarantined + dropped + missing}, always.
 *
 * @param produced numbers the device has given, by its own declaration
 * @param waiting not here yet, and expected
 * @param stored rows
 * @param quarantined in the quarantine
 * @param dropped given up by the device
 * @param missing below what the device has delivered, and nowhere
 * @param duplicates rows beyond the first of a number
 * @param redelivered batches that came again
 */
public record Sums(
    long produced,
    long waiting,
    long stored,
    long quarantined,
    long dropped,
    long missing,
    long duplicates,
    long redelivered) {
  /** Of nothing. */
  public static final Sums ZERO = new Sums(0, 0, 0, 0, 0, 0, 0, 0);

  /** Both together. */
  public Sums plus(Sums other) {
    return new Sums(
        produced + other.produced,
        waiting + other.waiting,
        stored + other.stored,
        quarantined + other.quarantined,
        dropped + other.dropped,
        missing + other.missing,
        duplicates + other.duplicates,
        redelivered + other.redelivered);
  }

  /** The same with this many duplicates. */
  public Sums withDuplicates(long count) {
    return new Sums(produced, waiting, stored, quarantined, dropped, missing, count, redelivered);
  }

  /** True if nothing waits, is missing or is doubled. */
  public boolean clean() {
    return waiting == 0 && missing == 0 && duplicates == 0;
  }
}
