package io.tidemark.ingest.storage;

/**
 * Which numbers of an epoch have rows in one interval of time: none is lower than {@code first} or
 * higher than {@code last}, and these two are there.
 *
 * @param epoch of which epoch
 * @param index the interval, counted from 0 at the query's start
 * @param first the lowest number
 * @param last the highest
 */
public record NumberSpan(long epoch, long index, long first, long last) {
  /** What both say of the same interval. */
  public NumberSpan join(NumberSpan other) {
    return new NumberSpan(epoch, index, Math.min(first, other.first), Math.max(last, other.last));
  }
}
