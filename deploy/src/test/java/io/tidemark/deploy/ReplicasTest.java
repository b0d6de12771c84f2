package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.testing.PostgresServer;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * Two ingests on one PostgreSQL and one InfluxDB, and a gateway that knows both: whatever one of
 * them stores, all of it is at the other, and either may go at any time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
final class ReplicasTest {
  private static final long EPOCH = 4_711;
  private static final int A_BATCH = 10;

  private static final Duration LONG = Duration.ofMinutes(2);

  private final Http http = new Http();
  private Path folder;
  private PostgresServer postgres;
  private InfluxServer influx;
  private Ports ports;
  private final List<ChildProcess> ingests = new ArrayList<>();
  private final List<String> urls = new ArrayList<>();
  private ChildProcess gateway;

  @BeforeAll
  void start() throws Exception {
    folder = TestPipeline.folder("replicas");
    postgres = PostgresServer.start();
    String unused = postgres.execute("postgres", "CREATE DATABASE tidemark");
    influx = InfluxServer.start(folder);
    ports = Ports.free(2);
    for (int i = 0; i < 2; i++) {
      int port = i == 0 ? ports.ingest() : ports.gateways().get(1).http();
      urls.add("http://127.0.0.1:" + port);
      ingests.add(ingest("ingest-" + (i + 1), port, influxOptions()));
    }
    ingests.forEach(ChildProcess::start); // both for the first time, at once
    gateway = gateway();
    gateway.start();
    for (String url : urls) {
      awaitReady(url);
    }
    awaitReady(gatewayUrl());
  }

  private List<String> influxOptions() {
    return List.of(
        "-Dtidemark.store=influx",
        "-Dtidemark.influx.url=" + influx.url(),
        "-Dtidemark.influx.create-database=true");
  }

