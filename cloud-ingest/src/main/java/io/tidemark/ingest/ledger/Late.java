package io.tidemark.ingest.ledger;

import org.jspecify.annotations.Nullable;

/**
 * Readings of an epoch that were stored late: each of them longer after it was taken than is usual.
 * Times are nanoseconds since 1970 UTC: of taking by the device's clock, of storing by ingest's.
 *
 * @param epoch which
 * @param first the lowest number
 * @param last the highest number
 * @param readings how many they are: fewer than the numbers from first to last where others, which
 *     were not late, lie between
 * @param fromNanos when the earliest was taken
 * @param toNanos when the latest was taken
 * @param leastNanos how long after it was taken a reading was stored, at least
 * @param mostNanos the same, at most
 * @param storedFromNanos when the first was stored
 * @param storedToNanos when the last was stored
 * @param atGatewayNanos how long after it was taken a gateway received a reading, at most; null if
 *     that is unknown of any of them
 */
public record Late(
    long epoch,
    long first,
    long last,
    long readings,
    long fromNanos,
    long toNanos,
    long leastNanos,
    long mostNanos,
    long storedFromNanos,
    long storedToNanos,
    @Nullable Long atGatewayNanos) {

  /**
   * Numbers without a hole that were stored together.
   *
   * @param receivedNanos when a gateway received them; null if unknown
   */
  public static Late of(
      long epoch,
      Range numbers,
      long fromNanos,
      long toNanos,
      long storedNanos,
      @Nullable Long receivedNanos) {
    return new Late(
        epoch,
        numbers.first(),
        numbers.last(),
        numbers.count(),
        fromNanos,
        toNanos,
        storedNanos - toNanos,
        storedNanos - fromNanos,
        storedNanos,
        storedNanos,
        receivedNanos == null ? null : receivedNanos - fromNanos);
  }

  /** True if no number lies between both, of the same epoch. */
  boolean meets(Late other) {
    return first <= other.last + 1 && other.first <= last + 1;
  }

  /** Both, and what lies between. */
  Late join(Late other) {
    long joinedFirst = Math.min(first, other.first);
    long joinedLast = Math.max(last, other.last);
    return new Late(
        epoch,
        joinedFirst,
        joinedLast,
        Math.min(readings + other.readings, joinedLast - joinedFirst + 1),
        Math.min(fromNanos, other.fromNanos),
        Math.max(toNanos, other.toNanos),
        Math.min(leastNanos, other.leastNanos),
        Math.max(mostNanos, other.mostNanos),
        Math.min(storedFromNanos, other.storedFromNanos),
        Math.max(storedToNanos, other.storedToNanos),
        atGatewayNanos == null || other.atGatewayNanos == null
            ? null
            : Math.max(atGatewayNanos, other.atGatewayNanos));
  }

  /** The same, but no more than this many. */
  Late atMost(long count) {
    return new Late(
        epoch,
        first,
        last,
        Math.min(readings, count),
        fromNanos,
        toNanos,
        leastNanos,
        mostNanos,
        storedFromNanos,
        storedToNanos,
        atGatewayNanos);
  }
}
