package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tidemark.identity.Credential;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Pem;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.ApiKeys;
import io.tidemark.ingest.access.Role;
import io.tidemark.ingest.accesslist.AccessLists;
import io.tidemark.ingest.accesslist.ShutOuts;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.identity.Requests;
import io.tidemark.ingest.sql.Sql;
import io.vertx.ext.web.Router;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what, at every address there is: the table {@code access-matrix.txt} says. */
@QuarkusTest
@TestProfile(Secured.class)
@Timeout(120)
final class AccessMatrixTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> REFUSALS = Set.of("401", "403");
  private static final String[] NOTHING = {"Accept", "*/*"};
  private static final Answer UNHEARD = new Answer("tls", null);
  private static final String RENEWAL = EstClient.PATH + "/simplereenroll";

  private static final List<String> COLUMNS =
      List.of(
          "none",
          "viewer",
          "operator",
          "admin",
          "gateway",
          "void",
          "expired",
          "device",
          "ingest",
          "ended",
          "out",
          "stale",
          "foreign",
          "barred");

  @TestHTTPResource(value = "/", tls = true)
  URI root;

  @ConfigProperty(name = "tidemark.identity.dir")
  Path authority;

  @TempDir Path elsewhere;

  @Inject Access access;
  @Inject Router router;
  @Inject ShutOuts shutOuts;
  @Inject AccessLists lists;
  @Inject Sql sql;

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

  /**
   * One who asks.
   *
   * @param client shows its certificate, if it has one
   * @param header with its API key, if it has one
   * @param identity whose certificate it has, or would like to have
   */
  private record Caller(HttpClient client, String[] header, Identity identity) {}

  @Test
  void everybodyGetsWhatTheTableSays() throws Exception {
    List<Caller> callers = new ArrayList<>();
    for (String column : COLUMNS) {
      callers.add(caller(column));
    }
    SoftAssertions softly = new SoftAssertions();
    Set<Caller> unheard = new HashSet<>(); // whom the handshake has ended, whatever it was for
    for (Map.Entry<String, List<String>> row : table.entrySet()) {
      for (int i = 0; i < COLUMNS.size(); i++) {
        Caller caller = callers.get(i);
        Answer answer = unheard.contains(caller) ? UNHEARD : answer(row.getKey(), caller);
        if (answer.equals(UNHEARD)) {
          unheard.add(caller);
        }
        String what = COLUMNS.get(i) + " at " + row.getKey();
        softly.assertThat(answer.word).as(what).isEqualTo(row.getValue().get(i));
        if (answer.detail != null) {
          softly
              .assertThat(answer.detail)
              .as(what)
              .contains("needs the role " + needed(row.getValue()));
        }
      }
    }
    softly.assertAll();
  }

  /**
   * What the table has for an answer.
   *
   * @param detail why it is refused; null if it is not, or plain words say it
   */
  private record Answer(String word, @Nullable String detail) {}

  private Answer answer(String operation, Caller caller) throws Exception {
    HttpResponse<InputStream> answer;
    try {
      answer = ask(operation, caller);
    } catch (IOException e) {
      return UNHEARD;
    }
    String type = answer.headers().firstValue("Content-Type").orElse("");
    try (InputStream body = answer.body()) {
      // A stream never ends; all else is read, so that the connection goes on.
      byte[] bytes = type.startsWith("text/event-stream") ? new byte[0] : body.readAllBytes();
      String status = Integer.toString(answer.statusCode());
      if (!REFUSALS.contains(status)) {
        return new Answer("ok", null);
      }
      // Enrolment looks at tokens and certificates, and says in plain words what is wrong with
      // them.
      return new Answer(
          status,
          type.startsWith("text/plain") ? null : JSON.readTree(bytes).path("detail").asText());
    }
  }

  private Caller caller(String column) throws Exception {
    return switch (column) {
      case "none" -> bearing(NOTHING);
      case "viewer", "operator", "admin" ->
          bearing(key(column, Role.of(column).orElseThrow(), Duration.ofHours(1)));
      case "void" -> {
        ApiKeys.Made revoked = key("revoked", Role.ADMIN, Duration.ofHours(1));
        access.keys().revoke(Actor.INGEST, revoked.key().id());
        yield bearing(revoked);
      }
      case "expired" -> {
        Caller expired = bearing(key("expired", Role.ADMIN, Duration.ofMillis(50)));
        await()
            .atMost(Duration.ofSeconds(40))
            .until(() -> status("GET /api/v1/users", expired) == 401);
        yield expired;
      }
      default -> {
        Credential credential = credential(column);
        yield new Caller(client(credential), NOTHING, credential.identity());
      }
    };
  }

  private Caller bearing(ApiKeys.Made key) throws Exception {
    return bearing("Authorization", "Bearer " + key.secret());
  }

  private Caller bearing(String... header) throws Exception {
    return new Caller(client(null), header, device("nobody"));
  }

  /** Of who shows a certificate. */
  private Credential credential(String column) throws Exception {
    Clock now = Clock.systemUTC();
    return switch (column) {
      case "gateway" -> issued(Duration.ZERO, gateway("g1"));
      case "device" -> issued(Duration.ZERO, device("d1"));
      case "ingest" ->
          issued(Duration.ZERO, new Identity(io.tidemark.identity.Role.INGEST, "ingest"));
      case "ended" -> issued(Duration.ofDays(60), gateway("g2"));
      case "out" -> {
        shutOuts.shutOut(Actor.INGEST, gateway("g3"), "a test");
        yield issued(Duration.ZERO, gateway("g3"));
      }
      case "stale" -> {
        sql.write(
            connection -> {
              ShutOuts.supersede(connection, gateway("g4"), now.millis(), now);
              return true;
            });
        lists.refresh();
        yield issued(Duration.ofDays(1), gateway("g4"));
      }
      case "barred" -> {
        shutOuts.shutOut(Actor.INGEST, device("d2"), "a test");
        yield issued(Duration.ZERO, device("d2"));
      }
      case "foreign" -> Requests.issued(elsewhere, now, Duration.ZERO, gateway("g5"));
      default -> throw new AssertionError("there is no " + column);
    };
  }

  private Credential issued(Duration before, Identity identity) throws Exception {
    return Requests.issued(authority, Clock.systemUTC(), before, identity);
  }

  private static Identity device(String name) {
    return new Identity(io.tidemark.identity.Role.DEVICE, name);
  }

  private static Identity gateway(String name) {
    return new Identity(io.tidemark.identity.Role.GATEWAY, name);
  }

  private HttpClient client(@Nullable Credential own) throws Exception {
    Trust trust = new Trust(Pem.certificates(Files.readString(authority.resolve("root.pem"))));
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .sslContext(
            Tls.client(
                new ServerTrust(trust, server -> Instant.now()),
                own == null ? null : new OwnCredential(own)))
        .build();
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

  private int status(String operation, Caller caller) throws Exception {
    HttpResponse<InputStream> answer = ask(operation, caller);
    answer.body().close();
    return answer.statusCode();
  }

  /** The answer as far as its headers: a stream never ends. */
  private HttpResponse<InputStream> ask(String operation, Caller caller) throws Exception {
    String method = operation.substring(0, operation.indexOf(' '));
    String path =
        operation
            .substring(operation.indexOf(' ') + 1)
            .replaceAll("\\{[^}]+}|:\\w+", "1")
            .replace("*", "x");
    JsonNode types =
        described.getOrDefault(operation, JSON.nullNode()).path("requestBody").path("content");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(root.resolve(path)).header(caller.header[0], caller.header[1]);
    if (path.equals(RENEWAL)) {
      request
          .header("Content-Type", "application/pkcs10")
          .method(method, HttpRequest.BodyPublishers.ofByteArray(Requests.of(caller.identity)));
    } else if (types.isEmpty()) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", types.fieldNames().next())
          .method(method, HttpRequest.BodyPublishers.ofString("{}"));
    }
    return caller.client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
  }
}
