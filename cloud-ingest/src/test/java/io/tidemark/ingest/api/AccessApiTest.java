package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static io.tidemark.ingest.api.Secured.PASSWORD;
import static io.tidemark.ingest.api.Secured.by;
import static io.tidemark.ingest.api.Secured.cookie;
import static io.tidemark.ingest.api.Secured.json;
import static io.tidemark.ingest.api.Secured.logIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.tidemark.ingest.ForwardClient;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.AccessSettings;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.Routes;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Users, sessions, keys and the audit over HTTP. Each test has users and keys of its own. */
@QuarkusTest
@TestProfile(Secured.class)
@Timeout(120)
final class AccessApiTest {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TestHTTPResource("/")
  URI root;

  @Inject Access access;

  private String admin = "";

  @BeforeEach
  void enter() {
    admin = Secured.admin();
  }

  private void makeUser(String name, String role) {
    by(admin)
        .body(Map.of("name", name, "role", role, "password", PASSWORD))
        .post("/api/v1/users")
        .then()
        .statusCode(201);
  }

  private Response makeKey(String name, String role) {
    Response made =
        by(admin)
            .body(
                Map.of(
                    "name", name,
                    "role", role,
                    "expiresAt", Instant.now().plus(1, ChronoUnit.HOURS).toString()))
            .post("/api/v1/keys");
    made.then().statusCode(201);
    return made;
  }

  @Test
  void theSettingsAreTaken() {
    assertThat(access.settings())
        .isEqualTo(
            new AccessSettings(
                AccessSettings.Security.ON, Duration.ofHours(2), Duration.ofHours(3)));
  }

  @Test
  void theTokenIsInTheLogOnceAndVoid() {
    assertThat(Secured.log().split(Secured.token(), -1)).as("around the token").hasSize(2);
    given().get("/api/v1/session").then().body("setup", equalTo(false)).body("role", nullValue());
    json()
        .body(Map.of("token", Secured.token(), "name", "eve", "password", PASSWORD))
        .post("/api/v1/session/setup")
        .then()
        .statusCode(401)
        .body("detail", containsString("new-admin-token"));
  }

  @Test
  void aSessionIsACookieThatScriptsCannotReadAndEndsWithTheLogout() {
    Response login = logIn("ada", PASSWORD);
    assertThat(login.header("Set-Cookie"))
        .matches("tidemark=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict");
    String session = cookie(login);
    by(session)
        .get("/api/v1/session")
        .then()
        .body("name", equalTo("ada"))
        .body("role", equalTo("admin"))
        .body("by", equalTo("session"));
    by(session)
        .delete("/api/v1/session")
        .then()
        .statusCode(204)
        .header("Set-Cookie", containsString("Max-Age=0"));
    by(session)
        .get("/api/v1/devices")
        .then()
        .statusCode(401)
        .contentType("application/problem+json")
        .header("WWW-Authenticate", containsString("Bearer"))
        .body("detail", containsString("the session is over; this needs the role viewer"));
  }

  @Test
  void onePasswordChangeEndsTheOtherSessionsAndALogoutEverywhereAll() {
    makeUser("bob", "viewer");
    String here = cookie(logIn("bob", PASSWORD));
    String elsewhere = cookie(logIn("Bob", PASSWORD));
    by(here)
        .body(Map.of("current", "not the password", "next", "an even longer one"))
        .put("/api/v1/session/password")
        .then()
        .statusCode(400)
        .body("parameter", equalTo("current"));
    by(here)
        .body(Map.of("current", PASSWORD, "next", "an even longer one"))
        .put("/api/v1/session/password")
        .then()
        .statusCode(204);
    by(here).get("/api/v1/devices").then().statusCode(200);
    by(elsewhere).get("/api/v1/devices").then().statusCode(401);
    logIn("bob", PASSWORD).then().statusCode(401);
    elsewhere = cookie(logIn("bob", "an even longer one"));
    by(here).delete("/api/v1/session?everywhere=true").then().statusCode(204);
    by(elsewhere).get("/api/v1/devices").then().statusCode(401);
  }

