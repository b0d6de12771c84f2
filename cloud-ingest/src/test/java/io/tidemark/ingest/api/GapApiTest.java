package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Gaps over the real stores: number n is sampled n seconds after the start. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class GapApiTest {
  private static final Instant T0 = Instant.parse("2026-03-01T00:00:00Z");

  @TestHTTPResource("/")
  URI root;

  private ForwardClient gateway;

  @BeforeEach
  void connect() {
    gateway = new ForwardClient(root);
  }

  private static byte[] readings(String device, int first, int last, double value) {
    List<Reading> all = new ArrayList<>();
    for (int n = first; n <= last; n++) {
      long time = (T0.getEpochSecond() + n) * 1_000_000_000L;
      all.add(new Reading("s", "k", time, Map.of("m", Value.of(value))));
    }
    return BatchCodec.encode(Batch.ofReadings(device, 1, first, all, last + 1, first));
  }

  private static ValidatableResponse gaps(String device, int from, int to, int points) {
    return given()
        .queryParam("from", T0.plusSeconds(from).toString())
        .queryParam("to", T0.plusSeconds(to).toString())
        .queryParam("points", points)
        .get("/api/v1/devices/" + device + "/gaps")
        .then();
  }

  @Test
  void whatHasNoRowLiesWhereItWasSampled() throws Exception {
    byte[] dropped = BatchCodec.encode(Batch.ofDrop("gap-a", 1, 20, 20, "expired", 40, 40));
    byte[] waiting = BatchCodec.encode(Batch.ofStatus("gap-a", 1, 75, 70));
    assertThat(
            gateway
                .send(
                    "gap-a",
                    readings("gap-a", 0, 19, 1),
                    dropped,
                    readings("gap-a", 40, 49, 1),
                    readings("gap-a", 50, 54, Double.NaN),
                    readings("gap-a", 55, 69, 1),
                    waiting)
                .statusCode())
        .isEqualTo(200);
    gaps("gap-a", 0, 80, 80)
        .statusCode(200)
        .body("interval", equalTo("PT1S"))
        .body("more", equalTo(false))
        .body("gaps.state", contains("dropped", "quarantined", "waiting"))
        .body("gaps.first", contains(20, 50, 70))
        .body("gaps.last", contains(39, 54, 74))
        .body("gaps.reason", contains("expired", "", ""))
        .body(
            "gaps.from",
            contains("2026-03-01T00:00:20Z", "2026-03-01T00:00:50Z", "2026-03-01T00:01:10Z"))
        .body(
            "gaps.to",
            contains("2026-03-01T00:00:40Z", "2026-03-01T00:00:55Z", "2026-03-01T00:01:20Z"));
    gaps("gap-a", 0, 80, 8).body("interval", equalTo("PT10S")).body("gaps", hasSize(3));
    gaps("gap-a", 25, 35, 10)
        .body("gaps.state", contains("dropped"))
        .body("gaps[0].from", equalTo("2026-03-01T00:00:25Z"))
        .body("gaps[0].to", equalTo("2026-03-01T00:00:35Z"));
    gaps("gap-a", 0, 15, 10).body("gaps", hasSize(0));
  }

  private static ValidatableResponse late(String device, int from, int to) {
    return given()
        .queryParam("from", T0.plusSeconds(from).toString())
        .queryParam("to", T0.plusSeconds(to).toString())
        .get("/api/v1/devices/" + device + "/late")
        .then();
  }

  /** Months ago, by now. */
  @Test
  void whatWasStoredLateLiesWhereItWasTaken() throws Exception {
    byte[] first = readings("late-a", 0, 9, 1);
    assertThat(gateway.send("late-a", first, readings("late-a", 20, 29, 1)).statusCode())
        .isEqualTo(200);
    assertThat(gateway.send("late-a", first).statusCode()).isEqualTo(200);
    late("late-a", 0, 80)
        .statusCode(200)
        .body("after", equalTo("PT1M"))
        .body("more", equalTo(false))
        .body("items.epoch", contains(1, 1))
        .body("items.first", contains(0, 20))
        .body("items.last", contains(9, 29))
        .body("items.readings", contains(10, 10))
        .body("items.from", contains("2026-03-01T00:00:00Z", "2026-03-01T00:00:20Z"))
        .body("items.to", contains("2026-03-01T00:00:09Z", "2026-03-01T00:00:29Z"))
        .body("items.most", everyItem(startsWith("PT")))
        .body("items.atGateway", everyItem(startsWith("PT")));
    late("late-a", 10, 20).body("items", hasSize(0));
    late("late-a", 9, 21).body("items", hasSize(2));
    late("late-a", 20, 20).statusCode(400).body("parameter", equalTo("from"));
    given()
        .get("/api/v1/devices/late-a/ledger")
        .then()
        .body("totals.stored", equalTo(20))
        .body("totals.redelivered", equalTo(1))
        .body("late.readings", equalTo(20))
        .body("late.most", startsWith("PT"))
        .body("late.newest.last", equalTo(29));
  }

  @Test
  void aDeviceThatIsInTimeHasNothingLate() throws Exception {
    byte[] status = BatchCodec.encode(Batch.ofStatus("late-b", 1, 0, 0));
    assertThat(gateway.send("late-b", status).statusCode()).isEqualTo(200);
    given().get("/api/v1/devices/late-b/late").then().body("items", hasSize(0));
    given()
        .get("/api/v1/devices/late-b/ledger")
        .then()
        .body("late.readings", equalTo(0))
        .body("late.newest", nullValue());
  }

  @Test
  void aDeviceWithoutGapsHasNone() throws Exception {
    assertThat(gateway.send("gap-b", readings("gap-b", 0, 9, 1)).statusCode()).isEqualTo(200);
    gaps("gap-b", 0, 20, 20).body("gaps", hasSize(0));
    gaps("gap-b", 20, 20, 20).statusCode(400).body("parameter", equalTo("from"));
    gaps("gap-b", 0, 20, 5001).statusCode(400).body("parameter", equalTo("points"));
    gaps("nobody", 0, 20, 20).statusCode(200).body("gaps", hasSize(0));
  }
}
