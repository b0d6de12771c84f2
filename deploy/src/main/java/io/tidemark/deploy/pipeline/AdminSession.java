package io.tidemark.deploy.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import javax.net.ssl.SSLContext;

/**
 * Somebody at ingest's pages, as a browser is: becomes the first administrator, logs in, and has
 * keys and enrolment tokens made. Used by one thread.
 */
public final class AdminSession {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int NO_CONTENT = 204;
  private static final int TOO_MANY = 429;

  private final URI api;
  private final HttpClient browser;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * Nobody yet; asks nothing.
   *
   * @param tls whom to believe there
   */
  public AdminSession(URI api, SSLContext tls) {
    this.api = api;
    this.browser =
        HttpClient.newBuilder()
            .connectTimeout(TIMEOUT)
            .sslContext(tls)
            .cookieHandler(new CookieManager())
            .build();
  }

  /** An answer that was not the one to be had. */
  public static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;
    private final int status;

    RefusedException(String what, int status, String words) {
      super("%s answered %d: %s".formatted(what, status, words));
      this.status = status;
    }

    /** Whether another time may be answered otherwise: it was busy, or something behind it away. */
    public boolean isForNow() {
      return status >= 500 || status == TOO_MANY;
    }
  }

  /** Whether ingest waits for its first administrator. */
  public boolean isSetupOpen() throws IOException, InterruptedException {
    return send("GET", "/api/v1/session", "", OK).path("setup").asBoolean();
  }

  /**
   * Becomes an administrator, by ingest's token.
   *
   * @throws RefusedException if that is not the token, or name or password are none
   */
  public void setUp(String token, String name, String password)
      throws IOException, InterruptedException {
    JsonNode unused =
        post(
            "/api/v1/session/setup",
            Map.of("token", token, "name", name, "password", password),
            CREATED);
  }

  /**
   * Logs in.
   *
   * @throws RefusedException if name or password are wrong
   */
  public void logIn(String name, String password) throws IOException, InterruptedException {
    JsonNode unused =
        post("/api/v1/session", Map.of("name", name, "password", password), NO_CONTENT);
  }

  /** Has an API key made; returns it. */
  public String key(String name, String role, Duration validFor)
      throws IOException, InterruptedException {
    Map<String, String> asked =
        Map.of("name", name, "role", role, "expiresAt", Instant.now().plus(validFor).toString());
    return post("/api/v1/keys", asked, CREATED).path("secret").asText();
  }

  /** Has an enrolment token made, of what the API takes; returns it. */
  public String enrolmentToken(Map<String, ?> asked) throws IOException, InterruptedException {
    return post("/api/v1/enrolment-tokens", asked, CREATED).path("token").asText();
  }

  private JsonNode post(String path, Map<String, ?> body, int status)
      throws IOException, InterruptedException {
    return send("POST", path, json.writeValueAsString(body), status);
  }

  private JsonNode send(String method, String path, String body, int status)
      throws IOException, InterruptedException {
    String what = method + " " + path;
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve(path))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .header("Tidemark-Request", "setup") // what pages send, too
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> answer;
    try {
      answer = browser.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IOException("%s at %s: %s".formatted(what, api, e), e);
    }
    if (answer.statusCode() != status) {
      throw new RefusedException(what, answer.statusCode(), answer.body());
    }
    return json.readTree(answer.body().isEmpty() ? "null" : answer.body());
  }
}
