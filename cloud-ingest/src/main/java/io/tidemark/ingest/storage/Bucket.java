package io.tidemark.ingest.storage;

/**
 * What a numeric metric did in one interval.
 *
 * @param sensor whose
 * @param metric which
 * @param index the interval, counted from 0 at the query's start
 * @param mean arithmetic mean
 * @param min lowest value
 * @param max highest value
 * @param count how many values, at least 1
 */
public record Bucket(
    String sensor, String metric, long index, double mean, double min, double max, long count) {

  /** The same in another interval. */
  Bucket at(long other) {
    return new Bucket(sensor, metric, other, mean, min, max, count);
  }

  /** What two parts of one interval's values, of the same sensor and metric, are together. */
  static Bucket join(Bucket one, Bucket other) {
    long count = one.count + other.count;
    // Each part is weighed before they are added: the sum of the largest doubles is no double.
    double mean =
        one.mean * ((double) one.count / count) + other.mean * ((double) other.count / count);
    double min = Math.min(one.min, other.min);
    double max = Math.max(one.max, other.max);
    // Rounded weights may lead out of the values' range: equal values have exactly their mean.
    double within = Math.max(min, Math.min(max, mean));
    return new Bucket(one.sensor, one.metric, one.index, within, min, max, count);
  }
}
