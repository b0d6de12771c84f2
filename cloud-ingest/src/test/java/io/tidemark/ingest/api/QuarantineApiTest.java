package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static io.tidemark.ingest.api.ApiClient.T0;
import static io.tidemark.ingest.api.ApiClient.batch;
import static io.tidemark.ingest.api.ApiClient.json;
import static io.tidemark.ingest.api.ApiClient.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tidemark.ingest.quarantine.Reason;
import io.tidemark.wire.Reading;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The quarantine over the real stores. Each test has devices of its own. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class QuarantineApiTest extends ApiTests {
  @Test
  void theQuarantineIsListed() throws Exception {
    byte[] bad =
        batch("bad", 0, List.of(reading("main", T0, Double.NaN), reading("main", T0 + 1, 1)));
    byte[] junk = {8, 1, 2, 3};
    assertThat(client.gateway.send("bad", bad, junk).statusCode()).isEqualTo(200);
    JsonNode items = json("/api/v1/quarantine?device=bad").get("items");
    assertThat(items).hasSize(2);
    JsonNode whole = json("/api/v1/quarantine?device=bad&reason=undecodable").get("items").get(0);
    assertThat(whole.get("epoch").isNull()).isTrue();
    assertThat(whole.get("sequence").isNull()).isTrue();
    assertThat(Base64.getDecoder().decode(whole.get("payloadBase64").asText())).isEqualTo(junk);
    JsonNode one = json("/api/v1/quarantine?device=bad&limit=1");
    JsonNode two = json("/api/v1/quarantine?device=bad&limit=1&cursor=" + one.get("next").asText());
    assertThat(one.get("items").get(0).get("id").asLong())
        .isGreaterThan(two.get("items").get(0).get("id").asLong());
    given()
        .get("/api/v1/devices/bad")
        .then()
        .body("ledger.quarantined", equalTo(1))
        .body("ledger.stored", equalTo(1));
  }

  @Test
  void theQuarantineIsSummedUpByReason() throws Exception {
    byte[] other = batch("sum-b", 0, List.of(reading("main", T0, 1), reading("main", T0 + 1, 2)));
    byte[] bad = batch("sum-a", 0, List.of(reading("main", T0, Double.NaN)));
    assertThat(client.gateway.send("sum-a", bad, other).statusCode()).isEqualTo(200);

    JsonNode list = json("/api/v1/quarantine?device=sum-a&payload=false").get("items");
    assertThat(list).hasSize(2).noneMatch(item -> item.has("payloadBase64"));
    JsonNode summary = json("/api/v1/quarantine/summary?device=sum-a");
    assertThat(summary.get("maxItems").asLong()).isEqualTo(1_000_000);
    assertThat(summary.get("maxBytes").asLong()).isEqualTo(1L << 30);
    assertThat(summary.get("itemsByReason")).hasSize(2);
    JsonNode group = summary.get("groups").get(0);
    assertThat(group.get("reason").asText()).isEqualTo("device_mismatch");
    assertThat(group.get("items").asLong()).isOne();
    assertThat(group.get("devices").asLong()).isOne();
    assertThat(group.get("firstReceivedAt")).isEqualTo(group.get("lastReceivedAt"));
    assertThat(group.get("perHour")).hasSize(24);

    long id = group.get("lastId").asLong();
    JsonNode item = json("/api/v1/quarantine/" + id);
    assertThat(item.get("reading").isNull()).isTrue();
    assertThat(item.get("batch").get("device").asText()).isEqualTo("sum-b");
    assertThat(item.get("batch").get("count").asLong()).isEqualTo(2);
    assertThat(item.get("batch").get("readings")).hasSize(2);
    assertThat(item.get("payloadBytes").asInt()).isEqualTo(other.length);
    byte[] file =
        given()
            .get("/api/v1/quarantine/" + id + "/payload")
            .then()
            .statusCode(200)
            .contentType("application/octet-stream")
            .header("Content-Disposition", startsWith("attachment"))
            .extract()
            .asByteArray();
    assertThat(file).isEqualTo(other);

    String all = "/api/v1/quarantine/discard?reason=device_mismatch&device=sum-a&upTo=";
    String why = "{\"reason\":\"not its own\"}";
    given()
        .contentType("application/json")
        .body(why)
        .post(all + (id - 1))
        .then()
        .statusCode(200)
        .body("items", hasSize(0));
    given().contentType("application/json").body(why).post(all + id).then().statusCode(200);
    given()
        .get("/api/v1/quarantine/" + id + "/payload")
        .then()
        .statusCode(404)
        .contentType("application/problem+json");
    JsonNode actions = json("/api/v1/ledger/actions?item=" + id).get("items");
    assertThat(actions).hasSize(1);
    assertThat(actions.get(0).get("note").asText()).isEqualTo("not its own");
  }

  @Test
  void anItemOfTheQuarantineIsLookedIntoReplayedAndDiscarded() throws Exception {
    Reading nan = reading("main", T0, Double.NaN);
    client.store("act", 0, List.of(nan, reading("main", T0 + 1, 2)));
    long id = json("/api/v1/quarantine?device=act").get("items").get(0).get("id").asLong();

    JsonNode item = json("/api/v1/quarantine/" + id);
    assertThat(item.get("reading").get("values").get("temperature").asText()).isEqualTo("NaN");
    assertThat(item.get("reading").get("sensor").asText()).isEqualTo("main");
    assertThat(item.get("payloadBase64").asText()).isNotEmpty();
    assertThat(json("/api/v1/quarantine/summary").get("itemsByReason").get("not_finite").asLong())
        .isPositive();

    given()
        .post("/api/v1/quarantine/" + id + "/replay")
        .then()
        .statusCode(200)
        .body("outcome", equalTo("refused"))
        .body("reason", equalTo("not_finite"));
    given()
        .post("/api/v1/quarantine/replay?reason=not_finite&device=act")
        .then()
        .statusCode(200)
        .body("items", hasSize(1))
        .body("next", notNullValue());

    String path = "/api/v1/quarantine/" + id + "/discard";
    given().contentType("application/json").body("{}").post(path).then().statusCode(400);
    given()
        .contentType("application/json")
        .body("{\"reason\":\"" + "x".repeat(201) + "\"}")
        .post(path)
        .then()
        .statusCode(400)
        .body("parameter", equalTo("reason"));
    given()
        .contentType("application/json")
        .body("{\"reason\":\"the probe was out\"}")
        .post(path)
        .then()
        .statusCode(200)
        .body("outcome", equalTo("dropped"));
    given()
        .get("/api/v1/quarantine/" + id)
        .then()
        .statusCode(404)
        .body("detail", containsString("" + id));
    given().post("/api/v1/quarantine/" + id + "/replay").then().statusCode(404);
    given().post("/api/v1/quarantine/x/replay").then().statusCode(400);
    given().post("/api/v1/quarantine/replay").then().statusCode(400);

    JsonNode ledger = json("/api/v1/devices/act/ledger");
    assertThat(ledger.get("totals").get("dropped").asLong()).isEqualTo(1);
    assertThat(ledger.get("epochs").get(0).get("droppedRanges").get(0).get("reason").asText())
        .isEqualTo("discarded");
    JsonNode actions = json("/api/v1/ledger/actions?device=act&limit=2");
    assertThat(actions.get("items").get(0).get("action").asText()).isEqualTo("discard");
    assertThat(actions.get("items").get(0).get("note").asText()).isEqualTo("the probe was out");
    JsonNode older =
        json("/api/v1/ledger/actions?device=act&limit=2&cursor=" + actions.get("next").asText());
    assertThat(older.get("items")).hasSize(1);

    client.store("act-2", 0, List.of(nan));
    given()
        .contentType("application/json")
        .body("{\"reason\":\"all of it\"}")
        .post("/api/v1/quarantine/discard?reason=not_finite&device=act-2&limit=5")
        .then()
        .statusCode(200)
        .body("items", hasSize(1));
  }

  @Test
  void everyReasonOfTheQuarantineIsDescribed() throws Exception {
    String openapi = given().get("/q/openapi").asString();
    String readme = Files.readString(Path.of("README.md"));
    for (Reason reason : Reason.values()) {
      assertThat(openapi).containsPattern("\\b" + reason.code() + "\\b");
      assertThat(readme).contains("`" + reason.code() + "`");
    }
  }
}
