package io.tidemark.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tidemark.gateway.forward.FakeIngest;
import io.tidemark.gateway.forward.IngestClient;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.GatewayReport.Readings;
import io.tidemark.wire.GatewayReport.Replica;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a gateway tells ingest about itself. */
class ReporterTest {
  private static final Duration NEVER = Duration.ofHours(1);

  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong term = new AtomicLong(7);

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
  }

  /** A gateway that leads nothing. */
  private final Reporter.Source follower =
      new Reporter.Source() {
        @Override
        public Object gist() {
          return term.get();
        }

        @Override
        public GatewayReport report() {
          return new GatewayReport(
              "g2",
              "0123456789abcdef",
              0,
              List.of("g1", "g2"),
              "0.1.0",
              5_000,
              true,
              "g1 leads group g2",
              "",
              "",
              0,
              0,
              new Readings(0, 0, 0, Map.of()),
              List.of(new Replica("g1", "follower", "g1", term.get(), "g1", 4, 4, 0, 0, 0, 9, 0)),
              0);
        }
      };

  private Reporter started(List<URI> urls, Duration interval) {
    Reporter reporter =
        new Reporter(
            urls,
            interval,
            new IngestClient(
                Duration.ofSeconds(10), Duration.ofSeconds(10), IngestClient.Proof.NONE),
            follower);
    reporter.bindTo(registry);
    reporter.start();
    return reporter;
  }

  private double counted(String outcome) {
    return registry
        .get("tidemark.gateway.reports")
        .tag("outcome", outcome)
        .functionCounter()
        .count();
  }

  @Test
  void oneThatLeadsNothingReportsToo() throws Exception {
    try (FakeIngest ingest = new FakeIngest();
        Reporter reporter = started(List.of(ingest.url()), Duration.ofMillis(100))) {
      assertThat(reporter).isNotNull();
      soon().until(() -> ingest.reports().size() >= 3);
      assertThat(ingest.reports()).contains(follower.report());
      soon().until(() -> counted("taken") >= 3);
      assertThat(counted("failed")).isZero();
    }
  }

  @Test
  void whatIsOfNoteDoesNotWaitForTheInterval() throws Exception {
    try (FakeIngest ingest = new FakeIngest();
        Reporter reporter = started(List.of(ingest.url()), NEVER)) {
      assertThat(reporter).isNotNull();
      soon().until(() -> counted("taken") == 1);
      term.set(8);
      soon().until(() -> ingest.reports().size() == 2);
      assertThat(ingest.reports().get(1).replicas().get(0).term()).isEqualTo(8);
    }
  }

  @Test
  void whatNobodyTookDoesNotWaitForTheIntervalEither() throws Exception {
    try (FakeIngest ingest = new FakeIngest();
        Reporter reporter =
            started(List.of(URI.create("http://127.0.0.1:1"), ingest.url()), NEVER)) {
      assertThat(reporter).isNotNull();
      soon().until(() -> counted("taken") == 1);
      assertThat(counted("failed")).isEqualTo(1);
    }
  }

  @Test
  void anotherIngestIsToldWhereOneDoesNotAnswer() throws Exception {
    try (FakeIngest ingest = new FakeIngest();
        Reporter reporter =
            started(
                List.of(URI.create("http://127.0.0.1:1"), ingest.url()), Duration.ofMillis(100))) {
      assertThat(reporter).isNotNull();
      soon().until(() -> counted("taken") >= 2);
      assertThat(counted("failed")).isEqualTo(1);
    }
  }

  @Test
  void anIngestThatDoesNotUnderstandReportsIsForwardedToAllTheSame(@TempDir Path folder)
      throws Exception {
    Vertx vertx = Vertx.vertx();
    try (FakeIngest ingest = new FakeIngest()) {
      ingest.answerReports(404);
      Gateway gateway = new Gateway(settings(folder, ingest.url()), vertx, registry, "1.2.3");
      gateway.start();
      try (CoapPosts device = new CoapPosts()) {
        soon().until(() -> gateway.logState().canCommit());
        String coap = "coap://127.0.0.1:" + gateway.coapPort() + "/devices/d1/telemetry";
        assertThat(device.post(coap, null, Batches.readings("d1", 0, 4)).getCode().toString())
            .isEqualTo("2.04");
        soon().until(() -> counted("failed") >= 2);
        assertThat(device.post(coap, null, Batches.readings("d1", 4, 3)).getCode().toString())
            .isEqualTo("2.04");
        assertThat(device.post(coap, null, new byte[] {8, 9}).getCode().toString())
            .isEqualTo("4.00");
        soon()
            .until(
                () ->
                    ingest.reports().stream()
                        .anyMatch(report -> report.readings().forwarded() == 7));
        ingest.answerReports(204);
        soon().until(() -> counted("taken") >= 1);
        assertTold(ingest.reports().get(ingest.reports().size() - 1), gateway);
      } finally {
        gateway.stop();
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get();
    }
  }

  private static void assertTold(GatewayReport report, Gateway gateway) {
    assertThat(report.gateway()).isEqualTo("g1");
    assertThat(report.cluster()).matches("[0-9a-f]{16}");
    assertThat(report.members()).containsExactly("g1");
    assertThat(report.software()).isEqualTo("1.2.3");
    assertThat(report.intervalMillis()).isEqualTo(100);
    assertThat(report.canCommit()).isTrue();
    assertThat(report.mqtt()).isEqualTo("127.0.0.1:" + gateway.mqttPort());
    assertThat(report.coap()).isEqualTo("127.0.0.1:" + gateway.coapPort());
    assertThat(report.readings().received()).isEqualTo(8);
    assertThat(report.readings().committed()).isEqualTo(7);
    assertThat(report.readings().refused()).isEqualTo(Map.of("undecodable", 1L));
    Replica replica = report.replicas().get(0);
    assertThat(replica.group()).isEqualTo("g1");
    assertThat(replica.leads()).isTrue();
    assertThat(replica.leader()).isEqualTo("g1");
    assertThat(replica.home()).isEqualTo("g1");
    assertThat(replica.term()).isPositive();
    assertThat(replica.lag()).isZero();
  }

  @Test
  void whatWaitsIsToldWithItsAge(@TempDir Path folder) throws Exception {
    Vertx vertx = Vertx.vertx();
    try (FakeIngest ingest = new FakeIngest()) {
      ingest.script(
          (request, number) ->
              request.entries().isEmpty()
                  ? FakeIngest.Reply.stored(number)
                  : FakeIngest.Reply.status(503));
      Gateway gateway = new Gateway(settings(folder, ingest.url()), vertx, registry, "1.2.3");
      gateway.start();
      try (CoapPosts device = new CoapPosts()) {
        soon().until(() -> gateway.logState().canCommit());
        device.post(
            "coap://127.0.0.1:" + gateway.coapPort() + "/devices/d1/telemetry",
            null,
            Batches.readings("d1", 0, 4));
        soon()
            .until(() -> last(ingest).waitingReadings() == 4 && last(ingest).oldestMillis() > 300);
        assertThat(last(ingest).waitingEntries()).isPositive();
        ingest.script((request, number) -> FakeIngest.Reply.stored(number));
        soon().until(() -> last(ingest).waitingReadings() == 0 && last(ingest).oldestMillis() == 0);
      } finally {
        gateway.stop();
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get();
    }
  }

  private static Replica last(FakeIngest ingest) {
    List<GatewayReport> reports = ingest.reports();
    return reports.isEmpty()
        ? new Replica("none", "none", "", 0, "", 0, 0, 0, 0, 0, 0, 0)
        : reports.get(reports.size() - 1).replicas().get(0);
  }

  private static GatewaySettings settings(Path folder, URI ingest) {
    return new SmallRyeConfigBuilder()
        .withSources(
            new PropertiesConfigSource(
                Map.ofEntries(
                    Map.entry("tidemark.security", "off"),
                    Map.entry("tidemark.gateway.id", "g1"),
                    Map.entry("tidemark.cluster.peers", "g1=127.0.0.1:0"),
                    Map.entry("tidemark.data.dir", folder.toString()),
                    Map.entry("tidemark.ingest.urls", ingest.toString()),
                    Map.entry("tidemark.mqtt.host", "127.0.0.1"),
                    Map.entry("tidemark.mqtt.port", "0"),
                    Map.entry("tidemark.coap.host", "127.0.0.1"),
                    Map.entry("tidemark.coap.port", "0"),
                    Map.entry("tidemark.report.interval", "100ms"),
                    Map.entry("tidemark.forward.backoff-max", "200ms")),
                "test",
                100))
        .withConverter(Duration.class, 200, new DurationConverter())
        .withMapping(GatewaySettings.class)
        .build()
        .getConfigMapping(GatewaySettings.class);
  }
}
