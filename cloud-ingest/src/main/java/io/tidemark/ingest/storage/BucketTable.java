package io.tidemark.ingest.storage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Buckets of the series somebody asked for, from several tables; those of the same series and
 * interval joined: a sensor whose kind has changed is in two. Used by one thread.
 */
public final class BucketTable {
  private final Set<SeriesName> wanted;
  private final Map<SeriesName, TreeMap<Long, Bucket>> found = new HashMap<>();

  /** For the answer to a query. */
  public BucketTable(SeriesQuery query) {
    wanted = new HashSet<>(query.series());
  }

  /** Adds what one table says of a device; what nobody asked for is left out. */
  public void add(String device, Bucket bucket) {
    SeriesName name = new SeriesName(device, bucket.sensor(), bucket.metric());
    if (wanted.contains(name)) {
      found
          .computeIfAbsent(name, key -> new TreeMap<>())
          .merge(bucket.index(), bucket, Bucket::join);
    }
  }

  /** By series, those of each by index; a series without values is absent. */
  public Map<SeriesName, List<Bucket>> buckets() {
    Map<SeriesName, List<Bucket>> lists = new HashMap<>();
    found.forEach((name, buckets) -> lists.put(name, new ArrayList<>(buckets.values())));
    return lists;
  }
}
