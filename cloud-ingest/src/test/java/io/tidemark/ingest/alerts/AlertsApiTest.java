package io.tidemark.ingest.alerts;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.tidemark.ingest.ForwardClient;
import io.tidemark.ingest.alerts.Receiver.Got;
import io.tidemark.testing.FreePort;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import jakarta.inject.Inject;
import jakarta.mail.internet.MimeMessage;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rules over HTTP, readings as a gateway forwards them, and real receivers of what they find. */
@QuarkusTest
@TestProfile(AlertsApiTest.Quick.class)
@Timeout(120)
final class AlertsApiTest {
  private static final String RULES = "/api/v1/alerts/rules";
  private static final long EPOCH = 5;

  /** Everything at once; mail goes to a server that wants a password. */
  public static final class Quick implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> values = new LinkedHashMap<>();
      try {
        values.put("tidemark.alerts.smtp.port", Integer.toString(FreePort.next()));
        values.put("tidemark.data.dir", Files.createTempDirectory("alerts-test").toString());
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      values.put("tidemark.alerts.every", "100ms");
      values.put("tidemark.alerts.look-back", "61m");
      values.put("tidemark.alerts.no-data-after", "4m");
      values.put("tidemark.alerts.lease-for", "14s");
      values.put("tidemark.alerts.deliver-for", "23h");
      values.put("tidemark.alerts.history-for", "89d");
      values.put("tidemark.alerts.retry-pause", "20ms");
      // What is not answered in time is told again, and the first answers take longest.
      values.put("tidemark.alerts.timeout", "5s");
      values.put("tidemark.alerts.settle-for", "0s");
      values.put("tidemark.alerts.smtp.host", "127.0.0.1");
      values.put("tidemark.alerts.smtp.security", "none");
      values.put("tidemark.alerts.smtp.user", "tidemark");
      values.put("tidemark.alerts.smtp.password", "secret");
      values.put("tidemark.alerts.smtp.from", "tidemark@example.org");
      return values;
    }
  }

  private static Receiver receiver;
  private static GreenMail mail;

  @TestHTTPResource("/")
  URI root;

  @Inject AlertSettings settings;

  @BeforeAll
  static void open() throws Exception {
    receiver = new Receiver();
    openMail();
  }

  private static void openMail() {
    // The profile is loaded by another class loader: only its port is known here.
    int port = ConfigProvider.getConfig().getValue("tidemark.alerts.smtp.port", Integer.class);
    mail = new GreenMail(new ServerSetup(port, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    mail.start();
    mail.setUser("tidemark@example.org", "tidemark", "secret");
  }

  @AfterAll
  static void close() {
    receiver.close();
    mail.stop();
  }

  private void store(String device, long first, double... values) throws Exception {
    List<Reading> readings = new ArrayList<>();
    long now = System.currentTimeMillis() * 1_000_000L;
    for (int i = 0; i < values.length; i++) {
      readings.add(new Reading("main", "k", now + i, Map.of("temperature", Value.of(values[i]))));
    }
    byte[] batch =
        BatchCodec.encode(
            Batch.ofReadings(device, EPOCH, first, readings, first + values.length, first));
    ForwardClient gateway = new ForwardClient(root);
    assertThat(gateway.send(device, batch).statusCode()).isEqualTo(200);
  }

  private static String rule(String device, String more) {
    return """
        {"name":"hot %1$s","kind":"threshold","device":"%1$s","metric":"temperature","direction":"above","threshold":80,
         "hysteresis":5,"for":"PT0S"%2$s}"""
        .formatted(device, more);
  }

  private static long make(String body) {
    return given()
        .contentType("application/json")
        .body(body)
        .post(RULES)
        .then()
        .statusCode(201)
        .extract()
        .jsonPath()
        .getLong("id");
  }

  private static MimeMessage firstMail(String to) throws Exception {
    for (MimeMessage message : mail.getReceivedMessages()) {
      if (message.getAllRecipients()[0].toString().equals(to)) {
        return message;
      }
    }
    throw new AssertionError("no mail to " + to);
  }

  private static void waitFor(BooleanSupplier what) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .until(what::getAsBoolean);
  }

  private static JsonPath json(String path) {
    return given().get(path).then().statusCode(200).extract().jsonPath();
  }

  @Test
  void settingsArriveWhereTheyBelong() {
    assertThat(settings)
        .isEqualTo(
            new AlertSettings(
                Duration.ofMillis(100),
                Duration.ofMinutes(61),
                Duration.ofMinutes(4),
                Duration.ZERO,
                Duration.ofSeconds(14),
                Duration.ofHours(23),
                Duration.ofMillis(20),
                Duration.ofSeconds(5),
                Duration.ofDays(89)));
  }

  @Test
  void rulesAreMadeChangedAndDeletedByWhoKnowsTheirVersion() {
    String body = rule("edit", ",\"label\":null,\"sensor\":\"main\"");
    var made =
        given().contentType("application/json").body(body).post(RULES).then().statusCode(201);
    String path = made.extract().header("Location").replaceFirst("^https?://[^/]*", "");
    made.header("ETag", equalTo("\"1\""))
        .body("name", equalTo("hot edit"))
        .body("enabled", equalTo(true))
        .body("unit", equalTo("°C"))
        .body("for", equalTo("PT0S"))
        .body("sensor", equalTo("main"));
    waitFor(() -> json(path).getString("judgement.at") != null);
    given()
        .get(path)
        .then()
        .header("ETag", equalTo("\"1\""))
        .body("judgement.noData", equalTo(1))
        .body("judgement.watched", equalTo(1));
    given()
        .contentType("application/json")
        .body(body)
        .put(path)
        .then()
        .statusCode(428)
        .contentType("application/problem+json")
        .body("detail", containsString("If-Match"));
    String changed = body.replace("hot edit", "hotter");
    given()
        .contentType("application/json")
        .header("If-Match", "\"1\"")
        .body(changed)
        .put(path)
        .then()
        .statusCode(200)
        .header("ETag", equalTo("\"2\""))
        .body("name", equalTo("hotter"));
    for (String stale : List.of("\"1\"", "\"7\"")) {
      given()
          .contentType("application/json")
          .header("If-Match", stale)
          .body(changed)
          .put(path)
          .then()
          .statusCode(412)
          .body("detail", containsString("changed since it was read"));
    }
    given()
        .contentType("application/json")
        .header("If-Match", "2")
        .body(changed)
        .put(path)
        .then()
        .statusCode(400)
        .body("parameter", equalTo("If-Match"));
    given()
        .header("If-Match", "W/\"2\"")
        .delete(path)
        .then()
        .statusCode(412)
        .body("detail", containsString("weak"));
    given().delete(path).then().statusCode(428);
    given().header("If-Match", "\"1\"").delete(path).then().statusCode(412);
    given().header("If-Match", "\"2\"").delete(path).then().statusCode(204);
    given().get(path).then().statusCode(404).body("detail", containsString(RULES));
    given().header("If-Match", "\"2\"").delete(path).then().statusCode(404);
    given().post(path + "/test").then().statusCode(404);
  }

  @Test
  void errorsNameTheFieldAndTheRule() {
    Map<String, String> wrong = new LinkedHashMap<>();
    wrong.put("{}", "kind");
    wrong.put("[]", "the body");
    wrong.put("{", "the body");
    wrong.put(rule("a", "").replace("threshold\",", "heat\","), "kind");
    wrong.put(rule("a b", ""), "device");
    wrong.put(rule("a", ",\"label\":\"x\""), "label");
    wrong.put(rule("a", ",\"colour\":\"x\""), "colour");
    wrong.put(rule("a", ",\"enabled\":1"), "enabled");
    wrong.put(rule("a", "").replace("\"hot a\"", "\"\""), "name");
    wrong.put(rule("a", "").replace("temperature", "a b"), "metric");
    wrong.put(rule("a", "").replace("above", "over"), "direction");
    wrong.put(rule("a", "").replace(":80", ":\"80\""), "threshold");
    wrong.put(rule("a", "").replace(":5", ":-5"), "hysteresis");
    wrong.put(rule("a", "").replace("PT0S", "5m"), "for");
    wrong.put(rule("a", "").replace("PT0S", "PT7H"), "for");
    wrong.put("{\"name\":\"q\",\"kind\":\"silent\",\"for\":\"PT9S\"}", "for");
    wrong.put("{\"name\":\"q\",\"kind\":\"silent\",\"for\":\"PT1M\",\"metric\":\"x\"}", "metric");
    wrong.put(rule("a", ",\"webhooks\":[\"ftp://x/\"]"), "webhooks");
    wrong.put(rule("a", ",\"webhooks\":\"http://x/\""), "webhooks");
    for (String port : List.of("0", "65536", "99999")) {
      wrong.put(rule("a", ",\"webhooks\":[\"http://h:" + port + "/\"]"), "webhooks");
    }
    wrong.put(rule("a", ",\"emails\":[\"nobody\"]"), "emails");
    wrong.put(rule("a", ",\"emails\":[\"a..b@example.org\"]"), "emails");
    wrong.put(rule("a", ",\"emails\":[\"a@example..org\"]"), "emails");
    String many =
        java.util.stream.IntStream.range(0, 11)
            .mapToObj(i -> "\"http://h/" + i + "\"")
            .collect(Collectors.joining(","));
    wrong.put(rule("a", ",\"webhooks\":[" + many + "]"), "webhooks");
    wrong.forEach(
        (body, field) ->
            given()
                .contentType("application/json")
                .body(body)
                .post(RULES)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("parameter", equalTo(field))
                .body("detail", containsString(field + " must be")));
    for (String path : List.of("?state=bad", "/history?from=x", "/history?cursor=AAAA")) {
      given().get("/api/v1/alerts" + path).then().statusCode(400);
    }
    given().get(RULES + "/x").then().statusCode(400).body("parameter", equalTo("rule"));
  }

  @Test
  void whatARuleFindsIsListedAndDeliveredUntilItArrives() throws Exception {
    receiver.answer("/shaky", 500, "");
    receiver.answer("/shaky", 0, ""); // and then not at all
    receiver.answer("/gone", 410, "");
    receiver.answer("/busy", 429, "1");
    long id =
        make(
            rule(
                "boiler",
                ",\"webhooks\":[\"%s\",\"%s\",\"%s\"],\"emails\":[\"ops@example.org\"]"
                    .formatted(
                        receiver.url("/shaky"), receiver.url("/gone"), receiver.url("/busy"))));
    store("boiler", 0, 20, 85.5);
    waitFor(() -> receiver.at("/shaky").size() >= 3 && receiver.at("/busy").size() >= 2);

    List<Got> shaky = receiver.at("/shaky");
    assertThat(shaky.stream().map(Got::id).collect(Collectors.toSet()))
        .isEqualTo(Set.of(shaky.get(0).body().path("id").asText()));
    assertThat(shaky.get(2).body().path("state").asText()).isEqualTo("firing");
    assertThat(shaky.get(2).body().path("value").asDouble()).isEqualTo(85.5);
    assertThat(shaky.get(2).body().path("rule").path("id").asLong()).isEqualTo(id);
    List<Got> busy = receiver.at("/busy");
    assertThat(busy.get(1).atMillis() - busy.get(0).atMillis()).isGreaterThanOrEqualTo(1_000);

    given()
        .get("/api/v1/alerts?state=firing&device=boiler")
        .then()
        .body("items", hasSize(1))
        .body("items[0].rule", equalTo((int) id))
        .body("items[0].value", equalTo(85.5f))
        .body("items[0].threshold", equalTo(80.0f))
        .body("items[0].dataEnded", equalTo(false))
        .body("firing", equalTo(1))
        .body("judgedAt", notNullValue())
        .body("trouble", nullValue());
    given().get("/api/v1/alerts?state=pending&device=boiler").then().body("items", hasSize(0));
    waitFor(() -> json(RULES + "/" + id).getList("deliveries.status").size() == 4);
    String gone = "deliveries.find { it.receiver.endsWith('/gone') }.";
    given()
        .get(RULES + "/" + id)
        .then()
        .body(gone + "status", equalTo("given up"))
        .body(gone + "said", equalTo("it answered 410"))
        .body(gone + "attempts", equalTo(1));

    String mailed = "deliveries.find { it.receiver == 'ops@example.org' }.status";
    waitFor(() -> "delivered".equals(json(RULES + "/" + id).getString(mailed)));
    MimeMessage message = firstMail("ops@example.org");
    assertThat(message.getSubject()).isEqualTo("[Tidemark] firing: hot boiler");
    assertThat(message.getAllRecipients()[0].toString()).isEqualTo("ops@example.org");
    assertThat(message.getFrom()[0].toString()).isEqualTo("tidemark@example.org");
    assertThat(message.getContent().toString()).startsWith("boiler main: temperature is 85.5");
    String messageId = message.getMessageID();
    assertThat(message.getContent().toString())
        .contains(messageId.substring(1, messageId.indexOf('@'))); // the notification's id

    store("boiler", 2, 70);
    waitFor(() -> receiver.at("/shaky").size() == 4 && receiver.at("/gone").size() == 2);
    assertThat(receiver.at("/shaky").get(3).body().path("state").asText()).isEqualTo("ended");
    String from = Instant.now().minusSeconds(60).toString();
    given()
        .get("/api/v1/alerts/history?device=boiler&rule=" + id + "&from=" + from)
        .then()
        .body("items", hasSize(1))
        .body("items[0].name", equalTo("hot boiler"))
        .body("items[0].value", equalTo(85.5f))
        .body("items[0].unit", equalTo("°C"))
        .body("items[0].to", notNullValue())
        .body("items[0].withdrawn", equalTo(false));
    given().get("/api/v1/alerts/history?to=2020-01-01T00:00:00Z").then().body("items", hasSize(0));
    given().get("/api/v1/alerts/history?rule=" + (id + 1_000)).then().body("items", hasSize(0));
    String metrics = given().get("/q/metrics").asString();
    assertThat(metrics)
        .containsPattern(
            "tidemark_ingest_alerts_deliveries_total\\{by=\"webhook\",outcome=\"retried\"\\} [3-9]")
        .containsPattern(
            "tidemark_ingest_alerts_deliveries_total\\{by=\"webhook\",outcome=\"given_up\"\\} [1-9]")
        .containsPattern(
            "tidemark_ingest_alerts_deliveries_total\\{by=\"email\",outcome=\"delivered\"\\} [1-9]")
        .contains("tidemark_ingest_alerts_rounds_total{outcome=\"judged\"}");
  }

  /** A mail server that is away is tried again and again, as a webhook's receiver is. */
  @Test
  void aMailArrivesOnceTheServerIsThere() throws Exception {
    mail.stop();
    String delivery = "deliveries.find { it.receiver == 'late@example.org' }.";
    long id;
    try {
      id = make(rule("unmailed", ",\"emails\":[\"late@example.org\"]"));
      store("unmailed", 0, 20, 85.5);
      waitFor(
          () ->
              json(RULES + "/" + id).getList("deliveries.attempts", Integer.class).stream()
                  .anyMatch(attempts -> attempts >= 3));
      given()
          .get(RULES + "/" + id)
          .then()
          .body(delivery + "status", equalTo("waiting"))
          .body(
              delivery + "said",
              matchesPattern("the mail server 127.0.0.1:\\d+ cannot be reached: .+"))
          .body(delivery + "nextAt", notNullValue());
    } finally {
      openMail();
    }
    waitFor(() -> "delivered".equals(json(RULES + "/" + id).getString(delivery + "status")));
    assertThat(firstMail("late@example.org").getSubject())
        .isEqualTo("[Tidemark] firing: hot unmailed");
    assertThat(mail.getReceivedMessagesForDomain("late@example.org")).hasSize(1);
    given().get(RULES + "/" + id).then().body(delivery + "attempts", greaterThan(3));
    assertThat(given().get("/q/metrics").asString())
        .containsPattern(
            "tidemark_ingest_alerts_deliveries_total\\{by=\"email\",outcome=\"retried\"\\} ([3-9]|\\d\\d)");
  }

  @Test
  void historyGoesOnPageByPage() throws Exception {
    long id = make(rule("pages", ""));
    store("pages", 0, 81, 20, 82, 20, 83, 20);
    String path = "/api/v1/alerts/history?limit=2&rule=" + id;
    waitFor(() -> json(path).getList("items").size() == 2);
    List<Float> values = new ArrayList<>(json(path).getList("items.value"));
    String next = json(path).getString("next");
    values.addAll(json(path + "&cursor=" + next).getList("items.value"));
    assertThat(values).containsExactly(83f, 82f, 81f);
    given().get(path + "&cursor=" + next).then().body("next", nullValue());
  }

  @Test
  void aTestSaysWhatEachReceiverAnswered() {
    receiver.answer("/test-bad", 503, "");
    long id =
        make(
            rule(
                "tested",
                ",\"webhooks\":[\"%s\",\"%s\"],\"emails\":[\"test@example.org\"]"
                    .formatted(receiver.url("/test-good"), receiver.url("/test-bad"))));
    given()
        .post(RULES + "/" + id + "/test")
        .then()
        .statusCode(200)
        .body("items.delivered", equalTo(List.of(true, false, true)))
        .body("items[1].said", equalTo("it answered 503"));
    assertThat(receiver.at("/test-good").get(0).body().path("state").asText()).isEqualTo("test");
    given().get(RULES).then().body("items.id", hasItem((int) id));
    given().get(RULES + "/" + id).then().body("deliveries", hasSize(0));
    given().get("/q/openapi").then().body(containsString("/api/v1/alerts/rules/{id}/test"));
    given().get("/q/openapi").then().body(not(containsString("AlertResource")));
  }
}
