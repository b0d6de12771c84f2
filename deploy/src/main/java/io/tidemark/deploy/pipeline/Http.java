package io.tidemark.deploy.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** JSON over HTTP, as much as is needed to ask ingest and gateways. Thread-safe. */
public final class Http {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** With TLS it counts until hands are shaken. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient client;
  private final Duration timeout;
  private final String apiKey;

  /** Patient enough for whatever is asked of ingest. */
  public Http() {
    this(TIMEOUT);
  }

  /** With another patience. */
  public Http(Duration timeout) {
    this(client().build(), timeout, "");
  }

  private Http(HttpClient client, Duration timeout, String apiKey) {
    this.client = client;
    this.timeout = timeout;
    this.apiKey = apiKey;
  }

  private static HttpClient.Builder client() {
    return HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT);
  }

  /**
   * The same, asking in another way.
   *
   * @param key an API key to send; none if it is empty
   * @param tls whom to believe; null for those that Java knows
   */
  public Http with(String key, @Nullable SSLContext tls) {
    return new Http(tls == null ? client : client().sslContext(tls).build(), timeout, key);
  }

  /** The same with another patience. */
  public Http patient(Duration limit) {
    return new Http(client, limit, apiKey);
  }

  /**
   * What a GET answers.
   *
   * @throws IOException if there is no answer, or another than 200
   */
  public JsonNode get(String url) throws IOException, InterruptedException {
    return json.readTree(send(HttpRequest.newBuilder(URI.create(url))));
  }

  /** What a GET answers, as text. */
  public String getText(String url) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(URI.create(url)));
  }

  /** What a POST of JSON answers. */
  public JsonNode post(String url, String body) throws IOException, InterruptedException {
    return json.readTree(send(posting(url, body)));
  }

  /** What a PUT of JSON answers, in the place of what has this entity tag. */
  public JsonNode put(String url, String etag, String body)
      throws IOException, InterruptedException {
    return json.readTree(
        send(
            HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .header("If-Match", etag)
                .PUT(HttpRequest.BodyPublishers.ofString(body))));
  }

  /** What a DELETE answers. */
  public JsonNode delete(String url) throws IOException, InterruptedException {
    return json.readTree(send(HttpRequest.newBuilder(URI.create(url)).DELETE()));
  }

  private static HttpRequest.Builder posting(String url, String body) {
    return HttpRequest.newBuilder(URI.create(url))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  /**
   * An answer of any kind.
   *
   * @param status HTTP's
   * @param body as it came
   */
  public record Answer(int status, String body) {}

  /**
   * What a POST of JSON answers, whatever its status.
   *
   * @throws IOException if there is no answer
   */
  public Answer tryPost(String url, String body) throws IOException, InterruptedException {
    HttpResponse<String> response = exchange(signed(posting(url, body)).timeout(timeout).build());
    return new Answer(response.statusCode(), response.body());
  }

  /** True if a GET answers 200. */
  public boolean isOk(String url) throws InterruptedException {
    try {
      getText(url);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Why a GET does not answer 200; empty if it does. */
  public String trouble(String url) throws InterruptedException {
    try {
      getText(url);
      return "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** True if there is an HTTP server that answers a GET, whatever it says. */
  public boolean answers(String url) throws InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(timeout).build();
      client.send(request, HttpResponse.BodyHandlers.discarding());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpRequest built = signed(request).timeout(timeout).build();
    HttpResponse<String> response = exchange(built);
    if (response.statusCode() != 200) {
      throw new IOException(
          "%s %s answered %d: %s"
              .formatted(built.method(), built.uri(), response.statusCode(), response.body()));
    }
    return response.body();
  }

  private HttpRequest.Builder signed(HttpRequest.Builder request) {
    return apiKey.isEmpty() ? request : request.header("Authorization", "Bearer " + apiKey);
  }

  private HttpResponse<String> exchange(HttpRequest request)
      throws IOException, InterruptedException {
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }
}
