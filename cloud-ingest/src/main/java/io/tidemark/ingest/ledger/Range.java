package io.tidemark.ingest.ledger;

/**
 * Numbers from {@code first} to {@code last}, inclusive.
 *
 * @param first lowest number
 * @param last highest number
 */
public record Range(long first, long last) {
  /** Numbers in it. */
  public long count() {
    return last - first + 1;
  }

  /** From the lowest to the highest number of either. */
  public Range join(Range other) {
    return new Range(Math.min(first, other.first), Math.max(last, other.last));
  }
}
