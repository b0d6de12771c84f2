package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ExtractableResponse;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.tidemark.identity.ListSeal;
import io.tidemark.identity.Pem;
import io.tidemark.identity.Trust;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.LedgerChanges;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessList.Barred;
import io.tidemark.wire.AccessListCodec;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.GatewayReport.Readings;
import io.tidemark.wire.Limits;
import io.tidemark.wire.ReportCodec;
import io.tidemark.wire.Routes;
import io.tidemark.wire.SignedAccessList;
import io.tidemark.wire.SignedAccessListCodec;
import jakarta.inject.Inject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Shutting out, and what gateways are told of it. */
@QuarkusTest
@TestProfile(Secured.class)
@Timeout(120)
final class ShutOutApiTest {
  private static final String DEVICE = "/api/v1/devices/stolen/shut-out";

  @ConfigProperty(name = "tidemark.data.dir")
  Path folder;

  @Inject Sql sql;
  @Inject Ledger ledger;

  private void isKnown(String device) throws Exception {
    LedgerChanges changes = new LedgerChanges();
    changes.declared(new BatchHeader(device, 1, 0, 0, 0, 0, null, false), 5);
    sql.write(connection -> ledger.apply(connection, changes));
  }

  private static ExtractableResponse<Response> list(long version, int status) {
    return given()
        .header(GatewayByHeader.HEADER, "1")
        .header("If-None-Match", "\"%d\"".formatted(version))
        .get(Routes.ACCESS_LIST_PATH)
        .then()
        .statusCode(status)
        .extract();
  }

  private AccessList newest() throws Exception {
    SignedAccessList signed = SignedAccessListCodec.decode(list(0, 200).asByteArray());
    Path root = folder.resolve("identity/root.pem");
    ListSeal.verify(signed, new Trust(Pem.certificates(Files.readString(root))));
    return AccessListCodec.decode(signed.list());
  }

  private static ValidatableResponse shutOut(String path, Map<String, String> body) {
    return Secured.by(Secured.admin()).body(body).put(path).then();
  }

  private static void report(String gateway, long version) {
    GatewayReport report =
        new GatewayReport(
            gateway,
            "shut-out",
            1,
            List.of(gateway),
            "0.1.0",
            60_000,
            true,
            "",
            "",
            "",
            0,
            0,
            new Readings(0, 0, 0, Map.of()),
            List.of(),
            version);
    given()
        .header(GatewayByHeader.HEADER, "1")
        .contentType(Routes.REPORT_CONTENT_TYPE)
        .body(ReportCodec.encode(report))
        .post(Routes.REPORT_PATH)
        .then()
        .statusCode(204);
  }

  private static ValidatableResponse get(String path) {
    return Secured.by(Secured.admin()).get(path).then().statusCode(200);
  }

  @Test
  void whoIsShutOutIsListedForGatewaysAndTheLedgerSaysSo() throws Exception {
    isKnown("stolen");
    long before = newest().version();
    report("late", before);
    get(DEVICE).body("shutOut", equalTo(false)).body("periods", empty());
    get("/api/v1/devices/stolen").body("shutOutSince", nullValue());

    shutOut(DEVICE, Map.of("why", " stolen from the yard "))
        .statusCode(200)
        .body("name", equalTo("stolen"))
        .body("shutOut", equalTo(true))
        .body("periods", hasSize(1))
        .body("periods[0].by", equalTo("ada"))
        .body("periods[0].why", equalTo("stolen from the yard"))
        .body("periods[0].to", nullValue())
        .body("gateways.find { it.gateway == 'late' }.current", equalTo(false));
    AccessList list = newest();
    assertThat(list.version()).isGreaterThan(before);
    assertThat(list.barred()).contains(new Barred("device", "stolen", 0));
    shutOut(DEVICE, Map.of("why", "again"))
        .body("periods.why", equalTo(List.of("stolen from the yard")));
    assertThat(newest().version()).as("nothing has changed").isEqualTo(list.version());
    report("late", list.version());
    get(DEVICE).body("gateways.find { it.gateway == 'late' }.current", equalTo(true));
    String since = get(DEVICE).extract().path("periods[0].from");
    get("/api/v1/devices/stolen").body("shutOutSince", equalTo(since));
    get("/api/v1/devices")
        .body("items.find { it.device == 'stolen' }.shutOutSince", equalTo(since));
    get("/api/v1/devices/stolen/ledger")
        .body("shutOut[0].from", equalTo(since))
        .body("shutOut[0].to", nullValue())
        .body("verdict", equalTo("clean"));

    Secured.by(Secured.admin())
        .delete(DEVICE)
        .then()
        .statusCode(200)
        .body("shutOut", equalTo(false))
        .body("periods[0].letInBy", equalTo("ada"));
    assertThat(newest().barred()).doesNotContain(new Barred("device", "stolen", 0));
    String to = get(DEVICE).extract().path("periods[0].to");
    get("/api/v1/devices/stolen/ledger")
        .body("shutOut", hasSize(1))
        .body("shutOut[0].from", equalTo(since))
        .body("shutOut[0].to", equalTo(to));
    long after = newest().version();
    Secured.by(Secured.admin()).delete(DEVICE).then().statusCode(200).body("periods", hasSize(1));
    assertThat(newest().version()).isEqualTo(after);

    get("/api/v1/audit?what=shut-out")
        .body("items[0].subject", equalTo("device stolen"))
        .body("items[0].who", equalTo("ada"))
        .body("items[0].after", containsString("stolen from the yard"));
    get("/api/v1/audit?what=let-in").body("items[0].subject", equalTo("device stolen"));
  }

