package io.tidemark.sim.verify;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.tidemark.sim.verify.DeviceLedger.GroupReport;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The platform's public API, as far as the verifier needs it. Reads lists page by page and holds
 * one page. What fails for a passing reason is asked again a few times. Not thread-safe.
 */
final class Api {
  /** Takes what a list holds, one by one. */
  @FunctionalInterface
  interface Each<T> {
    void take(T item) throws IOException;
  }

  /** Rows asked for at a time. */
  static final int PAGE_ROWS = 1_000;

  /** Quarantined items asked for at a time: fewer, as each comes with its payload. */
  private static final int PAGE_QUARANTINED = 100;

  /** Most bytes a page may have: 64 MiB. */
  private static final int PAGE_MAX_BYTES = 64 << 20;

  private static final int TRIES_MAX = 5;
  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);

  private final JsonFactory json = new JsonFactory();
  private HttpClient client = client().build();
  private final String base;
  private String apiKey = "";

  /** What each gateway group had committed when this began. */
  private Map<String, GroupReport> atFirst = Map.of();

  /** Does no I/O. */
  Api(URI api) {
    String text = api.toString();
    this.base = (text.endsWith("/") ? text.substring(0, text.length() - 1) : text) + "/api/v1";
  }

  private static HttpClient.Builder client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(CONNECT_TIMEOUT);
  }

  /**
   * Asks in this way from now on.
   *
   * @param key to send; none if it is empty
   * @param tls whom to believe; null for those that Java knows
   */
  void with(String key, @Nullable SSLContext tls) {
    apiKey = key;
    if (tls != null) {
      client = client().sslContext(tls).build();
    }
  }

  /** Fails unless a ledger answers at the address. */
  void probe() throws IOException, InterruptedException {
    byte[] answer = get("/ledger", TRIES_MAX);
    if (answer == null) {
      throw new CannotCheckException(
          "there is no Tidemark API at " + base + " (GET /ledger answers 404)", null);
    }
    atFirst = parse("/ledger", answer, ApiJson::groups);
  }

  /**
   * True if a gateway group has not forwarded yet what it had committed when {@link #probe} asked,
   * as far as ingest knows.
   */
  boolean isForwarding() throws IOException, InterruptedException {
    byte[] answer = get("/ledger", TRIES_MAX);
    if (answer == null) {
      return false;
    }
    Map<String, GroupReport> now = parse("/ledger", answer, ApiJson::groups);
    return atFirst.entrySet().stream()
        .anyMatch(
            group -> {
              GroupReport report = now.getOrDefault(group.getKey(), group.getValue());
              return report.forwarded() < group.getValue().committed();
            });
  }

  /** All rows of a device in a time range (the whole of time where the range is null). */
  void readings(String device, @Nullable String range, Each<Row> each)
      throws IOException, InterruptedException {
    String path = "/devices/" + encoded(device) + "/readings?limit=" + PAGE_ROWS;
    pages(range == null ? path : path + "&" + range, parser -> ApiJson.row(parser), each);
  }

  /** What the ledger says; nothing of an unknown device. */
  DeviceLedger ledger(String device) throws IOException, InterruptedException {
    String path = "/devices/" + encoded(device) + "/ledger";
    byte[] answer = get(path, TRIES_MAX);
    if (answer == null) {
      return DeviceLedger.NONE;
    }
    return parse(path, answer, ApiJson::ledger);
  }

  /** What is in the quarantine of a device. */
  void quarantine(String device, Each<QuarantinedItem> each)
      throws IOException, InterruptedException {
    String path = "/quarantine?device=" + encoded(device) + "&limit=" + PAGE_QUARANTINED;
    pages(path, ApiJson::quarantined, each);
  }

  /** The names of all devices. */
  void devices(Each<String> each) throws IOException, InterruptedException {
    pages("/devices?limit=" + PAGE_ROWS, ApiJson::device, each);
  }

  /** Waits, for something the platform is still doing. */
  static void pause(long millis) throws InterruptedException {
    if (new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("nobody opens this latch");
    }
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private <T> void pages(String path, ApiJson.Element<T> element, Each<T> each)
      throws IOException, InterruptedException {
    String cursor = null;
    do {
      String page = cursor == null ? path : path + "&cursor=" + encoded(cursor);
      byte[] answer = get(page, TRIES_MAX);
      if (answer == null) {
        return;
      }
      String before = cursor;
      ApiJson.Page<T> items = parse(page, answer, parser -> ApiJson.page(parser, element));
      for (T item : items.items()) {
        each.take(item);
      }
      cursor = items.next();
      if (cursor != null && cursor.equals(before)) {
        throw new CannotCheckException(
            "GET " + base + page + " gave the cursor it was asked with: the pages never end", null);
      }
    } while (cursor != null);
  }

  private <T> T parse(String path, byte[] answer, ApiJson.Element<T> element) throws IOException {
    try (JsonParser parser = json.createParser(answer)) {
      parser.nextToken();
      return element.read(parser);
    } catch (JsonProcessingException | ApiJson.UnexpectedException e) {
      throw new CannotCheckException(
          "GET " + base + path + " answered what is not understood: " + e.getMessage(), e);
    }
  }

  /** The body, or null for 404. */
  private byte @Nullable [] get(String path, int triesMax)
      throws IOException, InterruptedException {
    HttpRequest request;
    try {
      HttpRequest.Builder asked =
          HttpRequest.newBuilder(URI.create(base + path))
              .timeout(REQUEST_TIMEOUT)
              .header("Accept", "application/json");
      if (!apiKey.isEmpty()) {
        asked.header("Authorization", "Bearer " + apiKey);
      }
      request = asked.build();
    } catch (IllegalArgumentException e) {
      throw new CannotCheckException("the API's URL must be like http://host:8080: " + base, e);
    }
    for (int attempt = 1; ; attempt++) {
      String trouble;
      IOException cause = null;
      try {
        HttpResponse<InputStream> response =
            client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
          byte[] bytes = body.readNBytes(PAGE_MAX_BYTES + 1);
          if (bytes.length > PAGE_MAX_BYTES) {
            throw new CannotCheckException(
                "GET " + base + path + " answered more than " + PAGE_MAX_BYTES + " bytes", null);
          }
          if (response.statusCode() == 200) {
            return bytes;
          }
          if (response.statusCode() == 404) {
            return null;
          }
          trouble = "answered " + response.statusCode() + ": " + beginning(bytes);
          if (response.statusCode() < 500 && response.statusCode() != 429) {
            throw new CannotCheckException("GET " + base + path + " " + trouble, null);
          }
        }
      } catch (CannotCheckException e) {
        throw e;
      } catch (IOException e) {
        trouble = "failed: " + e;
        cause = e;
      }
      if (attempt >= triesMax) {
        throw new CannotCheckException(
            "GET %s%s %s (tried %d times)".formatted(base, path, trouble, attempt), cause);
      }
      pause(FIRST_PAUSE_MILLIS << (attempt - 1));
    }
  }

  private static String beginning(byte[] bytes) {
    String text = new String(bytes, 0, Math.min(200, bytes.length), StandardCharsets.UTF_8);
    return text.replaceAll("\\p{Cntrl}", " ");
  }
}
