package io.tidemark.ingest.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts buckets together that are of the same sensor, metric and interval: those of shorter
 * intervals, and of several tables, as a sensor whose kind has changed is in two. Used by one
 * thread.
 */
public final class BucketSums {
  private final int max;
  private final Map<String, Map<String, Map<Long, Bucket>>> bySensor = new TreeMap<>();
  private int size;

  /**
   * Of no buckets yet.
   *
   * @param max how many there may be; one more is left out, but those there are go on growing
   */
  public BucketSums(int max) {
    this.max = max;
  }

  /** Adds a bucket to the interval it names. */
  public void add(Bucket bucket) {
    Map<Long, Bucket> byIndex =
        bySensor
            .computeIfAbsent(bucket.sensor(), sensor -> new TreeMap<>())
            .computeIfAbsent(bucket.metric(), metric -> new TreeMap<>());
    Bucket before = byIndex.get(bucket.index());
    if (before != null) {
      byIndex.put(bucket.index(), Bucket.join(before, bucket));
    } else if (size < max) {
      byIndex.put(bucket.index(), bucket);
      size++;
    }
  }

  /** Ordered by sensor, metric and index. */
  public List<Bucket> buckets() {
    List<Bucket> buckets = new ArrayList<>(size);
    bySensor
        .values()
        .forEach(
            byMetric -> byMetric.values().forEach(byIndex -> buckets.addAll(byIndex.values())));
    return buckets;
  }
}
