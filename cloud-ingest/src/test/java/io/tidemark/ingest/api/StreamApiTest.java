package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static io.tidemark.ingest.api.ApiClient.SECOND;
import static io.tidemark.ingest.api.ApiClient.T0;
import static io.tidemark.ingest.api.ApiClient.everySecond;
import static io.tidemark.ingest.api.ApiClient.json;
import static io.tidemark.ingest.api.ApiClient.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tidemark.ingest.ForwardClient;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The live stream. Each test has devices of its own. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class StreamApiTest extends ApiTests {
  /** Held for as long as streams are read that it opened: one that nobody holds may end them. */
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Test
  void theStreamTellsOfReadingsAndResumes() throws Exception {
    List<String> ids = new ArrayList<>();
    try (Stream stream = listen("?device=live", "")) {
      stream.next("retry");
      client.store("other", 0, everySecond(2));
      client.store("live", 0, everySecond(3));
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
    client.store("plug", 0, everySecond(1));
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
      client.store("plug", 1, List.of(reading("roof", T0 + 9 * SECOND, 20)));
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
    assertThat(client.gateway.send(new ForwardRequest("g1", 1, 1, 0, List.of(entry))).statusCode())
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
        CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
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
}
