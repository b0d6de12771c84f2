package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.GatewayReport.Readings;
import io.tidemark.wire.GatewayReport.Replica;
import io.tidemark.wire.Limits;
import io.tidemark.wire.ReportCodec;
import io.tidemark.wire.Routes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What gateways tell of themselves, as a client of the API sees it. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class GatewayApiTest {
  private static final String OF_CLUSTER = "items.findAll { it.cluster == '%s' }";

  private static GatewayReport report(String cluster, String gateway, long intervalMillis) {
    return new GatewayReport(
        gateway,
        cluster,
        1,
        List.of("g1", "g2"),
        "0.1.0",
        intervalMillis,
        true,
        "leads group " + gateway,
        "gw:1883",
        "",
        3,
        1,
        new Readings(100, 98, 90, Map.of("rate", 2L)),
        List.of(
            new Replica("g1", "leader", gateway, 4, "g1", 20, 10, 0, 8, 10, 4096, 35_000),
            new Replica("g2", "follower", "", 2, "", 7, 7, 3, 0, 0, 128, 0)),
        0);
  }

  private static ValidatableResponse post(byte[] body) {
    return given()
        .contentType(Routes.REPORT_CONTENT_TYPE)
        .body(body)
        .post(Routes.REPORT_PATH)
        .then();
  }

  private static ValidatableResponse gateways() {
    return given().get("/api/v1/gateways").then().statusCode(200);
  }

  @Test
  void aReportIsReadAsItWasTold() {
    post(ReportCodec.encode(report("told", "g1", 60_000))).statusCode(204);
    given()
        .contentType("application/json")
        .body(Map.of("why", "sold"))
        .put("/api/v1/gateways/g1/shut-out")
        .then()
        .statusCode(409)
        .body("detail", containsString("tidemark.security is off"));

    String one = OF_CLUSTER.formatted("told") + "[0].";
    gateways()
        .body("next", nullValue())
        .body(one + "gateway", equalTo("g1"))
        .body(one + "state", equalTo("ready"))
        .body(one + "version", equalTo("0.1.0"))
        .body(one + "mqtt", equalTo("gw:1883"))
        .body(one + "coap", nullValue())
        .body(one + "member", equalTo(true))
        .body(one + "connections.mqtt", equalTo(3))
        .body(one + "connections.coapRequests", equalTo(1))
        .body(one + "readings.committed", equalTo(98))
        .body(one + "readings.refused.rate", equalTo(2))
        .body(one + "groups[0].role", equalTo("leader"))
        .body(one + "groups[0].term", equalTo(4))
        .body(one + "groups[0].waitingReadings", equalTo(8))
        .body(one + "groups[1].leader", nullValue())
        .body(one + "groups[1].home", nullValue())
        .body(one + "groups[1].lag", equalTo(3))
        .body(one + "groups[1].waitingSince", nullValue());
    Instant heard = Instant.parse(gateways().extract().path(one + "heardAt"));
    assertThat(Instant.parse(gateways().extract().path(one + "groups[0].waitingSince")))
        .isEqualTo(heard.minusSeconds(35));
    String other = OF_CLUSTER.formatted("told") + "[1].";
    gateways()
        .body(other + "gateway", equalTo("g2"))
        .body(other + "state", equalTo("silent"))
        .body(other + "heardAt", nullValue())
        .body(other + "detail", containsString("never reported"));
  }

  @Test
  void whatIsNoReportIsRefusedAndCounted() {
    double before = counted("undecodable");
    post(new byte[] {8, 2}).statusCode(400).body("detail", containsString("version is 2"));
    post(new byte[Limits.REPORT_MAX_BYTES + 1])
        .statusCode(413)
        .body("detail", containsString("65536 bytes at most"));
    given().contentType("text/plain").body("x").post(Routes.REPORT_PATH).then().statusCode(415);
    for (int i = 0; i < 64; i++) {
      post(ReportCodec.encode(report("full", "n" + i, 60_000))).statusCode(204);
    }
    post(ReportCodec.encode(report("full", "more", 60_000)))
        .statusCode(409)
        .contentType("application/problem+json")
        .body("detail", containsString("64 gateways of cluster full"));
    assertThat(counted("undecodable")).isEqualTo(before + 1);
    assertThat(counted("too_large")).isEqualTo(1);
    assertThat(counted("too_many")).isEqualTo(1);
  }

  private static double counted(String reason) {
    String name = "tidemark_ingest_reports_refused_total{reason=\"" + reason + "\"} ";
    return given()
        .get("/q/metrics")
        .asString()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void changesAreReadInPagesAndSilenceIsNoticed() {
    String start = Instant.now().toString();
    post(ReportCodec.encode(report("change", "g1", 100))).statusCode(204);
    String ofCluster = OF_CLUSTER.formatted("change");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> gateways().extract().path(ofCluster + ".find { it.gateway == 'g1' }.state"),
            "silent"::equals);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                given()
                    .get("/api/v1/gateways/changes?limit=1000&from=" + start)
                    .then()
                    .statusCode(200)
                    .extract()
                    .<List<String>>path(ofCluster + ".change"),
            List.of("leaderless", "silent", "leaderless", "leads", "ready")::equals);
    String first = given().get("/api/v1/gateways/changes?limit=1").then().extract().path("next");
    given()
        .get("/api/v1/gateways/changes?limit=1&cursor=" + first)
        .then()
        .statusCode(200)
        .body("items", hasSize(1))
        .body("standing", hasSize(0));
    given()
        .get("/api/v1/gateways/changes?from=" + Instant.now())
        .then()
        .body(
            "standing.find { it.cluster == 'change' && it.group == 'g1' }.change",
            equalTo("leaderless"));
    String all = "/api/v1/gateways/changes?limit=1000&from=" + start;
    String ofTime = ofCluster + ".time";
    List<String> times = given().get(all).then().extract().path(ofTime);
    String newest = times.get(0);
    List<String> older = times.stream().filter(time -> !time.equals(newest)).toList();
    assertThat(older).isNotEmpty();
    given().get(all + "&to=" + newest).then().body(ofTime, equalTo(older));
    given()
        .get("/api/v1/gateways/changes?from=yesterday")
        .then()
        .statusCode(400)
        .body("detail", containsString("from must be"));
  }
}
