package io.tidemark.deploy;

import static io.tidemark.deploy.Launcher.HERE;
import static io.tidemark.deploy.Launcher.assertEverythingHasEnded;
import static io.tidemark.deploy.Launcher.endpoints;
import static io.tidemark.deploy.Launcher.finish;
import static io.tidemark.deploy.Launcher.run;
import static io.tidemark.deploy.Launcher.start;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Json;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code ./tidemark} as a person uses it. */
class LauncherTest {
  @AfterEach
  void nothingGoesOn() throws InterruptedException {
    Launcher.endAll();
  }

  @Test
  void theDemoEndsCleanAndSaysSoAsJson() throws Exception {
    Path data = TestPipeline.folder("demo-json");
    Launcher.Run run =
        run(
            "demo",
            "--for",
            "10s",
            "--devices",
            "5",
            "--seed",
            "42",
            "--json",
            "--data",
            data.toString());

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().strip().lines()).as("stdout has the verdict and nothing else").hasSize(1);
    JsonNode verdict = Json.lastLine(run.out());
    assertThat(verdict.path("verdict").asText()).isEqualTo("clean");
    assertThat(verdict.path("produced").asLong()).isGreaterThan(40);
    assertThat(verdict.path("stored").asLong()).isEqualTo(verdict.path("produced").asLong());
    for (String none :
        List.of(
            "waiting",
            "quarantined",
            "dropped",
            "missing",
            "duplicates",
            "refused",
            "differing",
            "faults")) {
      assertThat(verdict.path(none).isNumber()).as(none).isTrue();
      assertThat(verdict.path(none).asLong()).as(none).isZero();
    }
    assertThat(verdict.path("seed").asLong()).isEqualTo(42);
    assertThat(verdict.path("seconds").asDouble()).isBetween(10.0, 60.0);
    assertThat(run.err()).contains("Dashboard").contains("readings/s");
    assertThat(endpoints(data).path("gateways").findValuesAsText("id"))
        .containsExactly("g1", "g2", "g3");
    assertThat(endpoints(data).path("processes")).hasSize(6);
    assertUsage("is of so many, but is 1", "demo", "--gateways", "1", "--data", data.toString());
    assertEverythingHasEnded(data);
  }

  @Test
  void aSignalEndsTheDemoCleanly() throws Exception {
    Path data = TestPipeline.folder("demo-signal");
    for (String signal : List.of("INT", "TERM")) {
      Files.deleteIfExists(data.resolve("endpoints.json"));
      Process demo = start("demo", "--devices", "3", "--gateways", "1", "--data", data.toString());
      Awaitility.await("the demo is healthy")
          .atMost(Duration.ofMinutes(2))
          .until(() -> Files.exists(data.resolve("endpoints.json")) || !demo.isAlive());
      assertThat(demo.isAlive()).isTrue();
      JsonNode endpoints = endpoints(data);
      assertThat(
              new Http()
                  .get(endpoints.path("api").asText() + "/api/v1/ledger")
                  .path("devices")
                  .asInt())
          .as("the demo's, and in the second round who was there in the first")
          .isEqualTo(signal.equals("INT") ? 4 : 5);
      assertThat(
              new Http()
                  .isOk(
                      endpoints.path("gateways").path(0).path("http").asText() + "/q/health/ready"))
          .isTrue();
      assertThat(endpoints.path("gateways").path(0).path("coap").asText())
          .matches("coap://127\\.0\\.0\\.1:\\d+");
      assertThat(endpoints.path("processes")).hasSize(4);
      Launcher.Run status =
          run(
              "gateway",
              "cluster",
              "status",
              "--gateway",
              endpoints.path("gateways").path(0).path("http").asText());
      assertThat(status.exitCode()).as(status.out() + status.err()).isZero();
      assertThat(status.out()).contains("every gateway is alive, every group has a leader");

      somebodyElseLosesReadings(endpoints.path("gateways").path(0).path("mqtt").asText());

      new ProcessBuilder("kill", "-" + signal, Long.toString(demo.pid())).start().waitFor();
      Launcher.Run run = finish(demo, "demo");
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out()).contains("Clean: every reading is accounted for.");
      assertEverythingHasEnded(data);
    }
  }

  /** A device beside the demo's own that no longer has what it never sent: not the demo's loss. */
  private static void somebodyElseLosesReadings(String mqttUrl) throws Exception {
    Reading reading =
        new Reading(
            "main",
            "probe",
            Instant.now().toEpochMilli() * 1_000_000L,
            Map.of("temperature", Value.of(3.5)));
    Batch batch = Batch.ofReadings("guest", 7, 5, List.of(reading), 6, 5);
    try (DeviceClient guest = new DeviceClient(mqttUrl, "guest")) {
      assertThat(guest.sendAndWait("guest", BatchCodec.encode(batch))).isZero();
    }
  }

  @Test
  void aDemoThatCanNotStartSaysWhyAndLeavesNothingRunning() throws Exception {
    Path data = TestPipeline.folder("demo-broken");
    Files.writeString(data.resolve("ingest"), "a file where a folder is needed");
    Launcher.Run run =
        run("demo", "--for", "1s", "--gateways", "1", "--json", "--data", data.toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("ingest ended with exit code 2", "the data folder", "cannot be written")
        .doesNotContain("\tat ");
  }

  @Test
  void theDemoKeepsItsRowsInAnInfluxDb() throws Exception {
    Path data = TestPipeline.folder("demo-influx");
    try (InfluxServer influx = InfluxServer.start(TestPipeline.folder("demo-influx-server"))) {
      Launcher.Run run =
          run(
              "demo",
              "--influx",
              influx.url().toString(),
              "--for",
              "5s",
              "--devices",
              "3",
              "--gateways",
              "1",
              "--json",
              "--data",
              data.toString());
      assertThat(run.exitCode()).as(run.err()).isZero();
      long produced = Json.lastLine(run.out()).path("produced").asLong();
      assertThat(produced).isPositive();
      assertThat(influx.count("tidemark")).isEqualTo(produced);
      assertEverythingHasEnded(data);
    }
    Launcher.Run none = run("demo", "--influx", "http://127.0.0.1:1", "--for", "1s");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("no InfluxDB answers at http://127.0.0.1:1");
  }

  @Test
  void theBenchPrintsARatio() throws Exception {
    try (InfluxServer influx = InfluxServer.start(TestPipeline.folder("bench-influx-server"))) {
      Launcher.Run run =
          run(
              "bench",
              "ingest",
              "--influx",
              influx.url().toString(),
              "--readings",
              "10000",
              "--json");
      assertThat(run.exitCode()).as(run.err()).isZero();
      JsonNode result = Json.lastLine(run.out());
      assertThat(result.path("rounds")).hasSize(5);
      assertThat(result.path("ratio").asDouble()).isPositive();
      // Seven rounds of each, and five trials.
      assertThat(influx.count("tidemark_bench")).isEqualTo(14 * 10_000 + 5 * 50_000);
    }
  }

  @Test
  void aGatewayIsMeasuredOverBothProtocols() throws Exception {
    List<Path> before = benchFolders();
    Launcher.Run run =
        run(
            "bench",
            "gateway",
            "--messages",
            "4000",
            "--rounds",
            "2",
            "--idle",
            "100",
            "--peers",
            "mosquitto,californium",
            "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().strip().lines()).as("stdout has the result and nothing else").hasSize(1);
    JsonNode result = Json.lastLine(run.out());
    assertThat(result.path("servers").findValuesAsText("name"))
        .containsExactly("gateway", "mosquitto", "gateway", "californium");
    for (JsonNode server : result.path("servers")) {
      boolean mqtt = server.path("protocol").asText().equals("mqtt");
      assertThat(server.path("rounds")).hasSize(2);
      for (JsonNode round : server.path("rounds")) {
        assertThat(round.path("acks").asLong()).isEqualTo(4_000);
      }
      assertThat(server.path("acksPerSecond").asDouble()).isPositive();
      assertThat(server.path("cpuSecondsPerMillion").asDouble()).isPositive();
      assertThat(server.path("idleConnectionBytes").isNumber()).isEqualTo(mqtt);
      assertThat(server.path("disk").path("entriesPerSecond").isNumber())
          .isEqualTo(server.path("name").asText().equals("gateway"));
    }
    assertThat(result.path("setting").path("idleConnections").asInt()).isEqualTo(100);
    assertThat(result.path("ratios").findValuesAsText("peer"))
        .containsExactly("mosquitto", "californium");
    for (JsonNode ratio : result.path("ratios")) {
      assertThat(ratio.path("rate").asDouble()).isPositive();
    }
    assertThat(benchFolders()).as("nothing is left behind").isEqualTo(before);
  }

  @Test
  void theGatewayBenchPrintsATable() throws Exception {
    Launcher.Run run =
        run(
            "bench",
            "gateway",
            "--messages",
            "4000",
            "--rounds",
            "1",
            "--idle",
            "0",
            "--peers",
            "hivemq");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("medians of 1 rounds")
        .contains("gateway / hivemq: rate ")
        .contains("appended and fdatasynced one by one")
        .doesNotContain("mosquitto")
        .doesNotContain("an idle connection of");
  }

  @Test
  void aClusterIsMeasured() throws Exception {
    List<Path> before = benchFolders();
    Launcher.Run run =
        run("bench", "cluster", "--timed", "100", "--each", "100", "--rounds", "1", "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().strip().lines()).as("stdout has the result and nothing else").hasSize(1);
    JsonNode result = Json.lastLine(run.out());
    JsonNode round = result.path("single").path("rounds").path(0);
    for (String measured : List.of("gateways", "bare")) {
      double median = round.path(measured).path("medianMs").asDouble();
      assertThat(median).isPositive();
      assertThat(round.path(measured).path("p99Ms").asDouble()).isGreaterThanOrEqualTo(median);
    }
    assertThat(result.path("single").path("met").isBoolean()).isTrue();
    assertThat(result.path("rates").findValuesAsText("gateways"))
        .containsExactly("3", "1", "3", "1", "3", "1");
    assertThat(result.path("rates").findValuesAsText("connections"))
        .containsExactly("1", "1", "8", "8", "64", "64");
    for (JsonNode rate : result.path("rates")) {
      assertThat(rate.path("rounds").path(0).path("acks").asInt())
          .isEqualTo(100 * rate.path("connections").asInt());
      assertThat(rate.path("acksPerSecond").asDouble()).isPositive();
      assertThat(rate.path("cpuSecondsPerMillion").asDouble()).isPositive();
      assertThat(rate.path("entriesPerSecond").asDouble()).isPositive();
    }
    assertThat(benchFolders()).as("nothing is left behind").isEqualTo(before);
  }

  @Test
  void idleConnectionsNeedOpenFiles() throws Exception {
    Process process =
        new ProcessBuilder(
                "/bin/bash",
                "-c",
                "ulimit -n 1000 && exec \"$0\" bench gateway --idle 600",
                HERE.home().resolve("tidemark").toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(2);
    assertThat(said)
        .contains("600 idle connections take 1100 open files, but a process may have 1000")
        .contains("ulimit -n 1100");
  }

  private static List<Path> benchFolders() throws IOException {
    Path data = Files.createDirectories(HERE.home().resolve("data"));
    try (Stream<Path> folders = Files.list(data)) {
      return folders.filter(f -> f.getFileName().toString().startsWith("bench-")).sorted().toList();
    }
  }

  @Test
  void wrongUsageIsExplained() throws Exception {
    assertUsage("no command 'frobnicate'", "frobnicate");
    assertUsage("--devices must be 1 to 1000, but is 0", "demo", "--devices", "0");
    assertUsage("--gateways must be 1, 3 or 5, but is 2", "demo", "--gateways", "2");
    assertUsage("--gateways must be 1, 3 or 5, but is 0", "chaos", "--gateways", "0");
    assertUsage("--for must be 11 s to 24 h", "chaos", "--for", "10s");
    assertUsage("--for must be 11 s to 24 h", "demo", "--chaos", "--for", "25h");
    assertUsage("gateway needs to know what: cluster", "gateway");
    assertUsage("cluster needs to know what: status", "gateway", "cluster");
    assertUsage("'soon' is not a duration", "demo", "--for", "soon");
    assertUsage("Unknown option", "demo", "--frobnicate");
    assertUsage("--influx must be like http://127.0.0.1:8086", "demo", "--influx", "tidemark");
    assertUsage("--readings must be 10000 to 2000000", "bench", "ingest", "--readings", "1");
    assertUsage("--messages must be 2000 to 3000000", "bench", "gateway", "--messages", "1");
    assertUsage("--rounds must be 1 to 25", "bench", "gateway", "--rounds", "0");
    assertUsage("--idle must be 0 to 9000", "bench", "gateway", "--idle", "-1");
    assertUsage("--peers", "bench", "gateway", "--peers", "rabbit");
    assertUsage("--timed must be 100 to 20000", "bench", "cluster", "--timed", "99");
    assertUsage("--each must be 100 to 20000", "bench", "cluster", "--each", "20001");
    assertUsage("--rounds must be 1 to 25", "bench", "cluster", "--rounds", "26");
    assertUsage("fetch mosquitto or fetch hivemq", "fetch", "rabbit");
    assertUsage("show|rebuild", "ledger", "frobnicate");
  }

  @Test
  void helpHasExamples() throws Exception {
    for (String command :
        List.of("demo", "chaos", "ledger", "bench", "gateway", "gateway cluster status")) {
      Launcher.Run run = run((command + " --help").split(" "));
      assertThat(run.exitCode()).isZero();
      assertThat(run.out()).contains("Examples:").contains("./tidemark " + command);
    }
    assertThat(run("help").out())
        .contains("demo")
        .contains("test")
        .contains("chaos")
        .contains("sim")
        .contains("gateway cluster status")
        .contains("ledger");
  }

  @Test
  void aLedgerThatCanNotBeReachedCouldNotBeChecked() throws Exception {
    for (String action : List.of("show", "rebuild")) {
      Launcher.Run run = run("ledger", action, "--api", "http://127.0.0.1:1");
      assertThat(run.exitCode()).isEqualTo(2);
      assertThat(run.err()).contains("Could not check").contains("http://127.0.0.1:1");
    }
  }

  private static void assertUsage(String message, String... arguments) throws Exception {
    Launcher.Run run = run(arguments);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(64);
    assertThat(run.err()).contains(message);
  }
}
