package io.tidemark.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The whole gateway, in this process: from MQTT to ingest, and what can be seen of it. */
@QuarkusTest
@TestProfile(GatewayTest.Alone.class)
class GatewayTest {
  /** One for all requests: of those made for one each, and held by nobody, one never answered. */
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  /** Not what it is by default. */
  private static final long DISK_MIN_BYTES = 1_234_567;

  /** Any ports, a folder of its own. */
  public static class Alone implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      try {
        Map<String, String> all = new HashMap<>();
        all.put("tidemark.log.free-space-min-bytes", "" + DISK_MIN_BYTES);
        all.putAll(
            Map.of(
                "tidemark.security", "off",
                "tidemark.gateway.id", "g1",
                "tidemark.cluster.peers", "g1=127.0.0.1:0",
                "tidemark.data.dir", Files.createTempDirectory("gateway-test").toString(),
                "tidemark.ingest.urls", "http://127.0.0.1:1",
                "tidemark.mqtt.host", "127.0.0.1",
                "tidemark.mqtt.port", "0",
                "tidemark.coap.host", "127.0.0.1",
                "tidemark.coap.port", "0",
                "tidemark.forward.backoff-max", "200ms"));
        return all;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Inject Gateway gateway = given();

  @TestHTTPResource("/")
  URI http = URI.create("http://set.by.quarkus");

  @SuppressWarnings("NullAway") // injected before each test
  private static Gateway given() {
    return null;
  }

  @AfterEach
  void stop() throws Exception {
    gateway.stop();
  }

  @Test
  void isReadyWithoutIngestAndCountsWhatItDoes() throws Exception {
    assertThat(get("q/health/ready").statusCode()).isEqualTo(503);
    assertThat(get("q/health/started").statusCode()).isEqualTo(503);
    assertThat(get("q/health/live").statusCode()).isEqualTo(200);
    gateway.start();
    await().atMost(Duration.ofSeconds(30)).until(() -> get("q/health/ready").statusCode() == 200);
    assertThat(get("q/health/started").statusCode()).isEqualTo(200);

    try (MqttClient client =
        new MqttClient("tcp://127.0.0.1:" + gateway.mqttPort(), "d1", new MemoryPersistence())) {
      client.connect();
      client.publish("devices/d1/telemetry", Batches.readings("d1", 0, 10), 1, false);
      assertThat(metric("tidemark_gateway_connections")).isEqualTo(1);
      client.disconnect();
    }
    assertThat(post("devices/d2/telemetry", Batches.readings("d2", 0, 4))).isEqualTo("2.04");
    assertThat(post("devices/d2", Batches.readings("d2", 0, 4))).isEqualTo("4.04");
    assertThat(metric("tidemark_gateway_readings_refused_total{reason=\"topic\"}")).isEqualTo(1);
    assertThat(metric("tidemark_gateway_coap_in_flight")).isZero();
    for (String outcome : List.of("taken", "committed", "lost")) {
      String name = "tidemark_gateway_coap_non_messages_total{outcome=\"" + outcome + "\"}";
      assertThat(metric(name)).isZero();
    }
    for (String reason : List.of("malformed", "backlog", "rate", "unsent")) {
      String name = "tidemark_gateway_coap_datagrams_discarded_total{reason=\"" + reason + "\"}";
      assertThat(metric(name)).isZero();
    }
    assertThat(metric("tidemark_gateway_readings_received_total")).isEqualTo(15);
    assertThat(metric("tidemark_gateway_readings_committed_total")).isEqualTo(14);
    assertThat(metric("tidemark_gateway_readings_refused_total{reason=\"undecodable\"}")).isZero();
    assertThat(metric("tidemark_gateway_readings_forwarded_total")).isZero();
    assertThat(metric("tidemark_gateway_readings_waiting")).isEqualTo(14);
    assertThat(metric("tidemark_gateway_readings_pending")).isZero();
    assertThat(metric("tidemark_gateway_log_bytes{group=\"g1\"}")).isPositive();
    assertThat(metric("tidemark_gateway_log_committed_index{group=\"g1\"}"))
        .isGreaterThan(metric("tidemark_gateway_log_forwarded_index{group=\"g1\"}"));
    assertThat(metric("tidemark_gateway_readings_passed_total")).isZero();
    assertThat(metric("tidemark_gateway_readings_handed_over_total")).isZero();
    assertThat(metric("tidemark_gateway_log_leading{group=\"g1\"}")).isEqualTo(1);
    assertThat(metric("tidemark_gateway_log_full{group=\"g1\"}")).isZero();
    assertThat(metric("tidemark_gateway_log_filled{group=\"g1\"}"))
        .isBetween(Double.MIN_VALUE, 0.1);
    double oldest = metric("tidemark_gateway_log_oldest_seconds{group=\"g1\"}");
    assertThat(oldest).isPositive();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(metric("tidemark_gateway_log_oldest_seconds{group=\"g1\"}"))
                    .as("the same entry waits for longer")
                    .isGreaterThan(oldest));
    assertThat(metric("tidemark_gateway_disk_usable_bytes"))
        .isGreaterThan(metric("tidemark_gateway_disk_min_bytes"));
    assertThat(metric("tidemark_gateway_disk_min_bytes")).isEqualTo(DISK_MIN_BYTES);
    assertThat(metric("tidemark_gateway_committing")).isEqualTo(1);
    assertThat(get("q/health/live").statusCode()).isEqualTo(200);

