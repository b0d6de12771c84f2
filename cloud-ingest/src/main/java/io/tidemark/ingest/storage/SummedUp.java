package io.tidemark.ingest.storage;

import java.util.List;

/**
 * What is known of a device's rows, summed up in intervals, when the time for it is over.
 *
 * @param buckets ordered by sensor, metric and index: all there are of the intervals that begin at
 *     {@code fromNanos} or later, and none of earlier ones
 * @param fromNanos the query's start if all of it is summed up; else the start of a later interval,
 *     or the query's end if there is none yet
 */
public record SummedUp(List<Bucket> buckets, long fromNanos) {
  /** All that was asked for. */
  public static SummedUp all(AggregateQuery query, List<Bucket> buckets) {
    return new SummedUp(buckets, query.fromNanos());
  }

  /**
   * As much of it as is known.
   *
   * @param knownNanos from this time on, up to the query's end. What is known of the interval that
   *     has begun before is left out: it would be taken for all of it
   */
  static SummedUp since(long knownNanos, AggregateQuery query, List<Bucket> buckets) {
    long interval = query.intervalNanos();
    long first = -Math.floorDiv(query.originNanos() - knownNanos, interval);
    return new SummedUp(
        buckets.stream().filter(bucket -> bucket.index() >= first).toList(),
        Math.min(query.originNanos() + first * interval, query.toNanos()));
  }
}