  @Test
  void whoFailsToLogInLearnsNothingAndMustWait() {
    makeUser("carl", "viewer");
    String ofUser = logIn("carl", "a wrong password").then().statusCode(401).extract().asString();
    String ofNobody =
        logIn("nobody-at-all", "a wrong password").then().statusCode(401).extract().asString();
    assertThat(ofUser).isEqualTo(ofNobody).contains("the name or the password is wrong");
    for (int i = 1; i < 10; i++) {
      logIn("carl", "a wrong password").then().statusCode(401);
    }
    Response waits = logIn("carl", PASSWORD);
    waits.then().statusCode(429).body("title", equalTo("Too many requests"));
    assertThat(Integer.parseInt(waits.header("Retry-After"))).isBetween(1, 30);
    logIn("ada", PASSWORD).then().statusCode(204);
  }

  @Test
  void anotherSiteCannotHaveTheBrowserChangeAnything() {
    String body = "{\"name\":\"forged\",\"role\":\"admin\",\"password\":\"" + PASSWORD + "\"}";
    json()
        .cookie("tidemark", admin)
        .body(body)
        .post("/api/v1/users")
        .then()
        .statusCode(403)
        .body("detail", containsString("needs the header Tidemark-Request"));
    for (String site : List.of("cross-site", "same-site")) {
      by(admin)
          .header("Sec-Fetch-Site", site)
          .body(body)
          .post("/api/v1/users")
          .then()
          .statusCode(403)
          .body("detail", containsString("another site"));
    }
    by(admin)
        .header("Origin", "http://evil.example")
        .body(body)
        .post("/api/v1/users")
        .then()
        .statusCode(403);
    json()
        .header("Sec-Fetch-Site", "cross-site")
        .body(Map.of("name", "ada", "password", PASSWORD))
        .post("/api/v1/session")
        .then()
        .statusCode(403);
    by(admin)
        .header("Origin", "http://" + root.getAuthority())
        .body(Map.of("role", "viewer", "enabled", true))
        .put("/api/v1/users/forged")
        .then()
        .statusCode(404);
    json()
        .auth()
        .oauth2(makeKey("script", "admin").path("secret"))
        .header("Origin", "http://evil.example")
        .body(Map.of("role", "viewer", "enabled", true))
        .put("/api/v1/users/forged")
        .then()
        .statusCode(404);
  }

  @Test
  void aKeyIsSaidOnceAndVoidWhenItIsRevoked() {
    Response made = makeKey("cron", "operator");
    String secret = made.path("secret");
    int id = made.path("key.id");
    assertThat(made.header("Cache-Control")).isEqualTo("no-store");
    given()
        .auth()
        .oauth2(secret)
        .get("/api/v1/session")
        .then()
        .body("name", equalTo("cron"))
        .body("role", equalTo("operator"))
        .body("by", equalTo("key"));
    String listed = by(admin).get("/api/v1/keys").then().statusCode(200).extract().asString();
    assertThat(listed).contains("cron").doesNotContain(secret);
    by(admin)
        .get("/api/v1/keys")
        .then()
        .body("items.find { it.id == " + id + " }.usedAt", containsString("Z"));
    by(admin).delete("/api/v1/keys/" + id).then().statusCode(200);
    given()
        .auth()
        .oauth2(secret)
        .get("/api/v1/devices")
        .then()
        .statusCode(401)
        .body("detail", containsString("the API key cron was revoked; this needs the role viewer"));
    by(admin).delete("/api/v1/keys/99999").then().statusCode(404);
    by(admin)
        .body(Map.of("name", "late", "role", "viewer", "expiresAt", "2020-01-01T00:00:00Z"))
        .post("/api/v1/keys")
        .then()
        .statusCode(400)
        .body("parameter", equalTo("expiresAt"));
  }

