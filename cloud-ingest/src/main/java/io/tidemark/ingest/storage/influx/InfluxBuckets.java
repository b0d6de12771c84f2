package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.AggregateQuery;
import io.tidemark.ingest.storage.Bucket;
import io.tidemark.ingest.storage.BucketSums;
import io.tidemark.ingest.storage.BucketTable;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.NumberSpan;
import io.tidemark.ingest.storage.SeriesQuery;
import io.tidemark.wire.Names;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Aggregates from answers: a row an interval, four columns a metric. */
final class InfluxBuckets {
  /** What else a point has; intake takes no metric that is called so. */
  private static final Set<String> NO_METRICS =
      Set.of(
          LineProtocol.SEQUENCE,
          LineProtocol.DEVICE,
          LineProtocol.SENSOR,
          LineProtocol.EPOCH,
          "time");

  private InfluxBuckets() {}

  /** Adds a row's buckets. */
  static void decode(
      AggregateQuery query,
      QueryAnswer.Series series,
      List<@Nullable String> values,
      BucketSums buckets) {
    each(index(query.originNanos(), query.intervalNanos(), values), series, values, buckets::add);
  }

  /** Adds a row's buckets. */
  static void decode(
      SeriesQuery query,
      QueryAnswer.Series series,
      List<@Nullable String> values,
      BucketTable buckets) {
    String device = series.tags().getOrDefault(LineProtocol.DEVICE, "");
    each(
        index(query.originNanos(), query.intervalNanos(), values),
        series,
        values,
        bucket -> buckets.add(device, bucket));
  }

  private static void each(
      long index,
      QueryAnswer.Series series,
      List<@Nullable String> values,
      Consumer<Bucket> found) {
    for (String metric : metrics(series)) {
      Bucket bucket = bucket(index, metric, series, values);
      if (bucket != null) {
        found.accept(bucket);
      }
    }
  }

  private static List<String> metrics(QueryAnswer.Series series) {
    return series.columns().stream()
        .filter(column -> column.startsWith(InfluxQl.MEAN))
        .map(column -> column.substring(InfluxQl.MEAN.length()))
        .toList();
  }

  private static @Nullable Bucket bucket(
      long index, String metric, QueryAnswer.Series series, List<@Nullable String> values) {
    String mean = value(series, values, InfluxQl.MEAN + metric);
    String min = value(series, values, InfluxQl.MIN + metric);
    String max = value(series, values, InfluxQl.MAX + metric);
    long count = InfluxRows.number(value(series, values, InfluxQl.COUNT + metric));
    if (mean == null || min == null || max == null || count < 1 || !isNumber(metric)) {
      return null;
    }
    return new Bucket(
        series.tags().getOrDefault(LineProtocol.SENSOR, ""),
        metric,
        index,
        Double.parseDouble(mean),
        Double.parseDouble(min),
        Double.parseDouble(max),
        count);
  }

  /** A row of the answer to {@link InfluxQl#spans}; null if it is nobody's. */
  static @Nullable NumberSpan span(
      AggregateQuery query, QueryAnswer.Series series, List<@Nullable String> values) {
    EpochKey key = InfluxRows.key(series.tags());
    long first = InfluxRows.number(values.get(1));
    long last = InfluxRows.number(values.get(2));
    if (key == null || first < 0 || last < first) {
      return null;
    }
    return new NumberSpan(
        key.epoch(), index(query.originNanos(), query.intervalNanos(), values), first, last);
  }

  private static long index(long originNanos, long intervalNanos, List<@Nullable String> values) {
    long time = Long.parseLong(String.valueOf(values.get(0)));
    return Math.floorDiv(time - originNanos, intervalNanos);
  }

  /** Whether a field of this name can only be a metric's numbers. */
  static boolean isNumber(String metric) {
    return Names.isName(metric)
        && !NO_METRICS.contains(metric)
        && !metric.endsWith(LineProtocol.TEXT_SUFFIX)
        && !metric.endsWith(LineProtocol.FLAG_SUFFIX);
  }

  private static @Nullable String value(
      QueryAnswer.Series series, List<@Nullable String> values, String column) {
    Integer at = series.positions().get(column);
    return at == null ? null : values.get(at);
  }
}
