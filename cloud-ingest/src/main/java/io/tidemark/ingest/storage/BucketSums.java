package io.tidemark.ingest.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Puts buckets of short intervals together to those of a longer one. Used by one thread. */
final class BucketSums {
  private final Map<String, Map<String, Map<Long, Sum>>> bySensor = new TreeMap<>();

  private static final class Sum {
    private double mean;
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    private long count;

    /** By its distance from the mean so far, so that equal values have exactly their mean. */
    private void add(Bucket bucket) {
      count += bucket.count();
      mean += (bucket.mean() - mean) * bucket.count() / count;
      min = Math.min(min, bucket.min());
      max = Math.max(max, bucket.max());
    }
  }

  /** Adds a bucket to an interval. */
  void add(Bucket bucket, long index) {
    bySensor
        .computeIfAbsent(bucket.sensor(), sensor -> new TreeMap<>())
        .computeIfAbsent(bucket.metric(), metric -> new TreeMap<>())
        .computeIfAbsent(index, at -> new Sum())
        .add(bucket);
  }

  /** Ordered by sensor, metric and index, at most so many. */
  List<Bucket> first(int max) {
    List<Bucket> buckets = new ArrayList<>();
    bySensor.forEach(
        (sensor, byMetric) ->
            byMetric.forEach(
                (metric, byIndex) ->
                    byIndex.forEach(
                        (index, sum) -> {
                          if (buckets.size() < max) {
                            buckets.add(
                                new Bucket(
                                    sensor, metric, index, sum.mean, sum.min, sum.max, sum.count));
                          }
                        })));
    return buckets;
  }
}
