package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.AggregateQuery;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.NumberQuery;
import io.tidemark.ingest.storage.ReadQuery;
import io.tidemark.ingest.storage.SampleQuery;
import io.tidemark.ingest.storage.SeriesQuery;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is asked, in InfluxQL as 1.x, 2.x and 3 take it. */
final class InfluxQl {
  /** Prefixes of the columns an aggregate has. */
  static final String MEAN = "mean_";

  static final String MIN = "min_";
  static final String MAX = "max_";
  static final String COUNT = "count_";
  static final String FIRST = "first_";

  private static final String ALL = "SELECT * FROM /.*/ WHERE ";

  /** All fields but the sequence, which every row has: summed up, too, it would cost a metric. */
  private static final String METRICS = "/^([^s].*|s|s[^e].*|se|se[^q].*|seq.+)$/";

  /** Rows of others, which have no sequence, must not count towards a limit. */
  private static final String OURS = " AND seq >= 0";

  /** InfluxDB's times end there: 2262-04-11T23:47:16.854775806Z. */
  private static final long TIME_MAX = Long.MAX_VALUE - 1;

  private static final Pattern DURATION_PART = Pattern.compile("(\\d+)(h|m|s|ms|us|µs|ns)");

  private InfluxQl() {}

  /** Rows of each series on their own, ascending by time, at most {@code limit + 1} a series. */
  static String read(ReadQuery query) {
    return ALL + range(query) + OURS + " GROUP BY * LIMIT " + (query.limit() + 1);
  }

  /** The first value of each metric: a look into an index, however many rows there are. */
  static String metrics(ReadQuery query) {
    return "SELECT first(" + METRICS + ") FROM /.*/ WHERE " + range(query);
  }

  private static String range(ReadQuery query) {
    return tagIs(LineProtocol.DEVICE, query.device())
        + sensor(query.sensor())
        + " AND time >= "
        + query.earliestNanos()
        + " AND time < "
        + Math.min(query.toNanos(), TIME_MAX);
  }

  static String latest(String device) {
    return ALL
        + tagIs(LineProtocol.DEVICE, device)
        + OURS
        + " GROUP BY * ORDER BY time DESC LIMIT 1";
  }

  static String numbers(NumberQuery query) {
    return ALL
        + epoch(query.key())
        + " AND seq >= "
        + query.first()
        + " AND seq <= "
        + query.last()
        + " AND time >= "
        + query.fromNanos()
        + " AND time <= "
        + query.toNanos()
        + " GROUP BY *";
  }

  static String aggregate(AggregateQuery query) {
    return "SELECT mean(%1$s), min(%1$s), max(%1$s), count(%1$s)".formatted(METRICS)
        + byInterval(query)
        + ", sensor fill(none)";
  }

  /**
   * The same of some metrics only, by device too.
   *
   * @param metrics those of the query's that are fields of numbers; at least one
   */
  static String aggregate(SeriesQuery query, Collection<String> metrics) {
    return "SELECT "
        + metrics.stream().map(InfluxQl::sums).collect(Collectors.joining(", "))
        + " FROM /.*/ WHERE ("
        + query.sources().stream()
            .map(
                source ->
                    "("
                        + tagIs(LineProtocol.DEVICE, source.device())
                        + sensor(source.sensor())
                        + ")")
            .collect(Collectors.joining(" OR "))
        + ")"
        + within(query.fromNanos(), query.toNanos(), query.originNanos(), query.intervalNanos())
        + ", device, sensor fill(none)";
  }

  private static String sums(String metric) {
    String field = identifier(metric);
    return "mean(%1$s) AS %2$s, min(%1$s) AS %3$s, max(%1$s) AS %4$s, count(%1$s) AS %5$s"
        .formatted(
            field,
            identifier(MEAN + metric),
            identifier(MIN + metric),
            identifier(MAX + metric),
            identifier(COUNT + metric));
  }

  /** The lowest and the highest number of each interval and epoch. */
  static String spans(AggregateQuery query) {
    return "SELECT min(seq), max(seq)" + byInterval(query) + ", device, epoch fill(none)";
  }

  private static String byInterval(AggregateQuery query) {
    return " FROM /.*/ WHERE "
        + tagIs(LineProtocol.DEVICE, query.device())
        + sensor(query.sensor())
        + within(query.fromNanos(), query.toNanos(), query.originNanos(), query.intervalNanos());
  }

  private static String within(long from, long to, long origin, long interval) {
    return " AND time >= "
        + from
        + " AND time < "
        + Math.min(to, TIME_MAX)
        + " GROUP BY time("
        + interval
        + "ns, "
        + Math.floorMod(origin, interval)
        + "ns)";
  }

  /** Values of a metric, by device and sensor. */
  static String samples(SampleQuery query) {
    return "SELECT "
        + identifier(query.metric())
        + " FROM /.*/ WHERE time >= "
        + query.fromNanos()
        + " AND time <= "
        + Math.min(query.toNanos(), TIME_MAX)
        + " AND ("
        + query.devices().stream()
            .map(device -> tagIs(LineProtocol.DEVICE, device))
            .collect(Collectors.joining(" OR "))
        + ") GROUP BY device, sensor";
  }

  /** Numbers of all rows, by device and epoch. */
  static String scan() {
    return "SELECT seq FROM /.*/ GROUP BY device, epoch";
  }

  /** Times, numbers and twin tags of a series within these times, both inclusive. */
  static String instants(SeriesKey series, long fromNanos, long toNanos) {
    return "SELECT seq FROM "
        + identifier(series.kind())
        + where(series)
        + " AND time >= "
        + fromNanos
        + " AND time <= "
        + toNanos
        + " GROUP BY *";
  }

  /** The newest row of a series behind a time. */
  static String newestBehind(SeriesKey series, long nanos) {
    return "SELECT seq FROM "
        + identifier(series.kind())
        + where(series)
        + " AND time > "
        + nanos
        + " GROUP BY * ORDER BY time DESC LIMIT 1";
  }

  private static String where(SeriesKey series) {
    return " WHERE " + epoch(series.epoch()) + sensor(series.sensor());
  }

  private static String epoch(EpochKey key) {
    return tagIs(LineProtocol.DEVICE, key.device())
        + " AND "
        + tagIs(LineProtocol.EPOCH, Long.toString(key.epoch()));
  }

  private static String sensor(@Nullable String sensor) {
    return sensor == null ? "" : " AND " + tagIs(LineProtocol.SENSOR, sensor);
  }

  /** Metrics cannot be called device, sensor or epoch, so these are tags. */
  private static String tagIs(String tag, String value) {
    return tag + " = '" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  /** A name in quotes. */
  static String identifier(String name) {
    return '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** A duration as 1.x writes it: {@code 168h0m0s}; {@code 0s} is for ever. */
  static long durationNanos(String text) {
    long nanos = 0;
    Matcher part = DURATION_PART.matcher(text);
    while (part.find()) {
      long amount = Long.parseLong(part.group(1));
      nanos +=
          switch (part.group(2)) {
            case "h" -> TimeUnit.HOURS.toNanos(amount);
            case "m" -> TimeUnit.MINUTES.toNanos(amount);
            case "s" -> TimeUnit.SECONDS.toNanos(amount);
            case "ms" -> TimeUnit.MILLISECONDS.toNanos(amount);
            case "ns" -> amount;
            default -> TimeUnit.MICROSECONDS.toNanos(amount);
          };
    }
    return nanos;
  }
}
