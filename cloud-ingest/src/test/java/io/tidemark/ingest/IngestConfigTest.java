package io.tidemark.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tidemark.ingest.alerts.SmtpSettings;
import io.tidemark.ingest.intake.Intake;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.storage.embedded.EmbeddedStore;
import io.tidemark.ingest.storage.influx.InfluxVersion;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Pins every key and default: they are an interface. */
final class IngestConfigTest {
  static IngestConfig config(Map<String, String> values) {
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
    assertThat(config.security()).isEqualTo("on");
    assertThat(config.logFormat()).isEqualTo("text");
    assertThat(config.access().sessionIdle()).isEqualTo(Duration.ofHours(8));
    assertThat(config.access().sessionMax()).isEqualTo(Duration.ofDays(7));
    assertThat(config.access().setupTokenFile()).isEmpty();
    assertThat(config.access().oidc().issuer()).isEmpty();
    assertThat(config.access().oidc().clientId()).isEmpty();
    assertThat(config.access().oidc().clientSecret()).isEmpty();
    assertThat(config.access().oidc().authority()).isEmpty();
    assertThat(config.access().oidc().title()).isEqualTo("your organisation's account");
    assertThat(config.access().oidc().scopes()).containsExactly("profile");
    assertThat(config.access().oidc().nameClaim()).isEqualTo("preferred_username");
    assertThat(config.access().oidc().roleClaim()).isEqualTo("groups");
    assertThat(config.access().oidc().viewerGroups()).isEmpty();
    assertThat(config.access().oidc().operatorGroups()).isEmpty();
    assertThat(config.access().oidc().adminGroups()).isEmpty();
    assertThat(config.store()).isEqualTo("embedded");
    assertThat(config.identity().dir()).isEmpty();
    assertThat(config.identity().hosts()).isEmpty();
    assertThat(config.identity().deviceValidity()).isEqualTo(Duration.ofDays(30));
    assertThat(config.identity().gatewayValidity()).isEqualTo(Duration.ofDays(30));
    assertThat(config.identity().grace()).isEqualTo(Duration.ofDays(365));
    assertThat(config.data().dir()).isEqualTo(Path.of("data/ingest"));
    assertThat(config.sql().url()).isEmpty();
    assertThat(config.sql().user()).isEmpty();
    assertThat(config.sql().passwordFile()).isEmpty();
    assertThat(config.influx().tokenFile()).isEmpty();
    assertThat(config.intake().queueMaxBytes()).isEqualTo(Intake.QUEUE_MAX_BYTES);
    assertThat(config.intake().chunkMaxReadings()).isEqualTo(Intake.CHUNK_MAX_READINGS);
    assertThat(config.intake().lateAfter()).isEqualTo(Duration.ofSeconds(60));
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
    assertThat(config.alerts().every()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.alerts().lookBack()).isEqualTo(Duration.ofHours(1));
    assertThat(config.alerts().noDataAfter()).isEqualTo(Duration.ofMinutes(5));
    assertThat(config.alerts().settleFor()).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.alerts().leaseFor()).isEqualTo(Duration.ofSeconds(15));
    assertThat(config.alerts().deliverFor()).isEqualTo(Duration.ofHours(24));
    assertThat(config.alerts().retryPause()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.alerts().timeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.alerts().historyFor()).isEqualTo(Duration.ofDays(90));
    assertThat(config.alerts().smtp().host()).isEmpty();
    assertThat(config.alerts().smtp().port()).isEqualTo(587);
    assertThat(config.alerts().smtp().security()).isEqualTo(SmtpSettings.Security.STARTTLS);
    assertThat(config.alerts().smtp().user()).isEmpty();
    assertThat(config.alerts().smtp().password()).isEmpty();
    assertThat(config.alerts().smtp().from()).isEmpty();
    assertThat(config.install().dir()).isEmpty();
  }

  @Test
  void keys() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("tidemark.security", "off");
    values.put("tidemark.log-format", "json");
    values.put("tidemark.access.session-idle", "18s");
    values.put("tidemark.access.session-max", "19s");
    values.put("tidemark.access.setup-token-file", "setup");
    values.put("tidemark.access.oidc.issuer", "https://p");
    values.put("tidemark.access.oidc.client-id", "c");
    values.put("tidemark.access.oidc.client-secret", "s");
    values.put("tidemark.access.oidc.authority", "/a.pem");
    values.put("tidemark.access.oidc.title", "it");
    values.put("tidemark.access.oidc.scopes", "a,b");
    values.put("tidemark.access.oidc.name-claim", "n");
    values.put("tidemark.access.oidc.role-claim", "r");
    values.put("tidemark.access.oidc.viewer-groups", "v,w");
    values.put("tidemark.access.oidc.operator-groups", "o");
    values.put("tidemark.access.oidc.admin-groups", "x");
    values.put("tidemark.store", "influx");
    values.put("tidemark.security", "off");
    values.put("tidemark.identity.dir", "/i");
    values.put("tidemark.identity.hosts", "a,b");
    values.put("tidemark.identity.device-validity", "1h");
    values.put("tidemark.identity.gateway-validity", "2h");
    values.put("tidemark.identity.grace", "3h");
    values.put("tidemark.data.dir", "/d");
    values.put("tidemark.sql.url", "jdbc:sqlite:/x.db");
    values.put("tidemark.sql.user", "u");
    values.put("tidemark.sql.password-file", "/p");
    values.put("tidemark.intake.queue-max-bytes", "1");
    values.put("tidemark.intake.chunk-max-readings", "2");
    values.put("tidemark.intake.late-after", "17s");
    values.put("tidemark.storage.kind-max-columns", "3");
    values.put("tidemark.storage.max-kinds", "4");
    values.put("tidemark.quarantine.max-items", "13");
    values.put("tidemark.quarantine.max-bytes", "14");
    values.put("tidemark.influx.url", "http://h:1");
    values.put("tidemark.influx.database", "db");
    values.put("tidemark.influx.org", "o");
    values.put("tidemark.influx.token", "t");
    values.put("tidemark.influx.token-file", "/t");
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
    values.put("tidemark.alerts.every", "1s");
    values.put("tidemark.alerts.look-back", "2s");
    values.put("tidemark.alerts.no-data-after", "3s");
    values.put("tidemark.alerts.settle-for", "4s");
    values.put("tidemark.alerts.lease-for", "5s");
    values.put("tidemark.alerts.deliver-for", "6s");
    values.put("tidemark.alerts.retry-pause", "7s");
    values.put("tidemark.alerts.timeout", "8s");
    values.put("tidemark.alerts.history-for", "9s");
    values.put("tidemark.alerts.smtp.host", "h");
    values.put("tidemark.alerts.smtp.port", "25");
    values.put("tidemark.alerts.smtp.security", "tls");
    values.put("tidemark.alerts.smtp.user", "u");
    values.put("tidemark.alerts.smtp.password", "p");
    values.put("tidemark.alerts.smtp.from", "f@g");
    values.put("tidemark.install.dir", "/agents");
    IngestConfig config = config(values);
    assertThat(config.security()).isEqualTo("off");
    assertThat(config.access().sessionIdle()).isEqualTo(Duration.ofSeconds(18));
    assertThat(config.access().setupTokenFile()).contains(Path.of("setup"));
    assertThat(config.access().sessionMax()).isEqualTo(Duration.ofSeconds(19));
    IngestConfig.OidcConfig oidc = config.access().oidc();
    assertThat(oidc.issuer()).contains(URI.create("https://p"));
    assertThat(oidc.clientId()).contains("c");
    assertThat(oidc.clientSecret()).contains("s");
    assertThat(oidc.authority()).contains(Path.of("/a.pem"));
    assertThat(oidc.title()).isEqualTo("it");
    assertThat(oidc.scopes()).containsExactly("a", "b");
    assertThat(oidc.nameClaim()).isEqualTo("n");
    assertThat(oidc.roleClaim()).isEqualTo("r");
    assertThat(oidc.viewerGroups()).contains(List.of("v", "w"));
    assertThat(oidc.operatorGroups()).contains(List.of("o"));
    assertThat(oidc.adminGroups()).contains(List.of("x"));
    assertThat(config.store()).isEqualTo("influx");
    assertThat(config.identity().dir()).contains(Path.of("/i"));
    assertThat(config.identity().hosts()).contains(List.of("a", "b"));
    assertThat(config.identity().deviceValidity()).isEqualTo(Duration.ofHours(1));
    assertThat(config.identity().gatewayValidity()).isEqualTo(Duration.ofHours(2));
    assertThat(config.identity().grace()).isEqualTo(Duration.ofHours(3));
    assertThat(config.data().dir()).isEqualTo(Path.of("/d"));
    assertThat(config.sql().url()).contains("jdbc:sqlite:/x.db");
    assertThat(config.sql().user()).contains("u");
    assertThat(config.sql().passwordFile()).contains(Path.of("/p"));
    assertThat(config.influx().tokenFile()).contains(Path.of("/t"));
    assertThat(config.intake().queueMaxBytes()).isEqualTo(1);
    assertThat(config.intake().chunkMaxReadings()).isEqualTo(2);
    assertThat(config.intake().lateAfter()).isEqualTo(Duration.ofSeconds(17));
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
    IngestConfig.AlertsConfig alerts = config.alerts();
    assertThat(
            List.of(
                alerts.every(),
                alerts.lookBack(),
                alerts.noDataAfter(),
                alerts.settleFor(),
                alerts.leaseFor(),
                alerts.deliverFor(),
                alerts.retryPause(),
                alerts.timeout(),
                alerts.historyFor()))
        .extracting(Duration::toSeconds)
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    assertThat(alerts.smtp().host()).contains("h");
    assertThat(alerts.smtp().port()).isEqualTo(25);
    assertThat(alerts.smtp().security()).isEqualTo(SmtpSettings.Security.TLS);
    assertThat(alerts.smtp().user()).contains("u");
    assertThat(alerts.smtp().password()).contains("p");
    assertThat(alerts.smtp().from()).contains("f@g");
    assertThat(config.install().dir()).contains(Path.of("/agents"));
  }
}
