package io.tidemark.deploy;

import org.junit.jupiter.api.AfterAll;

/** Deliveries with a real influxd. */
class InfluxDeliveryTest extends DeliveryContract {
  private InfluxServer influx;

  @Override
  TestPipeline pipeline() throws Exception {
    influx = InfluxServer.start(TestPipeline.folder("influx-delivery-server"));
    return TestPipeline.in("influx-delivery", influx.url());
  }

  @AfterAll
  void stopInflux() throws InterruptedException {
    if (influx != null) {
      influx.close();
    }
  }
}