  private ChildProcess ingest(String name, int port, List<String> more) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + port,
                "-Dtidemark.security=off",
                "-Dtidemark.live.ring-max-events=100000",
                "-Dtidemark.data.dir=" + folder.resolve(name),
                "-Dtidemark.sql.url=" + postgres.url("tidemark"),
                "-Dtidemark.sql.user=" + PostgresServer.ADMIN,
                "-Dtidemark.sql.password-file=" + postgres.passwordFile()));
    options.addAll(more);
    return new ChildProcess(
        name,
        folder,
        Map.of(),
        Installation.find().java("cloud-ingest/target/quarkus-app/quarkus-run.jar", options));
  }

  private ChildProcess gateway() {
    Ports.OfGateway its = ports.gateways().get(0);
    return new ChildProcess(
        "gateway",
        folder,
        Map.of(),
        Installation.find()
            .java(
                "gateway/target/quarkus-app/quarkus-run.jar",
                List.of(
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    "-Dquarkus.http.host=127.0.0.1",
                    "-Dquarkus.http.port=" + its.http(),
                    "-Dtidemark.security=off",
                    "-Dtidemark.mqtt.host=127.0.0.1",
                    "-Dtidemark.mqtt.port=" + its.mqtt(),
                    "-Dtidemark.coap.host=127.0.0.1",
                    "-Dtidemark.coap.port=" + its.coap(),
                    "-Dtidemark.gateway.id=g1",
                    "-Dtidemark.cluster.peers=g1=127.0.0.1:" + its.raft(),
                    "-Dtidemark.ingest.urls=" + String.join(",", urls),
                    "-Dtidemark.data.dir=" + folder.resolve("gateway"))));
  }

  private String gatewayUrl() {
    return "http://127.0.0.1:" + ports.gateways().get(0).http();
  }

  private void awaitReady(String url) {
    await(url + " is ready").atMost(LONG).until(() -> http.isOk(url + "/q/health/ready"));
  }

  @AfterAll
  void stop() throws Exception {
    List<ChildProcess> all = new ArrayList<>(ingests);
    if (gateway != null) {
      all.add(gateway);
    }
    for (ChildProcess process : all) {
      process.kill();
    }
    if (influx != null) {
      influx.close();
    }
    if (postgres != null) {
      postgres.close();
    }
  }

  private static List<Reading> readings(double value) {
    List<Reading> readings = new ArrayList<>();
    long now = ForwardPoster.nanos(Instant.now());
    for (int i = 0; i < A_BATCH; i++) {
      readings.add(new Reading("s", "k", now + i * 1_000, Map.of("v", Value.of(value))));
    }
    return readings;
  }

  private static byte[] batch(String device, long first, double value) {
    long next = first + A_BATCH;
    return BatchCodec.encode(Batch.ofReadings(device, EPOCH, first, readings(value), next, next));
  }

  /** What an ingest says of all devices together, its rows counted anew. */
  private JsonNode ledger(String url) throws IOException, InterruptedException {
    return http.get(url + "/api/v1/ledger?fresh=true");
  }

  /**
   * The same numbers at both at once, with the same contents and with others: one row of each, and
   * the others are set aside.
   */
  @Test
  @Order(1)
  void whatComesToBothAtOnceIsOneRowEach() throws Exception {
    List<ForwardPoster> posters = List.of(poster(0, "h1"), poster(1, "h2"));
    int rounds = 30;
    for (int round = 0; round < rounds; round++) {
      long first = (long) round * A_BATCH;
      byte[] same = batch("same", first, 1);
      List<CompletableFuture<Void>> posted = new ArrayList<>();
      for (int i = 0; i < posters.size(); i++) {
        ForwardPoster poster = posters.get(i);
        List<Delivery> deliveries =
            List.of(
                new Delivery("same", same), new Delivery("other", batch("other", first, i + 2)));
        posted.add(CompletableFuture.runAsync(() -> poster.post(Instant.now(), deliveries)));
      }
      for (CompletableFuture<Void> one : posted) {
        one.get();
      }
    }
    long numbers = (long) rounds * A_BATCH;
    for (String url : urls) {
      JsonNode ledger = ledger(url);
      assertThat(ledger.path("totals").path("stored").asLong()).isEqualTo(2 * numbers);
      assertThat(ledger.path("totals").path("produced").asLong()).isEqualTo(2 * numbers);
      assertThat(ledger.path("totals").path("duplicates").asLong()).isZero();
      assertThat(ledger.path("totals").path("redelivered").asLong()).isGreaterThanOrEqualTo(rounds);
      assertThat(ledger.path("verdict").asText()).isEqualTo("clean");
      assertThat(
              http.get(url + "/api/v1/quarantine?device=other")
                  .path("items")
                  .get(0)
                  .path("reason")
                  .asText())
          .isEqualTo("conflict");
    }
    assertThat(influx.count("tidemark")).isEqualTo(2 * numbers);
  }

  private ForwardPoster poster(int ingest, String group) {
    return new ForwardPoster(urls.get(ingest), group);
  }

  /** Each is killed in turn under load, while somebody listens. */
  @Test
  @Order(2)
  void eitherMayBeKilledAtAnyTime() throws Exception {
    AtomicLong sent = new AtomicLong();
    AtomicBoolean enough = new AtomicBoolean();
    try (LiveListener one = new LiveListener(urls);
        LiveListener other = new LiveListener(List.of(urls.get(1), urls.get(0)))) {
      await()
          .atMost(TestPipeline.LONG)
          .until(() -> one.at().equals(urls.get(0)) && other.at().equals(urls.get(1)));
      CompletableFuture<Void> load = load("loaded", sent, enough);
      awaitHeard(sent, 500, one, other);
      for (int i = 0; i < ingests.size(); i++) {
        String left = urls.get(1 - i);
        ingests.get(i).kill();
        awaitHeard(sent, 500, one, other);
        assertThat(List.of(one.at(), other.at())).containsOnly(left);
        ingests.get(i).start();
        awaitReady(urls.get(i));
      }
      enough.set(true);
      load.get();
      awaitHeard(sent, 0, one, other);
      assertThat(one.gaps() + other.gaps()).isZero();
      assertThat(one.twice() + other.twice()).isZero();
    }
    awaitClean("loaded", sent.get());
    assertThat(devices(urls.get(0))).isEqualTo(devices(urls.get(1))).hasSize(3);
    JsonNode rebuilt = http.post(urls.get(0) + "/api/v1/ledger/rebuild", "{\"dryRun\":true}");
    assertThat(rebuilt.path("agreed").asBoolean()).isTrue();
  }

  /** A device that sends batches one after the other, until that is enough. */
  private CompletableFuture<Void> load(String name, AtomicLong sent, AtomicBoolean enough) {
    String url = "tcp://127.0.0.1:" + ports.gateways().get(0).mqtt();
    return CompletableFuture.runAsync(
        () -> {
          try (DeviceClient device = new DeviceClient(url, name)) {
            while (!enough.get()) {
              byte[] batch = batch(name, sent.get(), 1);
              assertThat(device.sendAndWait(name, batch)).isZero();
              sent.addAndGet(A_BATCH);
            }
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Until both say that each of so many readings of a device is one row. */
  private void awaitClean(String device, long readings) {
    for (String url : urls) {
      await()
          .atMost(LONG)
          .untilAsserted(
              () -> {
                JsonNode ledger =
                    http.get(url + "/api/v1/devices/" + device + "/ledger?fresh=true");
                assertThat(ledger.path("verdict").asText()).isEqualTo("clean");
                assertThat(ledger.path("totals").path("stored").asLong()).isEqualTo(readings);
                assertThat(ledger.path("totals").path("duplicates").asLong()).isZero();
              });
    }
  }

  /** PostgreSQL is killed under load, twice, and comes back. */
  @Test
  @Order(3)
  void postgresMayBeKilledAtAnyTime() throws Exception {
    AtomicLong sent = new AtomicLong();
    AtomicBoolean enough = new AtomicBoolean();
    CompletableFuture<Void> load = load("outlasting", sent, enough);
    for (int kill = 0; kill < 2; kill++) {
      long until = sent.get() + 300;
      await("more is sent").atMost(LONG).until(() -> sent.get() >= until);
      postgres.kill();
      await("an ingest says that it cannot commit")
          .atMost(LONG)
          .until(() -> !isReady(urls.get(0)) || !isReady(urls.get(1)));
      postgres.resume();
      urls.forEach(this::awaitReady);
    }
    enough.set(true);
    load.get();
    awaitClean("outlasting", sent.get());
    JsonNode rebuilt = http.post(urls.get(1) + "/api/v1/ledger/rebuild", "{\"dryRun\":true}");
    assertThat(rebuilt.path("agreed").asBoolean()).isTrue();
  }

  private boolean isReady(String url) throws InterruptedException {
    return http.isOk(url + "/q/health/ready");
  }

  /** Until so many more are sent, and each has heard of all of them. */
  private static void awaitHeard(AtomicLong sent, long more, LiveListener... listeners) {
    long until = sent.get() + more;
    for (LiveListener listener : listeners) {
      await("all readings are heard of")
          .atMost(LONG)
          .until(() -> sent.get() >= until && listener.hasAll("loaded", until));
    }
  }

  private List<String> devices(String url) throws IOException, InterruptedException {
    List<String> devices = new ArrayList<>();
    for (JsonNode device : http.get(url + "/api/v1/devices").path("items")) {
      devices.add(device.path("device").asText() + " " + device.path("totals"));
    }
    return devices;
  }

  @Test
  @Order(4)
  void oneThatKeepsRowsForItselfIsRefused() throws Exception {
    ChildProcess third = ingest("ingest-3", Ports.one(), List.of());
    third.start();
    assertThat(third.waitFor(LONG)).isTrue();
    assertThat(third.exitCode()).isEqualTo(2);
    assertThat(Files.readString(third.log()))
        .contains("the ledger in this database is of rows in InfluxDB")
        .contains("set tidemark.store to influx");
  }
}
