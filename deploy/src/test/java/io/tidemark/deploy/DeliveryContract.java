package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What becomes of single deliveries, from a foreign client to the rows the API shows: the same with
 * every store.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DeliveryContract {
  private static final long NOW = Instant.now().toEpochMilli() * 1_000_000L;

  TestPipeline test;

  /** A pipeline on the store in question, not started. */
  abstract TestPipeline pipeline() throws Exception;

  @BeforeAll
  void start() throws Exception {
    test = pipeline();
    test.parts().startServers();
  }

  @AfterAll
  void stop() throws Exception {
    if (test != null) {
      test.close();
    }
  }

  @Test
  void theSameBatchSentTenTimesIsOneRowAReading() throws Exception {
    byte[] batch =
        BatchCodec.encode(batch("ten-times", 11, 0, reading(NOW, 1), reading(NOW + 5, 2)));
    try (DeviceClient device = new DeviceClient(test.parts().mqttUrl(), "ten-times")) {
      List<CompletableFuture<Integer>> acknowledgements = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        acknowledgements.add(device.send("ten-times", batch));
      }
      for (CompletableFuture<Integer> acknowledgement : acknowledgements) {
        assertThat(acknowledgement.get(60, TimeUnit.SECONDS)).isZero();
      }
    }
    Sums sums = awaitDevice("ten-times", 2);
    assertThat(sums.stored()).isEqualTo(2);
    assertThat(sums.duplicates()).isZero();
    assertThat(rows("ten-times")).hasSize(2);
  }

  @Test
  void twoReadingsAtOneInstantAreTwoRows() throws Exception {
    byte[] batch = BatchCodec.encode(batch("one-instant", 12, 0, reading(NOW, 1), reading(NOW, 2)));
    try (DeviceClient device = new DeviceClient(test.parts().mqttUrl(), "one-instant")) {
      assertThat(device.sendAndWait("one-instant", batch)).isZero();
    }
    awaitDevice("one-instant", 2);
    assertThat(rows("one-instant"))
        .extracting(row -> row.path("values").path("temperature").asDouble())
        .containsExactlyInAnyOrder(1.0, 2.0);
    assertThat(rows("one-instant")).extracting(row -> row.path("time").asText()).hasSize(2);
  }

  @Test
  void brokenBytesAreRefusedAndLeaveNoTrace() throws Exception {
    byte[] broken = BatchCodec.encode(batch("broken", 13, 0, reading(NOW, 1)));
    broken[broken.length - 1] ^= 1;
    try (DeviceClient device = new DeviceClient(test.parts().mqttUrl(), "broken")) {
      assertThat(device.sendAndWait("broken", broken)).isEqualTo(0x99);
      assertThat(device.sendAndWait("broken", new byte[] {'n', 'o'})).isEqualTo(0x99);
    }
  }

  @Test
  void aBatchOfAnotherDeviceIsRefused() throws Exception {
    byte[] batch = BatchCodec.encode(batch("somebody", 14, 0, reading(NOW, 1)));
    try (DeviceClient device = new DeviceClient(test.parts().mqttUrl(), "somebody-else")) {
      assertThat(device.sendAndWait("somebody-else", batch)).isEqualTo(0x87);
    }
  }

  @Test
  void aGapInTheNumbersIsNamed() throws Exception {
    // The device says it has kept nothing below 5, and yet 2 to 4 never came.
    byte[] first = BatchCodec.encode(batch("gap", 15, 0, reading(NOW, 1), reading(NOW + 1, 2)));
    byte[] later =
        BatchCodec.encode(Batch.ofReadings("gap", 15, 5, List.of(reading(NOW + 9, 3)), 6, 5));
    try (DeviceClient device = new DeviceClient(test.parts().mqttUrl(), "gap")) {
      assertThat(device.sendAndWait("gap", first)).isZero();
      assertThat(device.sendAndWait("gap", later)).isZero();
    }
    Sums sums = awaitDevice("gap", 6);
    assertThat(sums.missing()).isEqualTo(3);
    JsonNode range = ledger("gap").path("epochs").path(0).path("missingRanges").path(0);
    assertThat(range.path("first").asLong()).isEqualTo(2);
    assertThat(range.path("last").asLong()).isEqualTo(4);
    assertThat(range.path("since").asText()).isNotEmpty();
  }

  @Test
  void whatCanNotBeARowIsSetAsideAndTheRestStored() throws Exception {
    byte[] batch =
        BatchCodec.encode(
            batch(
                "set-aside",
                16,
                0,
                reading(NOW, Double.NaN),
                reading(NOW + 1, 2),
                reading(1, 3),
                new Reading("main", "probe", NOW + 3, Map.of("seq", Value.of(4.0)))));
    try (DeviceClient device = new DeviceClient(test.parts().mqttUrl(), "set-aside")) {
      assertThat(device.sendAndWait("set-aside", batch)).isZero();
    }
    Sums sums = awaitDevice("set-aside", 4);
    assertThat(sums.stored()).isEqualTo(1);
    assertThat(sums.quarantined()).isEqualTo(3);
    List<JsonNode> items = new ArrayList<>();
    get("/api/v1/quarantine?device=set-aside").path("items").forEach(items::add);
    assertThat(items)
        .extracting(item -> item.path("sequence").asLong() + " " + item.path("reason").asText())
        .containsExactlyInAnyOrder("0 not_finite", "2 time_out_of_range", "3 reserved_name");
  }

  @Test
  void aMetricMayChangeItsTypeBetweenDevicesAndWithinOne() throws Exception {
    Map<String, List<Value>> changing =
        Map.of(
            "types-1", List.of(Value.of(1.5), Value.of("low"), Value.of(true), Value.of(2)),
            "types-2", List.of(Value.of(false), Value.of(-0.0), Value.of("")));
    for (Map.Entry<String, List<Value>> device : changing.entrySet()) {
      List<Reading> readings = new ArrayList<>();
      for (Value value : device.getValue()) {
        readings.add(
            new Reading("main", "changing", NOW + readings.size(), Map.of("level", value)));
      }
      byte[] batch =
          BatchCodec.encode(
              batch(device.getKey(), 17, 0, readings.toArray(new Reading[readings.size()])));
      try (DeviceClient client = new DeviceClient(test.parts().mqttUrl(), device.getKey())) {
        assertThat(client.sendAndWait(device.getKey(), batch)).isZero();
      }
    }
    assertThat(awaitDevice("types-1", 4).stored()).isEqualTo(4);
    assertThat(awaitDevice("types-2", 3).stored()).isEqualTo(3);
    assertThat(rows("types-1"))
        .extracting(row -> row.path("values").path("level").toString())
        .containsExactly("1.5", "\"low\"", "true", "2.0");
    assertThat(rows("types-2"))
        .extracting(row -> row.path("values").path("level").toString())
        .containsExactly("false", "-0.0", "\"\"");
  }

  private static Reading reading(long timeNanos, double temperature) {
    return new Reading("main", "probe", timeNanos, Map.of("temperature", Value.of(temperature)));
  }

  /** A batch of which the device keeps nothing afterwards. */
  private static Batch batch(String device, long epoch, long first, Reading... readings) {
    return Batch.ofReadings(
        device, epoch, first, List.of(readings), first + readings.length, first);
  }

  List<JsonNode> rows(String device) throws Exception {
    List<JsonNode> rows = new ArrayList<>();
    get("/api/v1/devices/" + device + "/readings?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z")
        .path("items")
        .forEach(rows::add);
    return rows;
  }

  private JsonNode ledger(String device) throws Exception {
    return get("/api/v1/devices/" + device + "/ledger");
  }

  /**
   * Waits until nothing of a device waits that can still be decided; a last status closes what it
   * has produced.
   */
  Sums awaitDevice(String device, long produced) throws Exception {
    long epoch = awaitEpoch(device);
    byte[] status = BatchCodec.encode(Batch.ofStatus(device, epoch, produced, produced));
    try (DeviceClient client = new DeviceClient(test.parts().mqttUrl(), device)) {
      assertThat(client.sendAndWait(device, status)).isZero();
    }
    Sums[] last = new Sums[1];
    org.awaitility.Awaitility.await(device + " settled")
        .atMost(TestPipeline.LONG)
        .until(
            () -> {
              last[0] = Sums.of(ledger(device).path("totals"));
              return last[0].produced() == produced && last[0].waiting() == 0;
            });
    return last[0];
  }

  private long awaitEpoch(String device) {
    long[] epoch = new long[1];
    org.awaitility.Awaitility.await(device + " known")
        .atMost(TestPipeline.LONG)
        .ignoreExceptionsInstanceOf(java.io.IOException.class)
        .until(
            () -> {
              epoch[0] = ledger(device).path("epochs").path(0).path("epoch").asLong();
              return epoch[0] > 0;
            });
    return epoch[0];
  }

  private JsonNode get(String path) throws Exception {
    return test.parts().http().get(test.parts().apiUrl() + path);
  }
}
