package io.tidemark.ingest.storage.influx;

import java.net.URI;
import java.time.Duration;

/**
 * How to reach InfluxDB and how hard to press it.
 *
 * @param url its address, {@code http://host:8086}
 * @param database the database, or the bucket; on 1.x {@code database/retention-policy} is taken
 *     too
 * @param org the organization; 2.x only, else empty
 * @param token 2.x and 3: the token; 1.x: {@code name:password}; empty for none
 * @param createDatabase make the database if it is missing
 * @param version which InfluxDB it is
 * @param requestsMax write requests under way at a time, at most
 * @param requestMaxRows rows in one write request, at most
 * @param requestTimeout how long a request may take
 * @param retryFor how long a write is tried before those who wait for it are told to come again
 * @param gzip compress what is written
 */
public record InfluxSettings(
    URI url,
    String database,
    String org,
    String token,
    boolean createDatabase,
    InfluxVersion version,
    int requestsMax,
    int requestMaxRows,
    Duration requestTimeout,
    Duration retryFor,
    boolean gzip) {

  /** Checks what can be checked without asking the server. */
  public InfluxSettings {
    String scheme = String.valueOf(url.getScheme());
    if (!(scheme.equals("http") || scheme.equals("https")) || url.getHost() == null) {
      throw new IllegalArgumentException(
          "tidemark.influx.url must be like http://host:8086, but is " + url);
    }
    if (database.isBlank() || database.indexOf('"') >= 0 || database.indexOf('\n') >= 0) {
      throw new IllegalArgumentException(
          "tidemark.influx.database must be a name without quotes, but is \"" + database + '"');
    }
    between("requests-max", requestsMax, 1, 64);
    between("request-max-rows", requestMaxRows, 1, 100_000);
    between("request-timeout in ms", requestTimeout.toMillis(), 100, 600_000);
    between("retry-for in ms", retryFor.toMillis(), 0, 600_000);
  }

  private static void between(String key, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "tidemark.influx.%s must be %d to %d, but is %d".formatted(key, min, max, value));
    }
  }

  /** Without the retention policy. */
  String databaseName() {
    int slash = database.indexOf('/');
    return slash < 0 ? database : database.substring(0, slash);
  }

  /** The retention policy of 1.x; empty for the database's default. */
  String retentionPolicy() {
    int slash = database.indexOf('/');
    return slash < 0 ? "" : database.substring(slash + 1);
  }
}