    JsonObject cluster = new JsonObject(get("api/v1/cluster").body());
    assertThat(cluster.getBoolean("canCommit")).isTrue();
    assertThat(cluster.getString("gateway")).isEqualTo("g1");
    JsonObject member = cluster.getJsonArray("members").getJsonObject(0);
    assertThat(member.getString("trouble")).isEmpty();
    assertThat(member.getString("mqtt")).isEqualTo("127.0.0.1:" + gateway.mqttPort());
    assertThat(member.getString("coap")).isEqualTo("127.0.0.1:" + gateway.coapPort());
    JsonObject group = cluster.getJsonArray("groups").getJsonObject(0);
    assertThat(group.getString("role")).isEqualTo("leader");
    assertThat(group.getString("leader")).isEqualTo("g1");
    assertThat(group.getLong("waitingReadings")).isEqualTo(14);
    assertThat(group.getBoolean("settled")).isTrue();
    assertThat(group.getBoolean("leaving")).isFalse();
    assertThat(cluster.getLong("generation")).isZero();
    assertThat(cluster.getString("software")).isNotEmpty().doesNotContain("$");
    assertThat(Duration.between(Instant.parse(cluster.getString("time")), Instant.now()))
        .isBetween(Duration.ZERO, ANSWER_MAX);
    JsonObject disk = new JsonObject(get("api/v1/cluster").body()).getJsonObject("disk");
    assertThat(disk.getLong("freeBytes")).isGreaterThan(disk.getLong("freeMinBytes"));
    assertThat(disk.getLong("logBytes")).isBetween(1L, disk.getLong("logMaxBytes"));
    changesAreRefusedWithTheReason();

    gateway.stop();
    assertThat(get("api/v1/cluster").statusCode()).isEqualTo(503);
    assertThat(get("q/health/ready").statusCode()).isEqualTo(503);
  }

  private void changesAreRefusedWithTheReason() throws Exception {
    assertThat(change("{\"remove\": [\"g1\"]}", 409)).contains("would make 0 gateways");
    assertThat(change("{\"replace\": \"g1=127.0.0.1:1\"}", 409)).contains("no gateway answers");
    assertThat(change("{\"add\": [\"g2\"]}", 400)).contains("is not of the form id=host:port");
    assertThat(change("{\"add\": []}", 400)).contains("has to name a gateway");
    assertThat(change("{\"add\": [7]}", 400)).isNotEmpty();
    assertThat(change("{\"grow\": true}", 400)).contains("\"grow\"");
    assertThat(change("{}", 400)).contains("one of replace, add and remove");
    assertThat(change("nonsense", 400)).isNotEmpty();
    assertThat(change("", 400)).isNotEmpty();
    assertThat(change("[1]", 400)).isNotEmpty();
    assertThat(change("{\"remove\": [\"g1\"]}", "text/plain", 415)).contains("application/json");
  }

  private String change(String body, int status) throws Exception {
    return change(body, "application/json", status);
  }

  private String change(String body, String type, int status) throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(http.resolve("api/v1/cluster/changes"))
                .timeout(ANSWER_MAX)
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(body).isEqualTo(status);
    return new JsonObject(answer.body()).getString("detail");
  }

  private String post(String path, byte[] payload) throws Exception {
    try (CoapPosts client = new CoapPosts()) {
      return client
          .post("coap://127.0.0.1:" + gateway.coapPort() + "/" + path, null, payload)
          .getCode()
          .toString();
    }
  }

  private double metric(String name) throws Exception {
    Matcher line =
        Pattern.compile("(?m)^" + Pattern.quote(name) + " (\\S+)$")
            .matcher(get("q/metrics").body());
    assertThat(line.find()).as(name).isTrue();
    return Double.parseDouble(line.group(1));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return CLIENT.send(
        HttpRequest.newBuilder(http.resolve(path)).timeout(ANSWER_MAX).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