  @Test
  void whatAnAdministratorSaysOfAUserHoldsAtOnce() {
    makeUser("dora", "viewer");
    String session = cookie(logIn("dora", PASSWORD));
    by(session).post("/api/v1/ledger/rebuild").then().statusCode(403);
    by(admin)
        .body(Map.of("role", "operator", "enabled", true))
        .put("/api/v1/users/dora")
        .then()
        .statusCode(200);
    by(session).post("/api/v1/ledger/rebuild").then().statusCode(200);
    by(admin)
        .body(Map.of("role", "operator", "enabled", false))
        .put("/api/v1/users/dora")
        .then()
        .body("sessions", equalTo(0));
    by(session).get("/api/v1/devices").then().statusCode(401);
    logIn("dora", PASSWORD).then().statusCode(401);
    by(admin).delete("/api/v1/users/dora").then().statusCode(204);
    by(admin).delete("/api/v1/users/ada").then().statusCode(409);
    by(admin)
        .body(Map.of("name", "DORA!", "role", "viewer", "password", PASSWORD))
        .post("/api/v1/users")
        .then()
        .statusCode(400)
        .body("parameter", equalTo("name"));
  }

  @Test
  void aStreamEndsWithTheSessionThatOpenedIt() throws Exception {
    makeUser("emil", "viewer");
    String session = cookie(logIn("emil", PASSWORD));
    HttpResponse<InputStream> stream =
        CLIENT.send(
            HttpRequest.newBuilder(root.resolve("/api/v1/stream"))
                .header("Cookie", "tidemark=" + session)
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    assertThat(stream.statusCode()).isEqualTo(200);
    try (InputStream body = stream.body()) {
      // Not closed by itself: that would wait for whoever reads.
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
      assertThat(lines.readLine()).startsWith("retry:");
      by(session).delete("/api/v1/session").then().statusCode(204);
      assertThat(CompletableFuture.supplyAsync(() -> lines.lines().toList()))
          .as("what comes until its end")
          .succeedsWithin(Duration.ofSeconds(10));
    }
  }

  @Test
  void changesAreInTheAuditWithWhatWasBefore() {
    makeUser("frida", "viewer");
    by(admin)
        .body(Map.of("role", "operator", "enabled", true, "password", "yet another one"))
        .put("/api/v1/users/frida")
        .then()
        .statusCode(200);
    by(admin)
        .get("/api/v1/audit?who=ada&what=user.change&limit=1")
        .then()
        .statusCode(200)
        .body("items[0].subject", equalTo("frida"))
        .body("items[0].address", equalTo("127.0.0.1"))
        .body("items[0].before", equalTo("{\"role\":\"viewer\",\"enabled\":true}"))
        .body(
            "items[0].after",
            equalTo("{\"role\":\"operator\",\"enabled\":true,\"password\":\"new\"}"));
    String next = by(admin).get("/api/v1/audit?limit=1").path("next");
    by(admin)
        .get("/api/v1/audit?limit=1&cursor=" + next)
        .then()
        .body("items[0].subject", equalTo("frida"))
        .body("items[0].what", equalTo("user.make"));
    by(admin)
        .get("/api/v1/audit?to=2020-01-01T00:00:00Z")
        .then()
        .body("items.size()", equalTo(0))
        .body("next", nullValue());
    by(admin)
        .get("/api/v1/audit?what=nothing")
        .then()
        .statusCode(400)
        .body("detail", containsString("user.change"));
    String key = makeKey("auditor", "admin").path("secret");
    json()
        .auth()
        .oauth2(key)
        .body(
            Map.of(
                "name",
                "quiet",
                "kind",
                "silent",
                "for",
                "PT1M",
                "webhooks",
                List.of(),
                "emails",
                List.of(),
                "enabled",
                true))
        .post("/api/v1/alerts/rules")
        .then()
        .statusCode(201);
    by(admin).post("/api/v1/ledger/rebuild").then().statusCode(200);
    by(admin)
        .get("/api/v1/audit?who=key auditor")
        .then()
        .body("items.what", hasItem("rule.make"))
        .body("items[0].after", containsString("\"kind\":\"silent\""));
    by(admin)
        .get("/api/v1/audit?who=ada")
        .then()
        .body("items.what", hasItems("key.make", "login", "ledger.rebuild"));
  }

  @Test
  void whatOperatorsChangeIsInTheAuditToo() throws Exception {
    byte[] batch = ApiClient.batch("audited", 0, ApiClient.everySecond(1));
    LogEntry entry =
        ForwardClient.entry(
            List.of(new Delivery("audited", batch), new Delivery("audited", new byte[] {1, 2, 3})));
    HttpResponse<String> forwarded =
        CLIENT.send(
            HttpRequest.newBuilder(root.resolve(Routes.FORWARD_PATH))
                .header("Content-Type", Routes.FORWARD_CONTENT_TYPE)
                .header(GatewayByHeader.HEADER, "g1")
                .POST(
                    HttpRequest.BodyPublishers.ofByteArray(
                        ForwardCodec.encodeRequest(
                            new ForwardRequest("g1", 1, 1, 0, List.of(entry)))))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(forwarded.statusCode()).as(forwarded.body()).isEqualTo(200);
    by(admin)
        .header("If-Match", "\"0\"")
        .body("{\"name\":\"Boiler\",\"class\":\"heater\"}")
        .put("/api/v1/devices/audited/registry")
        .then()
        .statusCode(200);
    by(admin)
        .get("/api/v1/audit?what=registry.change")
        .then()
        .body("items[0].subject", equalTo("audited"))
        .body("items[0].before", containsString("\"name\":\"\""))
        .body("items[0].after", containsString("\"class\":\"heater\""));
    int item = by(admin).get("/api/v1/quarantine?device=audited").path("items[0].id");
    by(admin).post("/api/v1/quarantine/" + item + "/replay").then().statusCode(200);
    by(admin)
        .body("{\"reason\":\"noise\"}")
        .post("/api/v1/quarantine/discard?reason=undecodable&device=audited")
        .then()
        .statusCode(200);
    by(admin)
        .get("/api/v1/audit?who=ada&limit=2")
        .then()
        .body("items.what", contains("quarantine.discard", "quarantine.replay"))
        .body("items.subject", contains("undecodable of audited", "item " + item))
        .body("items[0].after", containsString("\"reason\":\"noise\""))
        .body("items[1].after", containsString("\"stored\":0"));
  }

  @Test
  void noSecretIsInTheLog() {
    String session = cookie(logIn("ada", PASSWORD));
    String secret = makeKey("logged", "admin").path("secret");
    logIn("ada", "a secret that is wrong").then().statusCode(401);
    logIn("a secret for a name", PASSWORD).then().statusCode(401);
    makeUser("gitta", "viewer");
    given().auth().oauth2(secret).get("/api/v1/devices").then().statusCode(200);
    given().auth().oauth2("tmk_wrong_but_secret").get("/api/v1/devices").then().statusCode(401);
    json().body("\"a secret for a body\"").post("/api/v1/session").then().statusCode(400);
    by(session).get("/api/v1/audit").then().statusCode(200);
    // It is at this level: else this would show nothing.
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> Secured.log().contains("a login of ada from 127.0.0.1 has failed"));
    assertThat(Secured.log())
        .doesNotContain(
            PASSWORD,
            session,
            secret,
            "a secret that is wrong",
            "a secret for a name",
            "tmk_wrong_but_secret",
            "a secret for a body");
    assertThat(by(session).get("/api/v1/audit?limit=1000").asString())
        .doesNotContain(PASSWORD, session, secret, "a secret");
  }
}
