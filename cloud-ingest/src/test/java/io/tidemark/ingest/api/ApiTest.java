package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static io.tidemark.ingest.api.ApiClient.EPOCH;
import static io.tidemark.ingest.api.ApiClient.batch;
import static io.tidemark.ingest.api.ApiClient.everySecond;
import static io.tidemark.ingest.api.ApiClient.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tidemark.ingest.storage.embedded.EmbeddedStore;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.ForwardRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Year;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What holds for the whole API, and its ledger, over the real stores. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class ApiTest extends ApiTests {
  @Test
  void withSecurityOffThereAreNoCertificates() {
    given()
        .get("/.well-known/est/cacerts")
        .then()
        .statusCode(404)
        .body("detail", containsString("tidemark.security is off"));
    given()
        .contentType("application/json")
        .body("{\"role\":\"device\"}")
        .post("/api/v1/enrolment-tokens")
        .then()
        .statusCode(404)
        .body("detail", containsString("tidemark.security is off"));
  }

  @Test
  void itSaysWhichVersionItIsAndThatItsStoresAnswer() {
    given()
        .get("/api/v1/system")
        .then()
        .statusCode(200)
        .body("software", matchesPattern("\\d+\\.\\d+\\.\\d+.*"))
        .body("time", startsWith(Integer.toString(Year.now(ZoneOffset.UTC).getValue())))
        .body("disk.freeBytes", greaterThan(0L))
        .body("disk.totalBytes", greaterThan(0L))
        .body("rows.kind", equalTo("embedded"))
        .body("rows.trouble", nullValue())
        .body("sql.kind", equalTo("sqlite"))
        .body("sql.trouble", nullValue());
  }

  @Test
  void aCopyIsMadeInTheDataFolderAndRemoved() throws Exception {
    client.store("copied", 0, everySecond(3));
    given()
        .contentType("application/json")
        .post("/api/v1/backup")
        .then()
        .statusCode(202)
        .body("state", startsWith("")); // it may be ready by now
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> !json("/api/v1/backup").path("state").asText().equals("copying"));
    JsonNode copy = json("/api/v1/backup");
    assertThat(copy.path("state").asText()).as(copy.toString()).isEqualTo("ready");
    assertThat(copy.path("sql").asBoolean() && copy.path("rows").asBoolean()).isTrue();
    assertThat(copy.path("copiedBytes").asLong()).isPositive();
    Path folder =
        Path.of(ConfigProvider.getConfig().getValue("tidemark.data.dir", String.class))
            .resolve(copy.path("folder").asText());
    assertThat(folder.resolve("tidemark.db")).isRegularFile();
    try (EmbeddedStore store = new EmbeddedStore(folder.resolve("store"), 512, 256)) {
      assertThat(store.latest("copied")).isNotEmpty();
    }
    given().delete("/api/v1/backup").then().statusCode(200).body("state", equalTo("none"));
    assertThat(folder).doesNotExist();
  }

  /** A page of another site whose name leads to this machine. */
  @Test
  void withSecurityOffOnlyOurOwnNamesAreAnswered() {
    for (String path : List.of("/api/v1/ledger", "/", "/q/health/ready", "/api/v1/stream")) {
      given()
          .header("Host", "evil.example:8080")
          .get(path)
          .then()
          .statusCode(403)
          .body("detail", containsString("this is asked of evil.example"));
    }
    given().header("Host", "127.0.0.1:9").get("/api/v1/ledger").then().statusCode(200);
  }

  @Test
  void errorsNameTheParameterAndTheRule() {
    Map<String, String> wrong = new LinkedHashMap<>();
    wrong.put("/api/v1/devices/pages/readings?from=yesterday", "from");
    wrong.put("/api/v1/devices/pages/readings?to=2026-03-01", "to");
    wrong.put("/api/v1/devices/pages/readings?limit=0", "limit");
    wrong.put("/api/v1/devices/pages/readings?limit=10001", "limit");
    wrong.put("/api/v1/devices/pages/readings?points=x", "points");
    for (String within : List.of("soon", "300ms", "PT0S", "-PT1S", "PT60.001S")) {
      wrong.put("/api/v1/devices/pages/readings?points=5&within=" + within, "within");
    }
    wrong.put("/api/v1/devices/pages/readings?points=5&limit=2", "limit");
    wrong.put("/api/v1/devices/pages/readings?points=5&cursor=AAAA", "cursor");
    wrong.put("/api/v1/devices/pages/readings?points=5&format=csv", "format");
    wrong.put("/api/v1/devices/pages/readings?points=5&format=xml", "format");
    wrong.put("/api/v1/devices/pages/readings?cursor=%21", "cursor");
    wrong.put("/api/v1/devices/pages/readings?cursor=AAAA", "cursor");
    wrong.put("/api/v1/devices/pages/readings?format=xml", "format");
    wrong.put("/api/v1/devices/pages/readings?sensor=a'b", "sensor");
    wrong.put(
        "/api/v1/devices/pages/readings?points=5&from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
        "from");
    wrong.put("/api/v1/devices/a%20b/latest", "device");
    wrong.put("/api/v1/devices?limit=-1", "limit");
    wrong.put("/api/v1/quarantine?payload=banana", "payload");
    wrong.put("/api/v1/ledger?fresh=yes", "fresh");
    wrong.put("/api/v1/devices/pages/ledger?fresh=1", "fresh");
    wrong.put("/api/v1/quarantine?reason=bad", "reason");
    wrong.put("/api/v1/quarantine?cursor=AAAA", "cursor");
    wrong.put("/api/v1/ledger/actions?item=first", "item");
    wrong.put("/api/v1/stream?device=a%20b", "device");
    wrong.forEach(
        (url, parameter) ->
            given()
                .urlEncodingEnabled(false)
                .get(url)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("parameter", equalTo(parameter))
                .body("detail", containsString(parameter + " must be"))
                .body("status", equalTo(400)));
    String points = "/api/v1/devices/pages/readings?points=5";
    given().accept("text/csv").get(points).then().statusCode(400);
    given().accept("application/json, text/csv").get(points).then().statusCode(200);
    given().get("/api/v1/nothing").then().statusCode(404);
    given().post("/api/v1/devices").then().statusCode(405).contentType("application/problem+json");
  }

  @Test
  void theLedgerNamesWhatIsDroppedAndWaiting() throws Exception {
    byte[] drop = BatchCodec.encode(Batch.ofDrop("sums", EPOCH, 2, 2, "expired", 6, 4));
    assertThat(client.gateway.send("sums", batch("sums", 0, everySecond(2)), drop).statusCode())
        .isEqualTo(200);
    List<String> groups = List.of("g1", "g9");
    for (ForwardRequest request :
        List.of(
            new ForwardRequest("g9", 7, 7, 0, groups, "g1", true, List.of()),
            new ForwardRequest("g9", 7, 2, 0, groups, "g1", false, List.of()))) { // comes late
      assertThat(client.gateway.send(request).statusCode()).isEqualTo(200);
    }
    given()
        .get("/api/v1/devices/sums/ledger?fresh=true")
        .then()
        .body("verdict", equalTo("unclean"))
        .body("totals.produced", equalTo(6))
        .body("totals.waiting", equalTo(2))
        .body("totals.stored", equalTo(2))
        .body("totals.dropped", equalTo(2))
        .body("epochs[0].epoch", equalTo(EPOCH))
        .body("epochs[0].watermark", equalTo(4))
        .body("epochs[0].droppedRanges[0].first", equalTo(2))
        .body("epochs[0].droppedRanges[0].last", equalTo(3))
        .body("epochs[0].droppedRanges[0].reason", equalTo("expired"))
        .body("epochs[0].missingRanges", hasSize(0))
        .body("duplicatesCheckedAt", startsWith("20"));
    given()
        .get("/api/v1/ledger")
        .then()
        .body("totals.duplicates", equalTo(0))
        .body("groups.group", hasItem("g1"))
        .body("groups.find { it.group == 'g1' }.endedAt", nullValue())
        .body("groups.find { it.group == 'g9' }.forwardedIndex", equalTo(7))
        .body("groups.find { it.group == 'g9' }.endedAt", startsWith("20"))
        .body("duplicatesCheckedAt", notNullValue());
    given()
        .contentType("application/json")
        .body("{\"dryRun\":true}")
        .post("/api/v1/ledger/rebuild")
        .then()
        .statusCode(200)
        .body("agreed", equalTo(true))
        .body("dryRun", equalTo(true))
        .body("epochs", hasSize(0));
    given()
        .contentType("application/json")
        .post("/api/v1/ledger/rebuild")
        .then()
        .statusCode(200)
        .body("agreed", equalTo(true));
  }

  @Test
  void theApiIsDescribedAndWatched() {
    String openapi = given().get("/q/openapi").then().statusCode(200).extract().asString();
    assertThat(openapi)
        .contains(
            "/api/v1/devices/{device}/readings",
            "/api/v1/devices/{device}/late",
            "/api/v1/points",
            "/api/v1/ledger/rebuild",
            "/api/v1/quarantine",
            "/api/v1/stream",
            "/intake/v1/forward",
            "Last-Event-ID");
    for (String check : List.of("live", "ready", "started")) {
      given().get("/q/health/" + check).then().statusCode(200).body("status", equalTo("UP"));
    }
    String metrics = given().get("/q/metrics").asString();
    for (String name : List.of("received", "stored", "quarantined")) {
      assertThat(metrics).contains("tidemark_ingest_readings_" + name + "_total");
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(given().get("/q/metrics").asString())
                    .contains("\ntidemark_ingest_storing 1.0\n")
                    .doesNotContain("tidemark_ingest_quarantine_items NaN"));
    given()
        .header("Origin", "http://evil.example")
        .get("/api/v1/ledger")
        .then()
        .header("Access-Control-Allow-Origin", nullValue());
  }
}