  @Test
  void aGatewayIsShutOutToo() throws Exception {
    report("g7", newest().version());
    shutOut("/api/v1/gateways/g7/shut-out", Map.of("why", "sold"))
        .statusCode(200)
        .body("shutOut", equalTo(true))
        .body("gateways.gateway", not(hasItem("g7")));
    assertThat(newest().barred()).contains(new Barred("gateway", "g7", 0));
    get("/api/v1/gateways")
        .body("items.find { it.gateway == 'g7' }.shutOutSince", startsWith("20"))
        .body("items.find { it.gateway == 'g7' }.accessListCurrent", equalTo(false));
    Secured.by(Secured.admin())
        .delete("/api/v1/gateways/g7/shut-out")
        .then()
        .statusCode(200)
        .body("gateways.find { it.gateway == 'g7' }.current", equalTo(false));
    report("g7", newest().version());
    get("/api/v1/gateways")
        .body("items.find { it.gateway == 'g7' }.shutOutSince", nullValue())
        .body("items.find { it.gateway == 'g7' }.accessListCurrent", equalTo(true));
  }

  @Test
  void whatIsWrongIsNamed() throws Exception {
    isKnown("known");
    String path = "/api/v1/devices/known/shut-out";
    shutOut(path, Map.of()).statusCode(400).body("parameter", equalTo("why"));
    shutOut(path, Map.of("why", "x".repeat(501)))
        .statusCode(400)
        .body("detail", containsString("at most 500"));
    shutOut("/api/v1/devices/unheard-of/shut-out", Map.of("why", "x"))
        .statusCode(404)
        .body("detail", equalTo("nobody has heard of device unheard-of"));
    assertThat(newest().barred()).extracting(Barred::name).doesNotContain("known", "unheard-of");
    get("/api/v1/audit?what=shut-out").body("items.subject", not(hasItem("device known")));
  }

  @Test
  void aGatewayIsGivenTheListOnlyIfItHasAnother() throws Exception {
    isKnown("raises");
    shutOut("/api/v1/devices/raises/shut-out", Map.of("why", "x")).statusCode(200);
    long version = newest().version();
    ExtractableResponse<Response> same = list(version, 304);
    assertThat(same.header("ETag")).isEqualTo("\"%d\"".formatted(version));
    assertThat(same.asByteArray()).isEmpty();

    ExtractableResponse<Response> above = list(version + 5_000_000, 200);
    assertThat(above.header("ETag")).isEqualTo("\"%d\"".formatted(version + 5_000_001));
    assertThat(newest().version()).isEqualTo(version + 5_000_001);

    list(Limits.NUMBER_MAX, 400);
    given()
        .header(GatewayByHeader.HEADER, "1")
        .header("If-None-Match", "*")
        .get(Routes.ACCESS_LIST_PATH)
        .then()
        .statusCode(400);
    assertThat(newest().version()).isEqualTo(version + 5_000_001);
  }
}
