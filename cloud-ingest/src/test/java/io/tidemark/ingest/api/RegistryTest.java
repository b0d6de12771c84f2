package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.tidemark.ingest.ForwardClient;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What people say of devices, and how devices are found by it. Each test has devices of its own.
 */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class RegistryTest {
  /** 2026-03-01T00:00:00Z. */
  private static final long T0 = 1_772_323_200_000_000_000L;

  private static final String NONE = "\"0\"";

  @TestHTTPResource("/")
  URI root;

  private ForwardClient gateway;

  /** The last that ingest has told. */
  private long tick;

  @BeforeEach
  void connect() {
    gateway = new ForwardClient(root);
  }

  /** Readings that were taken long ago. */
  private void exists(String device, int readings) throws Exception {
    exists(device, readings, T0);
  }

  private void exists(String device, int readings, long fromNanos) throws Exception {
    List<Reading> all =
        IntStream.range(0, readings)
            .mapToObj(i -> new Reading("s", "k", fromNanos + i, Map.of("m", Value.of(1.0))))
            .toList();
    byte[] batch = BatchCodec.encode(Batch.ofReadings(device, 1, 0, all, readings, 0));
    assertThat(gateway.send(device, batch).statusCode()).isEqualTo(200);
  }

  private static Response put(String device, String etag, String json) {
    return given()
        .contentType("application/json")
        .header("If-Match", etag)
        .body(json)
        .put("/api/v1/devices/" + device + "/registry");
  }

  @Test
  void whatIsSaidOfADeviceComesBackWhereverItIsShown() throws Exception {
    exists("reg-a", 1);
    String read =
        given()
            .get("/api/v1/devices/reg-a/registry")
            .then()
            .statusCode(200)
            .body("name", equalTo(""))
            .body("labels", hasSize(0))
            .extract()
            .header("ETag");
    String changed =
        put(
                "reg-a",
                read,
                """
                {"name":" Kellerfühler ","site":"north","location":"rack 3","class":"bme280",
                 "notes":"line one\\r\\nline two","labels":["wet","cellar","wet"]}""")
            .then()
            .statusCode(200)
            .extract()
            .header("ETag");
    assertThat(changed).isNotEqualTo(read);
    given()
        .get("/api/v1/devices/reg-a/registry")
        .then()
        .header("ETag", equalTo(changed))
        .body("name", equalTo("Kellerfühler"))
        .body("notes", equalTo("line one\nline two"))
        .body("labels", contains("cellar", "wet"));
    given()
        .get("/api/v1/devices/reg-a")
        .then()
        .body("name", equalTo("Kellerfühler"))
        .body("site", equalTo("north"))
        .body("location", equalTo("rack 3"))
        .body("class", equalTo("bme280"))
        .body("labels", contains("cellar", "wet"));

    put("reg-a", changed, "{\"site\":\"south\"}").then().statusCode(200);
    given()
        .get("/api/v1/devices/reg-a/registry")
        .then()
        .body("name", equalTo(""))
        .body("site", equalTo("south"))
        .body("labels", hasSize(0));
  }

  @Test
  void aChangeHasToKnowWhatItReplaces() throws Exception {
    exists("reg-b", 1);
    String body = "{\"name\":\"first\"}";
    given()
        .contentType("application/json")
        .body(body)
        .put("/api/v1/devices/reg-b/registry")
        .then()
        .statusCode(428)
        .contentType("application/problem+json")
        .body("detail", containsString("If-Match"));
    put("reg-b", NONE, body).then().statusCode(200);
    for (String stale : List.of(NONE, "\"2\"")) {
      put("reg-b", stale, "{\"name\":\"second\"}")
          .then()
          .statusCode(412)
          .body("detail", containsString("read it again"));
    }
    put("reg-b", "*", body).then().statusCode(400).body("parameter", equalTo("If-Match"));
    given().get("/api/v1/devices/reg-b/registry").then().body("name", equalTo("first"));
    put("nobody", NONE, body).then().statusCode(404);
    given().get("/api/v1/devices/nobody/registry").then().statusCode(404);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      textBlock =
          """
          name     | {"name":"a\\u0007b"}   | control
          name     | {"name":"LONG129"}     | 128
          site     | {"site":"LONG65"}      | 64
          class    | {"class":"LONG65"}     | 64
          location | {"location":"LONG129"} | 128
          notes    | {"notes":"LONG4001"}   | 4000
          labels   | {"labels":["LONG65"]}  | 64
          labels   | {"labels":["a,b"]}     | comma
          labels   | {"labels":[" "]}       | comma
          labels   | {"labels":MANY}        | at most 16
          """)
  void whatBreaksARuleIsNamed(String field, String json, String rule) throws Exception {
    exists("reg-c", 1);
    String sent =
        json.replace(
            "MANY",
            IntStream.range(0, 17)
                .mapToObj(i -> "\"l" + i + "\"")
                .collect(Collectors.joining(",", "[", "]")));
    for (int length : new int[] {129, 4001, 65}) {
      sent = sent.replace("LONG" + length, "x".repeat(length));
    }
    put("reg-c", NONE, sent)
        .then()
        .statusCode(400)
        .body("parameter", equalTo(field))
        .body("detail", containsString(rule));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      textBlock =
          """
          labels   | {"labels":"one"}
          the body | ["a"]
          the body | "a"
          """)
  void aBodyOfAnotherFormIsNamed(String field, String json) throws Exception {
    exists("reg-d", 1);
    put("reg-d", NONE, json)
        .then()
        .statusCode(400)
        .contentType("application/problem+json")
        .body("parameter", equalTo(field))
        .body("detail", containsString("another form"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      textBlock =
          """
          registry | why      | {"name":"a","why":"b","why":"c"}        | why is there twice (line 1, column 28
          registry | name     | {"name":"a","labels":[],"name":"b"}     | name is there twice (line 1, column
          shut-out | why      | {"why":"a","why":"b"}                   | why is there twice (line 1, column
          registry | the body | {"name":"a"                             | the body cannot be read as JSON (line 1
          """)
  void aFieldThatIsThereTwiceIsNamed(String what, String field, String json, String words)
      throws Exception {
    exists("reg-e", 1);
    given()
        .contentType("application/json")
        .header("If-Match", NONE)
        .body(json)
        .put("/api/v1/devices/reg-e/" + what)
        .then()
        .statusCode(400)
        .contentType("application/problem+json")
        .body("parameter", equalTo(field))
        .body("detail", containsString(words));
  }

  @Test
  void devicesAreFoundByWhatIsKnownOfThem() throws Exception {
    String[] sites = {"find-north", "find-south", "find-north"};
    for (int i = 0; i < 3; i++) {
      exists("find-" + i, i + 1);
      put(
          "find-" + i,
          NONE,
          """
          {"name":"Pump %c","site":"%s","class":"find-class-%d","notes":"findable","labels":["find-l%d","find-all"]}"""
              .formatted('C' - i, sites[i], i % 2, i));
    }
    exists("find-bare", 1);
    assertThat(found("q=findable")).containsExactly("find-0", "find-1", "find-2");
    assertThat(found("q=FIND-north%20pump")).containsExactly("find-0", "find-2");
    assertThat(found("q=find-bare")).containsExactly("find-bare");
    assertThat(found("site=find-north")).containsExactly("find-0", "find-2");
    assertThat(found("site=find-nor")).isEmpty();
    assertThat(found("label=find-l1")).containsExactly("find-1");
    assertThat(found("class=find-class-0")).containsExactly("find-0", "find-2");
    assertThat(found("label=find-all&status=online")).hasSize(3);
    assertThat(found("label=find-all&status=silent")).isEmpty();
    assertThat(found("label=find-all&with=missing")).isEmpty();
    assertThat(found("label=find-all&sort=name")).containsExactly("find-2", "find-1", "find-0");
    assertThat(found("label=find-all&sort=-name")).containsExactly("find-0", "find-1", "find-2");
    assertThat(found("label=find-all&sort=-device")).containsExactly("find-2", "find-1", "find-0");
    assertThat(found("label=find-all&sort=-site")).containsExactly("find-1", "find-0", "find-2");
    assertThat(found("label=find-all&sort=-rate").get(0)).isEqualTo("find-2");
    ends("find-2");
    assertThat(found("label=find-all&status=disconnected")).containsExactly("find-2");
    assertThat(found("label=find-all&sort=status")).containsExactly("find-2", "find-0", "find-1");
    assertThat(found("label=find-all&sort=-status")).containsExactly("find-0", "find-1", "find-2");
    says("find-0", 1, 1);
    assertThat(found("label=find-all&sort=seen")).containsExactly("find-1", "find-2", "find-0");
    assertThat(found("label=find-all&sort=-seen")).containsExactly("find-0", "find-2", "find-1");
  }

  /** Its connection has ended without its word. */
  private void ends(String device) throws Exception {
    send(Delivery.ofWill(device, "status", new byte[0]));
  }

  /** A status: how far it has counted, and the lowest number that it still has. */
  private void says(String device, long next, long oldestKept) throws Exception {
    send(new Delivery(device, BatchCodec.encode(Batch.ofStatus(device, 1, next, oldestKept))));
  }

  private void send(Delivery delivery) throws Exception {
    LogEntry entry = ForwardClient.entry(List.of(delivery));
    assertThat(gateway.send(new ForwardRequest("g1", 1, 1, 0, List.of(entry))).statusCode())
        .isEqualTo(200);
  }

  @Test
  void devicesWithTroubleAreFound() throws Exception {
    exists("trouble-1", 5);
    Reading noRow = new Reading("s", "k", T0, Map.of("m", Value.of(Double.NaN)));
    byte[] batch = BatchCodec.encode(Batch.ofReadings("trouble-2", 1, 0, List.of(noRow), 1, 0));
    assertThat(gateway.send("trouble-2", batch).statusCode()).isEqualTo(200);
    exists("trouble-3", 1);
    assertThat(found("q=trouble-&with=quarantined")).containsExactly("trouble-2");
    assertThat(found("q=trouble-&sort=-trouble"))
        .containsExactly("trouble-2", "trouble-1", "trouble-3");
    assertThat(found("q=trouble-&sort=trouble"))
        .containsExactly("trouble-1", "trouble-3", "trouble-2");

    says("trouble-1", 8, 5); // it still has 5 to 7
    assertThat(found("q=trouble-&with=waiting")).containsExactly("trouble-1");
    byte[] drop = BatchCodec.encode(Batch.ofDrop("trouble-3", 1, 1, 4, "expired", 5, 5));
    assertThat(gateway.send("trouble-3", drop).statusCode()).isEqualTo(200);
    assertThat(found("q=trouble-&with=dropped")).containsExactly("trouble-3");
    assertThat(found("q=trouble-&with=missing")).isEmpty();
    says("trouble-3", 7, 7); // 5 and 6 never came
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              everythingIsForwarded();
              return found("q=trouble-&with=missing");
            },
            List.of("trouble-3")::equals);
    assertThat(found("q=trouble-&with=waiting")).containsExactly("trouble-1");
  }

  /** Every gateway that is known says so, as a gateway does that has nothing left. */
  private void everythingIsForwarded() throws Exception {
    List<String> groups = given().get("/api/v1/ledger").then().extract().path("groups.group");
    for (String group : groups) {
      String answer = gateway.send(new ForwardRequest(group, 1, 1, tick, List.of())).body();
      tick = new ObjectMapper().readTree(answer).path("tick").asLong();
    }
  }

  @Test
  void devicesWithLateReadingsAreFound() throws Exception {
    exists("tardy-1", 3);
    exists("tardy-2", 2, TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
    exists("tardy-3", 1);
    assertThat(found("q=tardy-&with=late")).containsExactly("tardy-1", "tardy-3");
    assertThat(found("q=tardy-&with=late&sort=-device")).containsExactly("tardy-3", "tardy-1");
    given().get("/api/v1/devices/tardy-1").then().body("storedLate", equalTo(3));
    given().get("/api/v1/devices?q=tardy-").then().body("items.storedLate", contains(3, 0, 1));
  }

  /** Ids of all that match, two to a page. */
  private List<String> found(String query) throws Exception {
    List<String> ids = new ArrayList<>();
    String cursor = "";
    do {
      String body =
          given()
              .urlEncodingEnabled(false)
              .get("/api/v1/devices?limit=2&cursor=" + cursor + "&" + query)
              .then()
              .statusCode(200)
              .extract()
              .asString();
      JsonNode page = new ObjectMapper().readTree(body);
      page.get("items").forEach(item -> ids.add(item.get("device").asText()));
      cursor = page.get("next").isNull() ? "" : page.get("next").asText();
    } while (!cursor.isEmpty());
    return ids;
  }

  @Test
  void aWishThatCannotBeIsRefused() {
    Map.of("status=away", "status", "with=stored", "with", "sort=colour", "sort")
        .forEach(
            (query, parameter) ->
                given()
                    .get("/api/v1/devices?" + query)
                    .then()
                    .statusCode(400)
                    .body("parameter", equalTo(parameter))
                    .body("detail", containsString("one of")));
    assertThat(Set.of("q", "cursor"))
        .allSatisfy(
            parameter ->
                given()
                    .get("/api/v1/devices?" + parameter + "=" + "x".repeat(201))
                    .then()
                    .statusCode(400));
  }
}
