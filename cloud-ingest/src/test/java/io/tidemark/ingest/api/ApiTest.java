package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tidemark.ingest.ForwardClient;
import io.tidemark.ingest.quarantine.Reason;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.Limits;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The API as a client sees it, over the real stores. Each test has devices of its own. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class ApiTest {
  /** 2026-03-01T00:00:00Z. */
  private static final long T0 = 1_772_323_200_000_000_000L;

  private static final long EPOCH = (1L << 53) - 1;
  private static final long SECOND = 1_000_000_000L;

  @TestHTTPResource("/")
  URI root;

  private ForwardClient gateway;

  @BeforeEach
  void connect() {
    String url = root.toString();
    gateway = new ForwardClient(url.substring(0, url.length() - 1));
  }

  private void store(String device, long first, List<Reading> readings) throws Exception {
    assertThat(gateway.send(device, batch(device, first, readings)).statusCode()).isEqualTo(200);
  }

  private static byte[] batch(String device, long first, List<Reading> readings) {
    return BatchCodec.encode(
        Batch.ofReadings(device, EPOCH, first, readings, first + readings.size(), first));
  }

  private static Reading reading(String sensor, long time, double value) {
    return new Reading(sensor, "bme280", time, Map.of("temperature", Value.of(value)));
  }

  private static List<Reading> everySecond(int count) {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readings.add(reading("roof", T0 + i * SECOND, 20 + i));
    }
    return readings;
  }

  @Test
  void devicesAreListedWithTheirSums() throws Exception {
    store("list-a", 0, everySecond(3));
    store("list-b", 0, everySecond(2));
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
    store("values", 41, List.of(new Reading("main", "k.X-1", T0 + 123_456_789, values)));
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
    store("pages", 0, everySecond(25));
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
    store("points", 0, everySecond(600));
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
    store(
        "within", 0, List.of(reading("roof", T0, 1), reading("roof", T0 + 40 * 3_600 * SECOND, 2)));
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
    store("csv", 0, readings);
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
    assertThat(gateway.send("sums", batch("sums", 0, everySecond(2)), drop).statusCode())
        .isEqualTo(200);
    List<String> groups = List.of("g1", "g9");
    for (ForwardRequest request :
        List.of(
            new ForwardRequest("g9", 7, 7, 0, groups, "g1", true, List.of()),
            new ForwardRequest("g9", 7, 2, 0, groups, "g1", false, List.of()))) { // comes late
      assertThat(gateway.send(request).statusCode()).isEqualTo(200);
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
  void theQuarantineIsListed() throws Exception {
    byte[] bad =
        batch("bad", 0, List.of(reading("main", T0, Double.NaN), reading("main", T0 + 1, 1)));
    byte[] junk = {8, 1, 2, 3};
    assertThat(gateway.send("bad", bad, junk).statusCode()).isEqualTo(200);
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
    assertThat(gateway.send("sum-a", bad, other).statusCode()).isEqualTo(200);

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
    store("act", 0, List.of(nan, reading("main", T0 + 1, 2)));
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

    store("act-2", 0, List.of(nan));
    given()
        .contentType("application/json")
        .body("{\"reason\":\"all of it\"}")
        .post("/api/v1/quarantine/discard?reason=not_finite&device=act-2&limit=5")
        .then()
        .statusCode(200)
        .body("items", hasSize(1));
  }

  @Test
  void theEnvelopeIsChecked() throws Exception {
    byte[] good = ForwardCodec.encodeRequest(new ForwardRequest("g1", 1, 1, 0, List.of()));
    assertThat(gateway.post(good, "").statusCode()).isEqualTo(200);
    assertThat(gateway.post(ForwardClient.gzip(good), "gzip").body()).contains("\"tick\":");
    assertThat(gateway.post(good, "gzip").statusCode()).isEqualTo(400);
    assertThat(gateway.post(good, "br").statusCode()).isEqualTo(400);
    assertThat(gateway.post(new byte[] {1, 2, 3}, "").statusCode()).isEqualTo(400);
    byte[] bomb = ForwardClient.gzip(new byte[Limits.FORWARD_MAX_BYTES + 1]);
    assertThat(bomb.length).isLessThan(100_000);
    assertThat(gateway.post(bomb, "gzip").statusCode()).isEqualTo(413);
    byte[] full = ForwardClient.gzip(new byte[Limits.FORWARD_MAX_BYTES]);
    assertThat(gateway.post(full, "gzip").statusCode()).isEqualTo(400);
    byte[] noise = new byte[Limits.FORWARD_MAX_BYTES];
    new Random(1).nextBytes(noise);
    assertThat(gateway.post(ForwardClient.gzip(noise), "gzip").statusCode()).isEqualTo(400);
  }

  @Test
  void hostileBytesAreQuarantinedOrRefusedAndNeverBreakAnything() throws Exception {
    Random random = new Random(2026);
    byte[] batch = batch("fuzz", 0, everySecond(20));
    byte[] envelope =
        ForwardCodec.encodeRequest(
            new ForwardRequest(
                "g1",
                1,
                1,
                0,
                List.of(
                    ForwardClient.entry(List.of(new io.tidemark.wire.Delivery("fuzz", batch))))));
    for (int i = 0; i < 150; i++) {
      assertThat(gateway.send("fuzz", mutated(batch, random)).statusCode()).isEqualTo(200);
      assertThat(gateway.post(mutated(envelope, random), "").statusCode()).isIn(200, 400);
      assertThat(gateway.post(mutated(ForwardClient.gzip(envelope), random), "gzip").statusCode())
          .isIn(200, 400);
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      assertThat(gateway.send("fuzz", noise).statusCode()).isEqualTo(200);
      assertThat(gateway.post(noise, "").statusCode()).isIn(200, 400);
    }
    store("fuzz", 0, everySecond(20));
    given().get("/q/health/ready").then().statusCode(200);
  }

  private static byte[] mutated(byte[] bytes, Random random) {
    byte[] mutated = bytes.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(4) == 0
        ? java.util.Arrays.copyOf(mutated, random.nextInt(mutated.length + 1))
        : mutated;
  }

  @Test
  void theStreamTellsOfReadingsAndResumes() throws Exception {
    List<String> ids = new ArrayList<>();
    try (Stream stream = listen("?device=live", "")) {
      stream.next("retry");
      store("other", 0, everySecond(2));
      store("live", 0, everySecond(3));
      for (int i = 0; i < 3; i++) {
        ids.add(stream.next("id: "));
        assertThat(stream.next("event: ")).isEqualTo("reading");
        JsonNode data = new ObjectMapper().readTree(stream.next("data: "));
        assertThat(data.get("device").asText()).isEqualTo("live");
        assertThat(data.get("sequence").asInt()).isEqualTo(i);
        assertThat(data.get("values").get("temperature").asDouble()).isEqualTo(20 + i);
      }
      List<String> types = new ArrayList<>();
      while (!types.contains("ledger") || !types.contains("status")) {
        types.add(stream.next("event: "));
      }
    }
    try (Stream stream = listen("?device=live", ids.get(0))) {
      assertThat(stream.next("id: ")).isEqualTo(ids.get(1));
    }
    try (Stream stream = listen("?device=live", "0-1")) {
      assertThat(stream.next("event: ")).isEqualTo("gap");
    }
  }

  @Test
  void aWillIsAStatusAndLastWords() throws Exception {
    store("plug", 0, everySecond(1));
    given()
        .get("/api/v1/devices/plug")
        .then()
        .statusCode(200)
        .body("status", equalTo("online"))
        .body("will", nullValue());
    try (Stream stream = listen("?device=plug", "")) {
      assertThat(awaitStatus(stream).get("will").isNull()).isTrue();
      sayWill("tele/plug/LWT", "Offline".getBytes(StandardCharsets.UTF_8));
      JsonNode event = awaitStatus(stream);
      assertThat(event.get("device").asText()).isEqualTo("plug");
      assertThat(event.get("status").asText()).isEqualTo("disconnected");
      assertThat(event.get("lastSeen").asText()).endsWith("Z");
      JsonNode device = json("/api/v1/devices/plug");
      assertThat(device.get("status").asText()).isEqualTo("disconnected");
      assertThat(device.get("will")).isEqualTo(event.get("will"));
      assertThat(device.get("will").get("at").asText()).endsWith("Z");
      assertThat(device.get("will").get("topic").asText()).isEqualTo("tele/plug/LWT");
      assertThat(device.get("will").get("payload").asText()).isEqualTo("Offline");
      assertThat(device.get("will").has("payloadBase64")).isFalse();
      sayWill("tele/plug/LWT", new byte[] {'a', '\n'});
      assertThat(awaitStatus(stream).get("will").get("payloadBase64").asText()).isEqualTo("YQo=");
      sayWill("tele/plug/LWT", new byte[] {(byte) 0xFF});
      JsonNode bytes = awaitStatus(stream).get("will");
      assertThat(bytes.get("payloadBase64").asText()).isEqualTo("/w==");
      assertThat(bytes.has("payload")).isFalse();
      store("plug", 1, List.of(reading("roof", T0 + 9 * SECOND, 20)));
      event = awaitStatus(stream);
      assertThat(event.get("status").asText()).isEqualTo("online");
      assertThat(event.get("will")).isEqualTo(bytes);
    }
    assertThat(json("/api/v1/devices?limit=1000").get("items"))
        .filteredOn(item -> item.get("device").asText().equals("plug"))
        .allSatisfy(item -> assertThat(item.get("will").get("payloadBase64").asText()).isNotEmpty())
        .hasSize(1);
    given().get("/api/v1/quarantine?device=plug").then().body("items", hasSize(0));
  }

  private void sayWill(String topic, byte[] payload) throws Exception {
    LogEntry entry = ForwardClient.entry(List.of(Delivery.ofWill("plug", topic, payload)));
    assertThat(gateway.send(new ForwardRequest("g1", 1, 1, 0, List.of(entry))).statusCode())
        .isEqualTo(200);
  }

  private static JsonNode awaitStatus(Stream stream) throws Exception {
    // Not any other event, of which there may be one a second.
    assertThat(stream.next("event: status")).isEmpty();
    return new ObjectMapper().readTree(stream.next("data: "));
  }

  private Stream listen(String query, String lastEventId) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve("/api/v1/stream" + query));
    if (!lastEventId.isEmpty()) {
      request.header("Last-Event-ID", lastEventId);
    }
    HttpResponse<InputStream> answer =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .build()
            .send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    assertThat(answer.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    return new Stream(
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8)));
  }

  private record Stream(BufferedReader lines) implements AutoCloseable {
    private static final long NEXT_TIMEOUT_NANOS = 40 * SECOND;

    /**
     * What follows {@code prefix} on the next line that begins with it. A line of something comes
     * every 15 s; without one nothing would interrupt the reading.
     */
    String next(String prefix) throws Exception {
      long begun = System.nanoTime();
      String line;
      do {
        line = lines.readLine();
        assertThat(System.nanoTime() - begun)
            .as("waiting for a line that begins with " + prefix)
            .isLessThan(NEXT_TIMEOUT_NANOS);
      } while (line != null && !line.startsWith(prefix));
      return line == null ? "the stream ended" : line.substring(prefix.length());
    }

    @Override
    public void close() throws Exception {
      lines.close();
    }
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
    given()
        .header("Origin", "http://evil.example")
        .get("/api/v1/ledger")
        .then()
        .header("Access-Control-Allow-Origin", nullValue());
  }

  private static JsonNode json(String url) throws Exception {
    return new ObjectMapper()
        .readTree(
            given().urlEncodingEnabled(false).get(url).then().statusCode(200).extract().asString());
  }
}
