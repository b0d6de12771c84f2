package io.tidemark.ingest.storage.influx;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What writing to InfluxDB takes, for operators. */
final class InfluxMeters {
  private static final String REQUESTS = "tidemark.ingest.influx.requests";

  final Counter taken;
  final Counter refused;
  final Counter failed;

  InfluxMeters(MeterRegistry registry, Pace pace) {
    taken = requests(registry, "taken");
    refused = requests(registry, "refused");
    failed = requests(registry, "failed");
    registry.gauge("tidemark.ingest.influx.requests.under.way", pace, Pace::underWay);
  }

  private static Counter requests(MeterRegistry registry, String outcome) {
    return Counter.builder(REQUESTS)
        .description(
            "Write requests by what came of them: taken, refused (and split), failed (and tried again)")
        .tag("outcome", outcome)
        .register(registry);
  }
}
