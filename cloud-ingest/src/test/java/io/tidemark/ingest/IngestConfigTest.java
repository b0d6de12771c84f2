package io.tidemark.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tidemark.ingest.intake.Intake;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.storage.embedded.EmbeddedStore;
import io.tidemark.ingest.storage.influx.InfluxVersion;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Pins every key and default: they are an interface. */
final class IngestConfigTest {
  private static IngestConfig config(Map<String, String> values) {
    return new SmallRyeConfigBuilder()
        .withMapping(IngestConfig.class)
        .addDefaultInterceptors()
        .addDiscoveredConverters()
        .withConverter(
            Duration.class, 200, new io.quarkus.runtime.configuration.DurationConverter())
        .withSources(new PropertiesConfigSource(values, "test", 500))
        .build()
        .getConfigMapping(IngestConfig.class);
  }

  @Test
  void defaults() {
    IngestConfig config = config(Map.of());
    assertThat(config.store()).isEqualTo("embedded");
    assertThat(config.data().dir()).isEqualTo(Path.of("data/ingest"));
    assertThat(config.sql().url()).isEmpty();
    assertThat(config.intake().queueMaxBytes()).isEqualTo(Intake.QUEUE_MAX_BYTES);
    assertThat(config.intake().chunkMaxReadings()).isEqualTo(Intake.CHUNK_MAX_READINGS);
    assertThat(config.storage().kindMaxColumns()).isEqualTo(EmbeddedStore.KIND_MAX_COLUMNS);
    assertThat(config.storage().maxKinds()).isEqualTo(EmbeddedStore.MAX_KINDS);
    assertThat(config.quarantine().maxItems()).isEqualTo(Quarantine.MAX_ITEMS);
    assertThat(config.quarantine().maxBytes()).isEqualTo(Quarantine.MAX_BYTES);
    assertThat(config.influx().url()).isEmpty();
    assertThat(config.influx().database()).isEqualTo("tidemark");
    assertThat(config.influx().org()).isEmpty();
    assertThat(config.influx().token()).isEmpty();
    assertThat(config.influx().createDatabase()).isFalse();
    assertThat(config.influx().version()).isEqualTo(InfluxVersion.AUTO);
    assertThat(config.influx().requestsMax()).isEqualTo(4);
    assertThat(config.influx().requestMaxRows()).isEqualTo(5_000);
    assertThat(config.influx().requestTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(config.influx().retryFor()).isEqualTo(Duration.ofSeconds(20));
    assertThat(config.influx().gzip()).isFalse();
    assertThat(config.devices().onlineWithin()).isEqualTo(Duration.ofSeconds(90));
    assertThat(config.devices().lateWithin()).isEqualTo(Duration.ofMinutes(10));
    assertThat(config.live().ringMaxEvents()).isEqualTo(10_000);
    assertThat(config.live().maxListeners()).isEqualTo(100);
    assertThat(config.gateways().historyMaxChanges()).isEqualTo(10_000);
    assertThat(config.gateways().historyMaxAge()).isEqualTo(Duration.ofDays(30));
  }

  @Test
  void keys() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("tidemark.store", "influx");
    values.put("tidemark.data.dir", "/d");
    values.put("tidemark.sql.url", "jdbc:sqlite:/x.db");
    values.put("tidemark.intake.queue-max-bytes", "1");
    values.put("tidemark.intake.chunk-max-readings", "2");
    values.put("tidemark.storage.kind-max-columns", "3");
    values.put("tidemark.storage.max-kinds", "4");
    values.put("tidemark.quarantine.max-items", "13");
    values.put("tidemark.quarantine.max-bytes", "14");
    values.put("tidemark.influx.url", "http://h:1");
    values.put("tidemark.influx.database", "db");
    values.put("tidemark.influx.org", "o");
    values.put("tidemark.influx.token", "t");
    values.put("tidemark.influx.create-database", "true");
    values.put("tidemark.influx.version", "v2");
    values.put("tidemark.influx.requests-max", "9");
    values.put("tidemark.influx.request-max-rows", "10");
    values.put("tidemark.influx.request-timeout", "11s");
    values.put("tidemark.influx.retry-for", "12s");
    values.put("tidemark.influx.gzip", "true");
    values.put("tidemark.devices.online-within", "5s");
    values.put("tidemark.devices.late-within", "6m");
    values.put("tidemark.live.ring-max-events", "7");
    values.put("tidemark.live.max-listeners", "8");
    values.put("tidemark.gateways.history-max-changes", "15");
    values.put("tidemark.gateways.history-max-age", "16h");
    IngestConfig config = config(values);
    assertThat(config.store()).isEqualTo("influx");
    assertThat(config.data().dir()).isEqualTo(Path.of("/d"));
    assertThat(config.sql().url()).contains("jdbc:sqlite:/x.db");
    assertThat(config.intake().queueMaxBytes()).isEqualTo(1);
    assertThat(config.intake().chunkMaxReadings()).isEqualTo(2);
    assertThat(config.storage().kindMaxColumns()).isEqualTo(3);
    assertThat(config.storage().maxKinds()).isEqualTo(4);
    assertThat(config.quarantine().maxItems()).isEqualTo(13);
    assertThat(config.quarantine().maxBytes()).isEqualTo(14);
    assertThat(config.influx().url()).contains(URI.create("http://h:1"));
    assertThat(config.influx().database()).isEqualTo("db");
    assertThat(config.influx().org()).contains("o");
    assertThat(config.influx().token()).contains("t");
    assertThat(config.influx().createDatabase()).isTrue();
    assertThat(config.influx().version()).isEqualTo(InfluxVersion.V2);
    assertThat(config.influx().requestsMax()).isEqualTo(9);
    assertThat(config.influx().requestMaxRows()).isEqualTo(10);
    assertThat(config.influx().requestTimeout()).isEqualTo(Duration.ofSeconds(11));
    assertThat(config.influx().retryFor()).isEqualTo(Duration.ofSeconds(12));
    assertThat(config.influx().gzip()).isTrue();
    assertThat(config.devices().onlineWithin()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.devices().lateWithin()).isEqualTo(Duration.ofMinutes(6));
    assertThat(config.live().ringMaxEvents()).isEqualTo(7);
    assertThat(config.live().maxListeners()).isEqualTo(8);
    assertThat(config.gateways().historyMaxChanges()).isEqualTo(15);
    assertThat(config.gateways().historyMaxAge()).isEqualTo(Duration.ofHours(16));
  }
}
