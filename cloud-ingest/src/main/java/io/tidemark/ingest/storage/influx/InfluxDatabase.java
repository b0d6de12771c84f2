package io.tidemark.ingest.storage.influx;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.ResponseBody;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Which InfluxDB it is, whether our database is there, and how long it keeps rows. Found out at the
 * first use, and again after {@link #forget}. Thread-safe.
 */
final class InfluxDatabase {
  private static final Logger LOG = Logger.getLogger(InfluxDatabase.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final MediaType JSON_TYPE = MediaType.get("application/json");
  private static final long RETENTION_TRUSTED_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final InfluxSettings settings;
  private final Dialect dialect;
  private final InfluxConnection connection;
  private volatile boolean ready;
  private long retentionNanos;
  private long retentionTrustedUntil = System.nanoTime() - 1;

  InfluxDatabase(InfluxSettings settings, Dialect dialect, InfluxConnection connection) {
    this.settings = settings;
    this.dialect = dialect;
    this.connection = connection;
  }

  /** What is known may be wrong: look again before the next use. */
  void forget() {
    ready = false;
  }

  void ensureReady() throws StoreUnavailableException {
    if (!ready) {
      findOut();
    }
  }

  private synchronized void findOut() throws StoreUnavailableException {
    if (ready) {
      return;
    }
    if (dialect.version() == InfluxVersion.AUTO) {
      dialect.version(detect());
    }
    if (!exists()) {
      if (!settings.createDatabase()) {
        throw missing();
      }
      create();
      LOG.infof("made the database %s in InfluxDB at %s", settings.database(), settings.url());
    }
    retentionTrustedUntil = System.nanoTime() - 1;
    ready = true;
    LOG.infof(
        "uses InfluxDB (%s) at %s, database %s",
        dialect.version(), settings.url(), settings.database());
  }

  /**
   * Asks the server whether it is still there.
   *
   * @throws StoreUnavailableException if it is not, or does not answer
   */
  void check() throws StoreUnavailableException {
    ensureReady();
    if (!exists()) {
      forget();
      throw missing();
    }
  }

  private StoreUnavailableException missing() {
    return new StoreUnavailableException(
        "InfluxDB at %s has no database %s that ingest's user may use; make it (or set tidemark.influx.create-database=true), or if it is there: GRANT ALL ON %s TO that user"
            .formatted(settings.url(), settings.databaseName(), settings.databaseName()),
        null,
        InfluxConnection.MISCONFIGURED_RETRY_SECONDS);
  }

  private InfluxVersion detect() throws StoreUnavailableException {
    Request ping = new Request.Builder().url(url("ping")).build();
    String version =
        connection.call(
            ping,
            (response, body) -> {
              String header = response.header("X-Influxdb-Version");
              return header == null
                  ? JSON.readTree(orEmpty(body)).path("version").asText()
                  : header;
            });
    return generation(version)
        .orElseThrow(
            () ->
                new StoreUnavailableException(
                    "%s does not say which InfluxDB it is (version \"%s\"); set tidemark.influx.version to v1, v2 or v3"
                        .formatted(settings.url(), version),
                    null,
                    InfluxConnection.MISCONFIGURED_RETRY_SECONDS));
  }

  private static String orEmpty(ResponseBody body) throws IOException {
    String text = body.string();
    return text.isBlank() ? "{}" : text;
  }

  static Optional<InfluxVersion> generation(String version) {
    String number = version.toLowerCase(Locale.ROOT).replaceFirst("^v", "");
    for (InfluxVersion known : List.of(InfluxVersion.V1, InfluxVersion.V2, InfluxVersion.V3)) {
      if (number.startsWith(known.ordinal() + ".")) {
        return Optional.of(known);
      }
    }
    return Optional.empty();
  }

  private boolean exists() throws StoreUnavailableException {
    String name = settings.databaseName();
    return switch (dialect.version()) {
      case V2 -> bucket() != null;
      case V3 -> {
        JsonNode databases =
            get(
                url("api", "v3", "configure", "database")
                    .newBuilder()
                    .addQueryParameter("format", "json")
                    .build());
        boolean found = false;
        for (JsonNode database : databases) {
          found |= database.path("iox::database").asText().equals(name);
        }
        yield found;
      }
      default -> rows("SHOW DATABASES").stream().anyMatch(row -> row.contains(name));
    };
  }

  private void create() throws StoreUnavailableException {
    String name = settings.databaseName();
    switch (dialect.version()) {
      case V2 -> {
        HttpUrl orgs =
            url("api", "v2", "orgs").newBuilder().addQueryParameter("org", settings.org()).build();
        String org = get(orgs).path("orgs").path(0).path("id").asText();
        post(
            url("api", "v2", "buckets"),
            Map.of("orgID", org, "name", name, "retentionRules", List.of()));
      }
      case V3 -> post(url("api", "v3", "configure", "database"), Map.of("db", name));
      default -> rows("CREATE DATABASE " + InfluxQl.identifier(name));
    }
  }

  /** 2.x: the bucket, or null. */
  private @Nullable JsonNode bucket() throws StoreUnavailableException {
    HttpUrl buckets =
        url("api", "v2", "buckets")
            .newBuilder()
            .addQueryParameter("org", settings.org())
            .addQueryParameter("limit", "100")
            .addQueryParameter("name", settings.databaseName())
            .build();
    for (JsonNode bucket : get(buckets).path("buckets")) {
      if (bucket.path("name").asText().equals(settings.databaseName())) {
        return bucket;
      }
    }
    return null;
  }

  /** How long rows are kept, in nanoseconds; 0 for ever or not known. */
  synchronized long retentionNanos() throws StoreUnavailableException {
    if (System.nanoTime() - retentionTrustedUntil > 0) {
      retentionNanos =
          switch (dialect.version()) {
            case V1 -> retentionOfPolicy();
            case V2 -> retentionOfBucket();
            default -> 0;
          };
      retentionTrustedUntil = System.nanoTime() + RETENTION_TRUSTED_NANOS;
    }
    return retentionNanos;
  }

  /** Columns: name, duration, shardGroupDuration, replicaN, default. */
  private long retentionOfPolicy() throws StoreUnavailableException {
    String wanted = settings.retentionPolicy();
    String on = InfluxQl.identifier(settings.databaseName());
    for (List<@Nullable String> row : rows("SHOW RETENTION POLICIES ON " + on)) {
      if (row.size() < 5) {
        continue;
      }
      boolean ours = wanted.isEmpty() ? "true".equals(row.get(4)) : wanted.equals(row.get(0));
      if (ours) {
        return InfluxQl.durationNanos(String.valueOf(row.get(1)));
      }
    }
    return 0;
  }

  private long retentionOfBucket() throws StoreUnavailableException {
    JsonNode bucket = bucket();
    long seconds =
        bucket == null ? 0 : bucket.path("retentionRules").path(0).path("everySeconds").asLong();
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  private List<List<@Nullable String>> rows(String influxQl) throws StoreUnavailableException {
    List<List<@Nullable String>> rows = new ArrayList<>();
    connection.query(influxQl, (series, values) -> rows.add(new ArrayList<>(values)));
    return rows;
  }

  private HttpUrl url(String... path) {
    HttpUrl.Builder url = Dialect.base(settings);
    for (String segment : path) {
      url.addPathSegment(segment);
    }
    return url.build();
  }

  private JsonNode get(HttpUrl url) throws StoreUnavailableException {
    return connection.call(
        new Request.Builder().url(url).build(), (response, body) -> JSON.readTree(orEmpty(body)));
  }

  private void post(HttpUrl url, Map<String, Object> content) throws StoreUnavailableException {
    byte[] bytes;
    try {
      bytes = JSON.writeValueAsBytes(content);
    } catch (IOException e) {
      throw new IllegalStateException("a map of texts is JSON", e);
    }
    connection.call(
        new Request.Builder().url(url).post(RequestBody.create(bytes, JSON_TYPE)).build(),
        (response, body) -> true);
  }
}
