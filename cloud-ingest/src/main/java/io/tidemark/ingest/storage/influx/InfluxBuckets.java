package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.AggregateQuery;
import io.tidemark.ingest.storage.Bucket;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.NumberSpan;
import io.tidemark.wire.Names;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Aggregates from answers: a row an interval, four columns a metric. */
final class InfluxBuckets {
  private InfluxBuckets() {}

  /** Adds a row's buckets, within the query's bound. */
  static void decode(
      AggregateQuery query,
      QueryAnswer.Series series,
      List<@Nullable String> values,
      List<Bucket> buckets) {
    long index = index(query, values);
    String sensor = series.tags().getOrDefault(LineProtocol.SENSOR, "");
    for (String column : series.columns()) {
      if (!column.startsWith(InfluxQl.MEAN) || buckets.size() >= query.maxBuckets()) {
        continue;
      }
      String metric = column.substring(InfluxQl.MEAN.length());
      String mean = value(series, values, InfluxQl.MEAN + metric);
      String min = value(series, values, InfluxQl.MIN + metric);
      String max = value(series, values, InfluxQl.MAX + metric);
      long count = InfluxRows.number(value(series, values, InfluxQl.COUNT + metric));
      if (mean == null || min == null || max == null || count < 1 || !isNumber(metric)) {
        continue;
      }
      buckets.add(
          new Bucket(
              sensor,
              metric,
              index,
              Double.parseDouble(mean),
              Double.parseDouble(min),
              Double.parseDouble(max),
              count));
    }
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
    return new NumberSpan(key.epoch(), index(query, values), first, last);
  }

  private static long index(AggregateQuery query, List<@Nullable String> values) {
    long time = Long.parseLong(String.valueOf(values.get(0)));
    return Math.floorDiv(time - query.originNanos(), query.intervalNanos());
  }

  private static boolean isNumber(String metric) {
    return Names.isName(metric)
        && !metric.equals(LineProtocol.SEQUENCE)
        && !metric.endsWith(LineProtocol.TEXT_SUFFIX)
        && !metric.endsWith(LineProtocol.FLAG_SUFFIX);
  }

  private static @Nullable String value(
      QueryAnswer.Series series, List<@Nullable String> values, String column) {
    Integer at = series.positions().get(column);
    return at == null ? null : values.get(at);
  }
}
