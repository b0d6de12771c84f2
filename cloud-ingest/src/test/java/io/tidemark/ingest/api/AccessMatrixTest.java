package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.ApiKeys;
import io.tidemark.ingest.access.Role;
import io.tidemark.ingest.audit.Actor;
import io.vertx.ext.web.Router;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may do what, at every address there is: the table {@code access-matrix.txt} says. */
@QuarkusTest
@TestProfile(Secured.class)
@Timeout(120)
final class AccessMatrixTest {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> COLUMNS =
      List.of("none", "viewer", "operator", "admin", "gateway", "void", "expired");
  private static final Set<String> REFUSALS = Set.of("401", "403");

  @TestHTTPResource("/")
  URI root;

  @Inject Access access;
  @Inject Router router;

  /** What is expected, by method and path, in the order of the columns. */
  private final Map<String, List<String>> table = new LinkedHashMap<>();

  /** Those of its rows that are of no route by themselves. */
  private final Set<String> behindMounts = new HashSet<>();

  /** What the API's description says of an operation, by method and path. */
  private final Map<String, JsonNode> described = new LinkedHashMap<>();

  @BeforeEach
  void read() throws Exception {
    try (InputStream in = AccessMatrixTest.class.getResourceAsStream("/access-matrix.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        List<String> words = List.of(line.substring(1).strip().split(" +"));
        assertThat(words).as(line).hasSize(2 + COLUMNS.size());
        if (line.startsWith("+")) {
          behindMounts.add(words.get(0) + " " + words.get(1));
        }
        assertThat(table.put(words.get(0) + " " + words.get(1), words.subList(2, words.size())))
            .as("rows of " + line)
            .isNull();
      }
    }
    String key = key("reader", Role.VIEWER, Duration.ofHours(1)).secret();
    given().auth().oauth2(key).get("/q/openapi?format=json").then().statusCode(200);
    JsonNode api =
        JSON.readTree(given().auth().oauth2(key).get("/q/openapi?format=json").asString());
    for (Map.Entry<String, JsonNode> path : api.path("paths").properties()) {
      for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
        described.put(
            method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(), method.getValue());
      }
    }
  }

  private ApiKeys.Made key(String name, Role role, Duration good) throws Exception {
    return access
        .keys()
        .make(Actor.INGEST, name, role, System.currentTimeMillis() * 1_000_000 + good.toNanos());
  }

  @Test
  void everyAddressHasItsRow() {
    Set<String> there = new TreeSet<>(described.keySet());
    router.getRoutes().stream()
        .filter(route -> route.getPath() != null && !route.getPath().equals("/"))
        .forEach(
            route -> {
              Set<io.vertx.core.http.HttpMethod> methods = route.methods();
              String method =
                  methods == null || methods.isEmpty()
                      ? "GET"
                      : methods.stream()
                          .map(Object::toString)
                          .filter(name -> !name.equals("HEAD"))
                          .collect(Collectors.joining("|"));
              there.add(method + " " + route.getPath() + (route.isExactPath() ? "" : "*"));
            });
    there.add("GET /");
    there.addAll(behindMounts);
    assertThat(table.keySet()).containsExactlyInAnyOrderElementsOf(there);
  }

  @Test
  void everybodyGetsWhatTheTableSays() throws Exception {
    ApiKeys.Made revoked = key("revoked", Role.ADMIN, Duration.ofHours(1));
    access.keys().revoke(Actor.INGEST, revoked.key().id());
    String expired = key("expired", Role.ADMIN, Duration.ofMillis(50)).secret();
    await().until(() -> status("GET /api/v1/users", "Authorization", "Bearer " + expired) == 401);
    List<String[]> credentials = new ArrayList<>();
    credentials.add(new String[] {"Accept", "*/*"});
    for (Role role : Role.values()) {
      credentials.add(bearer(key(role.word(), role, Duration.ofHours(1)).secret()));
    }
    credentials.add(new String[] {GatewayByHeader.HEADER, "g1"});
    credentials.add(bearer(revoked.secret()));
    credentials.add(bearer(expired));

    SoftAssertions softly = new SoftAssertions();
    for (Map.Entry<String, List<String>> row : table.entrySet()) {
      for (int i = 0; i < COLUMNS.size(); i++) {
        HttpResponse<InputStream> answer =
            ask(row.getKey(), credentials.get(i)[0], credentials.get(i)[1]);
        String what = COLUMNS.get(i) + " at " + row.getKey();
        String status = Integer.toString(answer.statusCode());
        softly
            .assertThat(REFUSALS.contains(status) ? status : "ok")
            .as(what)
            .isEqualTo(row.getValue().get(i));
        if (REFUSALS.contains(status) && isProblem(answer)) {
          softly
              .assertThat(JSON.readTree(answer.body()).path("detail").asText())
              .as(what)
              .contains("needs the role " + needed(row.getValue()));
        }
        answer.body().close();
      }
    }
    softly.assertAll();
  }

  /**
   * Enrolment looks at tokens and certificates, and says in plain words what is wrong with them.
   */
  private static boolean isProblem(HttpResponse<InputStream> answer) {
    return !answer.headers().firstValue("Content-Type").orElse("").startsWith("text/plain");
  }

  /** The first column of whom it is not refused. */
  private static String needed(List<String> row) {
    for (int i = 1; i < row.size(); i++) {
      if (row.get(i).equals("ok")) {
        return COLUMNS.get(i);
      }
    }
    return "of nobody";
  }

  private static String[] bearer(String secret) {
    return new String[] {"Authorization", "Bearer " + secret};
  }

  private int status(String operation, String header, String value) throws Exception {
    HttpResponse<InputStream> answer = ask(operation, header, value);
    answer.body().close();
    return answer.statusCode();
  }

  /** The answer as far as its headers: a stream never ends. */
  private HttpResponse<InputStream> ask(String operation, String header, String value)
      throws IOException, InterruptedException {
    String method = operation.substring(0, operation.indexOf(' '));
    String path =
        operation
            .substring(operation.indexOf(' ') + 1)
            .replaceAll("\\{[^}]+}|:\\w+", "1")
            .replace("*", "x");
    JsonNode types =
        described.getOrDefault(operation, JSON.nullNode()).path("requestBody").path("content");
    HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path)).header(header, value);
    if (types.isEmpty()) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", types.fieldNames().next())
          .method(method, HttpRequest.BodyPublishers.ofString("{}"));
    }
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
  }
}
