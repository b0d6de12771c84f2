package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.ingest.ForwardClient;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Has readings stored as a gateway does, and asks for what became of them. */
final class ApiClient {
  /** 2026-03-01T00:00:00Z. */
  static final long T0 = 1_772_323_200_000_000_000L;

  static final long EPOCH = (1L << 53) - 1;
  static final long SECOND = 1_000_000_000L;

  final ForwardClient gateway;

  ApiClient(URI root) {
    gateway = new ForwardClient(root);
  }

  void store(String device, long first, List<Reading> readings) throws Exception {
    assertThat(gateway.send(device, batch(device, first, readings)).statusCode()).isEqualTo(200);
  }

  static byte[] batch(String device, long first, List<Reading> readings) {
    return BatchCodec.encode(
        Batch.ofReadings(device, EPOCH, first, readings, first + readings.size(), first));
  }

  static Reading reading(String sensor, long time, double value) {
    return new Reading(sensor, "bme280", time, Map.of("temperature", Value.of(value)));
  }

  /** From {@link #T0} on. */
  static List<Reading> everySecond(int count) {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readings.add(reading("roof", T0 + i * SECOND, 20 + i));
    }
    return readings;
  }

  static JsonNode json(String url) throws Exception {
    return new ObjectMapper()
        .readTree(
            given().urlEncodingEnabled(false).get(url).then().statusCode(200).extract().asString());
  }
}
