package io.tidemark.gateway;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.tidemark.gateway.replication.LogSettings;
import java.io.IOException;
import java.nio.file.Files;

/** What can be watched of the disk that the logs are on. */
record DiskMetrics(LogSettings settings) implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("tidemark.gateway.disk.usable.bytes", this, DiskMetrics::usableBytes)
        .description("Room left on the disk of the logs")
        .strongReference(true)
        .register(registry);
    Gauge.builder("tidemark.gateway.disk.min.bytes", settings, LogSettings::freeSpaceMinBytes)
        .description("With less room left on the disk nothing is taken in")
        .strongReference(true)
        .register(registry);
  }

  private double usableBytes() {
    try {
      return Files.getFileStore(settings.dir()).getUsableSpace();
    } catch (IOException e) {
      return Double.NaN; // nobody knows; the log's own health says what is wrong with the folder
    }
  }
}
