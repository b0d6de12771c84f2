package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.tidemark.ingest.ForwardClient;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several series at once over the real stores: number n is sampled n seconds after the start. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class PointApiTest {
  private static final Instant T0 = Instant.parse("2026-03-02T00:00:00Z");

  @TestHTTPResource("/")
  URI root;

  private ForwardClient gateway;

  @BeforeEach
  void connect() {
    gateway = new ForwardClient(root);
  }

  private void store(String device, int seconds, IntFunction<Map<String, Value>> values)
      throws Exception {
    List<Reading> all = new ArrayList<>();
    for (int n = 0; n < seconds; n++) {
      long time = (T0.getEpochSecond() + n) * 1_000_000_000L;
      all.add(new Reading("s", "k", time, values.apply(n)));
    }
    byte[] batch = BatchCodec.encode(Batch.ofReadings(device, 1, 0, all, seconds, 0));
    assertThat(gateway.send(device, batch).statusCode()).isEqualTo(200);
  }

  private static ValidatableResponse points(int from, int to, int points, String... series) {
    return given()
        .queryParam("series", List.of(series))
        .queryParam("from", T0.plusSeconds(from).toString())
        .queryParam("to", T0.plusSeconds(to).toString())
        .queryParam("points", points)
        .get("/api/v1/points")
        .then();
  }

  @Test
  void metricsOfSeveralDevicesComeAtOnceInTheOrderAskedFor() throws Exception {
    store("many-1", 60, n -> Map.of("temperature", Value.of(n), "speed", Value.of(2 * n)));
    store("many-2", 60, n -> Map.of("temperature", Value.of(100 + n)));
    points(0, 60, 6, "many-2/s/temperature", "many-1/s/speed", "many-1/s/temperature")
        .statusCode(200)
        .header("Cache-Control", "no-store")
        .body("from", equalTo("2026-03-02T00:00:00Z"))
        .body("to", equalTo("2026-03-02T00:01:00Z"))
        .body("interval", equalTo("PT10S"))
        .body("series.device", contains("many-2", "many-1", "many-1"))
        .body("series.metric", contains("temperature", "speed", "temperature"))
        .body("series.unit", contains("°C", "m/s", "°C"))
        .body("series.shift", contains("PT0S", "PT0S", "PT0S"))
        .body("series.state", contains("ok", "ok", "ok"))
        .body("series[0].detail", nullValue())
        .body("series[0].points", hasSize(6))
        .body("series[0].points[1].time", equalTo("2026-03-02T00:00:10Z"))
        .body("series[0].points[1].mean", equalTo(114.5f))
        .body("series[1].points[5].min", equalTo(100.0f))
        .body("series[1].points[5].max", equalTo(118.0f))
        .body("series[2].points[0].count", equalTo(10));
  }

  /** A shift that is no multiple of the interval: its intervals begin where the others' do. */
  @Test
  void aSeriesCanBeLaidOverAnotherTimeOfItsOwn() throws Exception {
    store("shifted", 60, n -> Map.of("m", Value.of(n)));
    points(
            27,
            57,
            3,
            "shifted/s/m@-PT27S",
            "shifted/s/m",
            "shifted/s/m@PT3S",
            "shifted/s/m@-P7D",
            "shifted/s/m@-PT180H0.5S")
        .statusCode(200)
        .body("interval", equalTo("PT15S"))
        .body("series.shift", contains("-PT27S", "PT0S", "PT3S", "-P7D", "-P7DT12H0.5S"))
        .body(
            "series[0].points.time",
            contains("2026-03-01T23:59:48Z", "2026-03-02T00:00:03Z", "2026-03-02T00:00:18Z"))
        .body("series[0].points.min", contains(0.0f, 3.0f, 18.0f))
        .body("series[0].points.max", contains(2.0f, 17.0f, 29.0f))
        .body("series[1].points.min", contains(27.0f, 30.0f, 45.0f))
        .body("series[2].points.max", contains(32.0f, 47.0f, 59.0f))
        .body("series[3].state", equalTo("empty"));
  }

  @Test
  void aSeriesThatIsNotThereSaysSoAndTheOthersAreAnswered() throws Exception {
    store("here", 10, n -> Map.of("m", Value.of(n), "note", Value.of("x"), "on", Value.of(true)));
    points(0, 10, 5, "gone/s/m", "here/t/m", "here/s/o", "here/s/note", "here/s/m")
        .statusCode(200)
        .body(
            "series.state",
            contains("unknown-device", "unknown-sensor", "unknown-metric", "not-numeric", "ok"))
        .body("series[0].detail", containsString("nothing valid has come of device gone"))
        .body("series[1].detail", equalTo("device here has no sensor t; it has s"))
        .body("series[2].detail", containsString("numbers in its newest reading: m"))
        .body("series[3].detail", containsString("note of s is no number"))
        .body("series[0].points", empty())
        .body("series[4].points", hasSize(5));
    points(20, 30, 5, "here/s/m")
        .body("series[0].state", equalTo("empty"))
        .body("series[0].detail", equalTo("no value is stored of this time"))
        .body("series[0].points", empty());
  }

  @Test
  void whatIsAskedWronglyIsToldWithTheRule() {
    wrong("series must be given 1 to 40 times").statusCode(400);
    String[] many = Collections.nCopies(41, "a/b/c").toArray(String[]::new);
    wrong("series must be given 1 to 40 times", many).body("detail", containsString("41 of them"));
    for (String series :
        List.of(
            "a", "a/b", "a/b/c/d", "/b/c", "a/b c/d", "a/b/c@", "a/b/c@-1w", "a/b/c@-P7D@P1D")) {
      wrong("series must be DEVICE/SENSOR/METRIC", series);
    }
    for (String shift : List.of("-P300000D", "-P20700D", "P90000D")) {
      wrong("in or after 1970, and before 2262", "a/b/c@" + shift);
    }
    given()
        .get("/api/v1/points?series=a/b/c&points=5001")
        .then()
        .statusCode(400)
        .body("parameter", equalTo("points"));
    given()
        .get("/api/v1/points?series=a/b/c&format=xml")
        .then()
        .statusCode(400)
        .body("parameter", equalTo("format"));
  }

  private static ValidatableResponse wrong(String rule, String... series) {
    return points(0, 10, 5, series)
        .statusCode(400)
        .contentType("application/problem+json")
        .body("parameter", equalTo("series"))
        .body("detail", containsString(rule));
  }

  @Test
  void asManyWithTheLongestNamesFitInOneRequest() {
    String longest = "d".repeat(128) + "/" + "s".repeat(64) + "/" + "m".repeat(64) + "@-P7D";
    points(0, 10, 5, Collections.nCopies(40, longest).toArray(String[]::new))
        .statusCode(200)
        .body("series", hasSize(40));
  }

  @Test
  void theSameAsCsvIsALineAnInterval() throws Exception {
    store("lines", 10, n -> Map.of("temperature", Value.of(n)));
    String url =
        "/api/v1/points?series=lines/s/temperature&series=gone/s/m&series=lines/s/temperature@-PT5S"
            + "&from=2026-03-02T00:00:05Z&to=2026-03-02T00:00:10Z&points=1";
    String lines =
        given().get(url + "&format=csv").then().contentType("text/csv").extract().asString();
    assertThat(lines.split("\r\n"))
        .containsExactly(
            "device,sensor,metric,unit,shift,time,mean,min,max,count",
            "lines,s,temperature,°C,PT0S,2026-03-02T00:00:05Z,7.0,5.0,9.0,5",
            "lines,s,temperature,°C,-PT5S,2026-03-02T00:00:00Z,2.0,0.0,4.0,5");
    assertThat(given().accept("text/csv").get(url).asString()).isEqualTo(lines);
  }
}
