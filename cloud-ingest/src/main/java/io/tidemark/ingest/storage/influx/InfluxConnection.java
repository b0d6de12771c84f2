package io.tidemark.ingest.storage.influx;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.influxdb.client.InfluxDBClient;
import com.influxdb.client.InfluxDBClientFactory;
import com.influxdb.client.InfluxDBClientOptions;
import com.influxdb.client.WriteApiBlocking;
import com.influxdb.client.domain.WritePrecision;
import com.influxdb.exceptions.InfluxException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import okhttp3.FormBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.jspecify.annotations.Nullable;

/**
 * The way to one InfluxDB: writes, queries, and what their answers mean. Thread-safe; does nothing
 * before it is used.
 */
final class InfluxConnection implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration QUERY_TIMEOUT = Duration.ofMinutes(2);

  /** Somebody has to set something right; asking more often does not make them quicker. */
  static final int MISCONFIGURED_RETRY_SECONDS = 5;

  private static final int STATEMENTS_A_REQUEST = 200;

  private static final int MESSAGE_MAX_CHARS = 2_000;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final InfluxSettings settings;
  private final Dialect dialect;
  private final OkHttpClient queries;

  /** Asks for all rows, which takes as long as it takes: as long as something comes, it goes on. */
  private final OkHttpClient scans;

  private final InfluxDBClient client;
  private final WriteApiBlocking writes;
  private final InfluxDatabase database;

  InfluxConnection(InfluxSettings settings) {
    this.settings = settings;
    dialect = new Dialect(settings);
    OkHttpClient.Builder base =
        new OkHttpClient.Builder()
            .connectTimeout(CONNECT_TIMEOUT)
            .readTimeout(settings.requestTimeout())
            .writeTimeout(settings.requestTimeout())
            .callTimeout(settings.requestTimeout())
            .retryOnConnectionFailure(false)
            .addInterceptor(dialect);
    queries = base.build().newBuilder().callTimeout(QUERY_TIMEOUT).build();
    scans = queries.newBuilder().callTimeout(Duration.ZERO).build();
    client =
        InfluxDBClientFactory.create(
            InfluxDBClientOptions.builder()
                .url(Dialect.base(settings).build().toString())
                .bucket(settings.database())
                .org(settings.org().isEmpty() ? "-" : settings.org())
                .okHttpClient(base)
                .build());
    if (settings.gzip()) {
      client.enableGzip();
    }
    writes = client.getWriteApiBlocking();
    database = new InfluxDatabase(settings, dialect, this);
  }

  InfluxSettings settings() {
    return settings;
  }

  /**
   * Knows the server's generation, and that the database is there.
   *
   * @throws StoreUnavailableException why that cannot be said now
   */
  void ensureReady() throws StoreUnavailableException {
    database.ensureReady();
  }

  /**
   * Asks the server whether the database is there now.
   *
   * @throws StoreUnavailableException why not
   */
  void check() throws StoreUnavailableException {
    database.check();
  }

  /** How long the database keeps rows, in nanoseconds; 0 for ever or not known. */
  long retentionNanos() throws StoreUnavailableException {
    return database.retentionNanos();
  }

  /**
   * Writes lines, all or none or some of them.
   *
   * @throws RefusedException if they, or some of them, are at fault
   * @throws BusyServerException if it may work later
   * @throws StoreUnavailableException if somebody has to set something right first
   */
  void write(String lines) throws RefusedException, BusyServerException, StoreUnavailableException {
    try {
      writes.writeRecord(WritePrecision.NS, lines);
    } catch (InfluxException e) {
      int status = e.status();
      if (status < 100) {
        throw new BusyServerException("no answer from " + settings.url() + ": " + reason(e), 0, e);
      }
      String message = message(e);
      switch (Answers.of(status, message)) {
        case REFUSED -> throw new RefusedException(status, message);
        case BUSY ->
            throw new BusyServerException(
                "InfluxDB at %s says %d: %s".formatted(settings.url(), status, shortened(message)),
                Answers.retryAfterSeconds(header(e.headers(), "Retry-After"), Instant.now()),
                e);
        case MISCONFIGURED -> throw misconfigured(status, shortened(message), e);
      }
    }
  }

  private StoreUnavailableException misconfigured(
      int status, String message, @Nullable Exception cause) {
    database.forget();
    return new StoreUnavailableException(
        Answers.advice(settings, status, message), cause, MISCONFIGURED_RETRY_SECONDS);
  }

  /**
   * Asks in InfluxQL; the answer is JSON in chunks, with times in nanoseconds.
   *
   * @param influxQl one statement, or several between semicolons
   * @param rows gets each row of the answer
   */
  void query(String influxQl, QueryAnswer.RowReader rows) throws StoreUnavailableException {
    query(queries, influxQl, rows);
  }

  /** The same of an answer so long that it may take any time, as long as it goes on coming. */
  void scan(String influxQl, QueryAnswer.RowReader rows) throws StoreUnavailableException {
    query(scans, influxQl, rows);
  }

  private void query(OkHttpClient http, String influxQl, QueryAnswer.RowReader rows)
      throws StoreUnavailableException {
    FormBody.Builder form =
        new FormBody.Builder()
            .add("db", settings.databaseName())
            .add("epoch", "ns")
            .add("chunked", "true")
            .add("q", influxQl);
    if (!settings.retentionPolicy().isEmpty()) {
      form.add("rp", settings.retentionPolicy());
    }
    call(
        http,
        new Request.Builder()
            .url(Dialect.base(settings).addPathSegment("query").build())
            .header("Accept", "application/json")
            .post(form.build())
            .build(),
        (response, body) -> {
          QueryAnswer.read(body.byteStream(), rows);
          return true;
        });
  }

  /**
   * Asks several statements, many in a request; 3 takes only one in each.
   *
   * @param rows gets each row of the answers
   */
  void queryEach(List<String> influxQl, QueryAnswer.RowReader rows)
      throws StoreUnavailableException {
    int together = dialect.version() == InfluxVersion.V3 ? 1 : STATEMENTS_A_REQUEST;
    for (int i = 0; i < influxQl.size(); i += together) {
      query(String.join(";", influxQl.subList(i, Math.min(influxQl.size(), i + together))), rows);
    }
  }

  /** Reads an answer that is no refusal. */
  @FunctionalInterface
  interface ResponseReader<T> {
    T read(Response response, ResponseBody body) throws IOException;
  }

  /** Sends any request and reads its answer. */
  <T> T call(Request request, ResponseReader<T> reader) throws StoreUnavailableException {
    return call(queries, request, reader);
  }

  private <T> T call(OkHttpClient http, Request request, ResponseReader<T> reader)
      throws StoreUnavailableException {
    try (Response response = http.newCall(request).execute();
        ResponseBody body = response.body()) {
      if (body == null) {
        throw new IOException("no body");
      }
      if (response.isSuccessful()) {
        return reader.read(response, body);
      }
      String header = response.header("X-Influxdb-Error");
      String message = header == null ? shortened(body.string()) : header;
      if (Answers.of(response.code(), message) == Answers.Meaning.MISCONFIGURED) {
        throw misconfigured(response.code(), message, null);
      }
      throw new StoreUnavailableException(
          "InfluxDB at %s says %d: %s".formatted(settings.url(), response.code(), message),
          null,
          Answers.retryAfterSeconds(response.header("Retry-After"), Instant.now()));
    } catch (MissingDatabaseException e) {
      throw misconfigured(404, String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "no (whole) answer from InfluxDB at %s: %s".formatted(settings.url(), e), e);
    }
  }

  /**
   * What the body says: {@code error} (1.x, 3) or {@code message} (2.x), and behind it, as JSON,
   * what 3 says of single lines in {@code data}.
   */
  private static String message(InfluxException e) {
    Map<String, Object> body = e.errorBody();
    Object said = body.getOrDefault("error", body.getOrDefault("message", e.getMessage()));
    Object lines = body.get("data");
    if (lines == null) {
      return said == null ? "no reason given" : said.toString();
    }
    try {
      return said + " " + JSON.writeValueAsString(lines);
    } catch (JsonProcessingException notJson) {
      return String.valueOf(said);
    }
  }

  private static String reason(InfluxException e) {
    Throwable cause = e.getCause();
    return cause == null ? String.valueOf(e.getMessage()) : cause.toString();
  }

  private static @Nullable String header(Map<String, String> headers, String name) {
    for (Map.Entry<String, String> header : headers.entrySet()) {
      if (header.getKey().equalsIgnoreCase(name)) {
        return header.getValue();
      }
    }
    return null;
  }

  private static String shortened(String message) {
    String line = message.strip();
    return line.length() <= MESSAGE_MAX_CHARS ? line : line.substring(0, MESSAGE_MAX_CHARS) + "...";
  }

  @Override
  public void close() {
    client.close();
    queries.dispatcher().executorService().shutdown();
    queries.connectionPool().evictAll();
  }
}
