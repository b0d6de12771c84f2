package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static io.tidemark.ingest.api.ApiClient.EPOCH;
import static io.tidemark.ingest.api.ApiClient.SECOND;
import static io.tidemark.ingest.api.ApiClient.T0;
import static io.tidemark.ingest.api.ApiClient.everySecond;
import static io.tidemark.ingest.api.ApiClient.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Devices and their readings over the real stores. Each test has devices of its own. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class ReadingApiTest extends ApiTests {
  @Test
  void devicesAreListedWithTheirSums() throws Exception {
    client.store("list-a", 0, everySecond(3));
    client.store("list-b", 0, everySecond(2));
    given()
        .get("/api/v1/devices/list-a")
        .then()
        .statusCode(200)
        .body("device", equalTo("list-a"))
        .body("status", equalTo("online"))
        .body("sensors", contains("roof"))
        .body("verdict", equalTo("clean"))
        .body("ledger.produced", equalTo(3))
        .body("ledger.stored", equalTo(3))
        .body("rate", notNullValue())
        .body("firstSeen", containsString("Z"));
    List<String> names = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = json("/api/v1/devices?limit=1&cursor=" + cursor);
      page.get("items").forEach(item -> names.add(item.get("device").asText()));
      cursor = page.get("next").isNull() ? "" : page.get("next").asText();
    } while (!cursor.isEmpty());
    assertThat(names).isSorted().doesNotHaveDuplicates().contains("list-a", "list-b");
    given()
        .get("/api/v1/devices/nobody")
        .then()
        .statusCode(404)
        .contentType("application/problem+json");
    given().get("/api/v1/devices/nobody/ledger").then().statusCode(404);
    given().get("/api/v1/devices/nobody/latest").then().statusCode(200).body("items", hasSize(0));
  }

  @Test
  void everyValueComesBackAsItWas() throws Exception {
    Map<String, Value> values = new LinkedHashMap<>();
    double[] doubles = {-0.0, Double.MIN_VALUE, Double.MAX_VALUE, 0.1, 1e22, 123456789.12345679};
    for (double value : doubles) {
      values.put("n" + values.size(), Value.of(value));
    }
    values.put("on", Value.of(true));
    values.put("note", Value.of("naïve \"quoted\", 温度\n"));
    client.store("values", 41, List.of(new Reading("main", "k.X-1", T0 + 123_456_789, values)));
    JsonNode item = json("/api/v1/devices/values/readings").get("items").get(0);
    for (int i = 0; i < doubles.length; i++) {
      double back = Double.parseDouble(item.get("values").get("n" + i).toString());
      assertThat(Double.doubleToRawLongBits(back))
          .isEqualTo(Double.doubleToRawLongBits(doubles[i]));
    }
    assertThat(item.get("values").get("on").asBoolean()).isTrue();
    assertThat(item.get("values").get("note").asText()).isEqualTo("naïve \"quoted\", 温度\n");
    assertThat(item.get("time").asText()).isEqualTo("2026-03-01T00:00:00.123456789Z");
    assertThat(item.get("epoch").asLong()).isEqualTo(EPOCH);
    assertThat(item.get("sequence").asLong()).isEqualTo(41);
    assertThat(item.get("kind").asText()).isEqualTo("k.X-1");
    assertThat(json("/api/v1/devices/values/latest").get("items").get(0)).isEqualTo(item);
  }

  @Test
  void readingsAreReadInPagesAndRanges() throws Exception {
    client.store("pages", 0, everySecond(25));
    List<Integer> sequences = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = json("/api/v1/devices/pages/readings?limit=7&cursor=" + cursor);
      page.get("items").forEach(item -> sequences.add(item.get("sequence").asInt()));
      cursor = page.get("next").isNull() ? "" : page.get("next").asText();
    } while (!cursor.isEmpty());
    assertThat(sequences).hasSize(25).isSorted().doesNotHaveDuplicates();
    given()
        .queryParam("from", "2026-03-01T01:00:02+01:00")
        .queryParam("to", "2026-03-01T00:00:04.000000001Z")
        .get("/api/v1/devices/pages/readings")
        .then()
        .body("items.sequence", contains(2, 3, 4))
        .body("next", nullValue());
    given().get("/api/v1/devices/pages/readings?sensor=cellar").then().body("items", hasSize(0));
  }

  @Test
  void pointsSumUpIntervals() throws Exception {
    client.store("points", 0, everySecond(600));
    given()
        .get(
            "/api/v1/devices/points/readings?points=10&from=2026-03-01T00:00:00Z&to=2026-03-01T00:10:00Z")
        .then()
        .statusCode(200)
        .body("interval", equalTo("PT1M"))
        .body("series", hasSize(1))
        .body("series[0].sensor", equalTo("roof"))
        .body("series[0].metric", equalTo("temperature"))
        .body("series[0].unit", equalTo("°C"))
        .body("series[0].points", hasSize(10))
        .body("series[0].points[1].time", equalTo("2026-03-01T00:01:00Z"))
        .body("series[0].points[1].count", equalTo(60))
        .body("series[0].points[1].min", equalTo(80.0f))
        .body("series[0].points[1].max", equalTo(139.0f))
        .body("series[0].points[1].mean", equalTo(109.5f));
  }

  /** So short a time that there is one slice of six hours more in each answer. */
  @Test
  void pointsWithinATimeSayFromWhenOnTheyAreAll() throws Exception {
    client.store(
        "within",
        0,
        List.of(
            ApiClient.reading("roof", T0, 1),
            ApiClient.reading("roof", T0 + 40 * 3_600 * SECOND, 2)));
    String url =
        "/api/v1/devices/within/readings?points=48&from=2026-03-01T00:00:00Z&to=2026-03-03T00:00:00Z";
    for (String from : List.of("02T18", "02T12", "02T06", "02T00", "01T18", "01T12", "01T06")) {
      given()
          .get(url + "&within=PT0.000000001S")
          .then()
          .statusCode(200)
          .body("summedFrom", equalTo("2026-03-%s:00:00Z".formatted(from)))
          .body("series.points.flatten()", hasSize(from.equals("02T18") ? 0 : 1));
    }
    for (String within : List.of("&within=PT1M", "&within=", "")) {
      given()
          .get(url + within)
          .then()
          .statusCode(200)
          .body("$", not(hasKey("summedFrom")))
          .body("series.points.flatten()", hasSize(2));
    }
  }

  @Test
  void csvIsAHeaderAndALineAReading() throws Exception {
    List<Reading> readings =
        new ArrayList<>(everySecond(4_500)); // more than two of the export's pages
    readings.add(
        new Reading(
            "x",
            "k",
            T0 + 9_000 * SECOND,
            Map.of("note", Value.of("a \"b\", c"), "on", Value.of(true))));
    client.store("csv", 0, readings);
    String url = "/api/v1/devices/csv/readings?format=csv";
    String[] lines =
        given()
            .get(url)
            .then()
            .statusCode(200)
            .contentType("text/csv")
            .extract()
            .asString()
            .split("\r\n");
    assertThat(lines).hasSize(4_502);
    assertThat(lines[0]).isEqualTo("time,sensor,kind,epoch,sequence,note,on,temperature");
    assertThat(lines[1]).isEqualTo("2026-03-01T00:00:00Z,roof,bme280," + EPOCH + ",0,,,20.0");
    assertThat(lines[4_501]).endsWith(",x,k," + EPOCH + ",4500,\"a \"\"b\"\", c\",true,");
    assertThat(
            given()
                .accept("text/csv")
                .get("/api/v1/devices/csv/readings?limit=3")
                .asString()
                .split("\r\n"))
        .hasSize(4);
    String next = given().get("/api/v1/devices/csv/readings?limit=4499").path("next");
    assertThat(given().get(url + "&cursor=" + next).asString().split("\r\n"))
        .as("a header and what is behind that page")
        .hasSize(3);
  }
}
