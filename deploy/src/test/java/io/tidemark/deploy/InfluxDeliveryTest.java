package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.pipeline.ChildProcess;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Deliveries with a real influxd. */
class InfluxDeliveryTest extends DeliveryContract {
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

  @AfterAll
  void stopInflux() throws InterruptedException {
    if (influx != null) {
      influx.close();
    }
  }
}
