package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tidemark.ingest.ForwardClient;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every setting does something: here each has a value that shows. */
@QuarkusTest
@TestProfile(SettingsTest.Small.class)
@Timeout(120)
final class SettingsTest {
  /** Limits low enough to reach. */
  public static final class Small implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> values = new HashMap<>(new TemporaryData().start());
      values.put(
          "tidemark.sql.url", "jdbc:sqlite:" + values.get("tidemark.data.dir") + "/elsewhere.db");
      values.put("tidemark.intake.queue-max-bytes", "20000");
      values.put("tidemark.intake.late-after", "1h");
      values.put("tidemark.storage.kind-max-columns", "2");
      values.put("tidemark.storage.max-kinds", "1");
      values.put("tidemark.devices.online-within", "0s");
      values.put("tidemark.devices.late-within", "1h");
      values.put("tidemark.live.ring-max-events", "3");
      values.put("tidemark.live.max-listeners", "1");
      return values;
    }
  }

  /** Held for as long as streams are read that it opened: one that nobody holds may end them. */
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TestHTTPResource("/")
  URI root;

  @ConfigProperty(name = "tidemark.data.dir")
  Path data;

  private ForwardClient gateway() {
    return new ForwardClient(root);
  }

  private static Reading reading(String kind, int number, String... metrics) {
    Map<String, Value> values = new HashMap<>();
    for (String metric : metrics) {
      values.put(metric, Value.of(number));
    }
    return new Reading("s", kind, 1_772_323_200_000_000_000L + number, values);
  }

  @Test
  void limitsAndFolders() throws Exception {
    List<Reading> readings =
        List.of(
            reading("a", 0, "x", "y"),
            reading("a", 1, "z"),
            reading("b", 2, "x"),
            reading("a", 3, "x"));
    byte[] batch = BatchCodec.encode(Batch.ofReadings("d", 1, 0, readings, 4, 0));
    assertThat(gateway().send("d", batch).statusCode()).isEqualTo(200);
    given()
        .get("/api/v1/quarantine?reason=too_many_metrics")
        .then()
        .body("items[0].sequence", equalTo(1));
    given()
        .get("/api/v1/quarantine?reason=too_many_kinds")
        .then()
        .body("items[0].sequence", equalTo(2));
    given()
        .get("/api/v1/devices/d")
        .then()
        .body("ledger.stored", equalTo(2))
        .body("status", equalTo("late"));
    assertThat(data.resolve("elsewhere.db")).exists();
    assertThat(Files.isDirectory(data.resolve("store"))).isTrue();
  }

  @Test
  void aReadingIsLateOnlyAfterTheTimeThatIsSet() throws Exception {
    long now = System.currentTimeMillis() * 1_000_000;
    long minute = 60_000_000_000L;
    List<Reading> readings = new ArrayList<>();
    for (long minutes : List.of(70L, 61L, 59L, 50L)) {
      readings.add(new Reading("s", "a", now - minutes * minute, Map.of("x", Value.of(1.0))));
    }
    byte[] batch = BatchCodec.encode(Batch.ofReadings("tardy", 1, 0, readings, 4, 0));
    assertThat(gateway().send("tardy", batch).statusCode()).isEqualTo(200);
    given()
        .get("/api/v1/devices/tardy/late")
        .then()
        .body("after", equalTo("PT1H"))
        .body("items.readings", contains(2));
  }

  @Test
  void aFullQueueIsBusy() throws Exception {
    HttpResponse<String> answer = gateway().post(new byte[20_001], "");
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).contains("1");
    assertThat(answer.body()).contains("try again");
    assertThat(gateway().post(new byte[100], "").statusCode()).isEqualTo(400);
  }

  @Test
  void listenersAndTheirRingAreBounded() throws Exception {
    HttpResponse<InputStream> first = listen("");
    HttpResponse<InputStream> second = listen("");
    assertThat(second.statusCode()).isEqualTo(503);
    second.body().close();
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      readings.add(reading("a", 100 + i, "x"));
    }
    byte[] batch = BatchCodec.encode(Batch.ofReadings("ring", 1, 0, readings, 8, 0));
    assertThat(gateway().send("ring", batch).statusCode()).isEqualTo(200);
    // Eight at once, and a ring of three: the rest is gone, and said to be.
    try (var lines =
        new BufferedReader(new InputStreamReader(first.body(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      // What other tests' devices became may be told before.
      while (!line.equals("event: gap") && !line.equals("event: reading")) {
        line = lines.readLine();
      }
      assertThat(line).isEqualTo("event: gap");
    }
  }

  private HttpResponse<InputStream> listen(String query) throws Exception {
    return CLIENT.send(
        HttpRequest.newBuilder(root.resolve("/api/v1/stream" + query)).build(),
        HttpResponse.BodyHandlers.ofInputStream());
  }
}
