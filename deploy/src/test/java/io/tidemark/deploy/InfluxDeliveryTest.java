package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.grafana.DashboardRun;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Deliveries with a real influxd. */
class InfluxDeliveryTest extends DeliveryContract {
  private static final String PRESS = "press.7";

  /** What an expression for the former finds as well, unless its point is escaped. */
  private static final String OTHER_PRESS = "pressx7";

  private static final long EPOCH = 7_000_007;

  private InfluxServer influx;

  @Override
  TestPipeline pipeline() throws Exception {
    influx = InfluxServer.start(TestPipeline.folder("influx-delivery-server"));
    return TestPipeline.in("influx-delivery", influx.url());
  }

  @Test
  void anotherIngestWithALedgerOfItsOwnDoesNotStart() throws Exception {
    try (TestPipeline other = TestPipeline.in("influx-delivery-other", influx.url())) {
      ChildProcess ingest = other.parts().ingest();
      ingest.start();
      assertThat(ingest.waitFor(TestPipeline.LONG)).isTrue();
      assertThat(ingest.exitCode()).isEqualTo(2);
      assertThat(ingest.logTail())
          .contains(
              "database tidemark", "is in use by another ingest", "set tidemark.influx.database");
    }
  }

  /**
   * Every query of every dashboard for Grafana finds what ingest has written, with all that there
   * is and with some of it chosen, and counts what the ledger counts.
   */
  @Test
  void grafanaShowsTheRows() throws Exception {
    Instant start = Instant.now().minusSeconds(60);
    send(PRESS, start, 0, 10);
    send(PRESS, start, 13, 30); // 10 to 12 never come
    send(OTHER_PRESS, start, 0, 5);
    Sums sums = awaitDevice(PRESS, 30);
    assertThat(sums.stored()).isEqualTo(27);
    awaitDevice(OTHER_PRESS, 5);

    DashboardRun grafana =
        new DashboardRun(
            influx.url(), "tidemark", start.minusSeconds(60), Instant.now().plusSeconds(60));
    Map<String, List<String>> chosen =
        Map.of(
            "device",
            List.of(PRESS),
            "sensor",
            List.of("roof"),
            "kind",
            List.of("bme280"),
            "metric",
            List.of("temperature", "pm2.5"),
            "epoch",
            List.of(Long.toString(EPOCH)));
    assertThat(grafana.open(chosen, true)).isEmpty();
    assertThat(grafana.column("fleet.json", "Newest row of each sensor", "device"))
        .contains(PRESS, OTHER_PRESS);
    assertThat(grafana.open(chosen, false)).isEmpty();
    assertThat(grafana.column("fleet.json", "Newest row of each sensor", "device"))
        .containsOnly(PRESS);
    assertThat(grafana.column("completeness.json", "Each device and epoch", "without a row"))
        .containsExactly((double) (sums.produced() - sums.stored()));
  }

  /** Numbers from {@code first} to before {@code next}, a second each, of two kinds in turn. */
  private void send(String device, Instant start, int first, int next) throws Exception {
    List<Reading> readings = new ArrayList<>();
    for (int i = first; i < next; i++) {
      long time = (start.getEpochSecond() + i) * 1_000_000_000L;
      readings.add(
          i % 2 == 0
              ? new Reading(
                  "roof",
                  "bme280",
                  time,
                  Map.of(
                      "temperature", Value.of(20 + i % 7),
                      "humidity", Value.of(40 + i % 5),
                      "pm2.5", Value.of(i),
                      "state", Value.of("ok"),
                      "heated", Value.of(true)))
              : new Reading(
                  "main", "power-meter", time, Map.of("active_power", Value.of(100 + i))));
    }
    byte[] batch = BatchCodec.encode(Batch.ofReadings(device, EPOCH, first, readings, next, first));
    try (DeviceClient client = new DeviceClient(test.parts().mqttUrl(), device)) {
      assertThat(client.sendAndWait(device, batch)).isZero();
    }
  }

  @AfterAll
  void stopInflux() throws InterruptedException {
    if (influx != null) {
      influx.close();
    }
  }
}
