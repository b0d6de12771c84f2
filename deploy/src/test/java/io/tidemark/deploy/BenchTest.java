package io.tidemark.deploy;

import static io.tidemark.deploy.Launcher.HERE;
import static io.tidemark.deploy.Launcher.finish;
import static io.tidemark.deploy.Launcher.run;
import static io.tidemark.deploy.Launcher.start;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code ./tidemark bench}, with as little to measure as it takes. */
class BenchTest {
  private static final String DASHBOARD_DATABASES = "tidemark_dashboard_";

  @AfterEach
  void nothingGoesOn() throws InterruptedException {
    Launcher.endAll();
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
            "1",
            "--idle",
            "100",
            "--peers",
            "mosquitto,californium,hivemq",
            "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().strip().lines()).as("stdout has the result and nothing else").hasSize(1);
    JsonNode result = Json.lastLine(run.out());
    assertThat(result.path("servers").findValuesAsText("name"))
        .containsExactly("gateway", "mosquitto", "hivemq", "gateway", "californium");
    for (JsonNode server : result.path("servers")) {
      boolean mqtt = server.path("protocol").asText().equals("mqtt");
      assertThat(server.path("rounds")).hasSize(1);
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
        .containsExactly("mosquitto", "hivemq", "californium");
    for (JsonNode ratio : result.path("ratios")) {
      assertThat(ratio.path("rate").asDouble()).isPositive();
    }
    assertThat(benchFolders()).as("nothing is left behind").isEqualTo(before);
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
  void gatewaysAreTakenAwayAsOftenAndInTheWaysThatAreAskedFor() throws Exception {
    List<Path> before = benchFolders();
    Launcher.Run run = run("bench", "takeover", "--trials", "1", "--kinds", "kill");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).contains("kill 1 of 1, g1: devices ").doesNotContain("freeze");
    assertThat(run.out()).as("a table").contains("kill, 1 trials").doesNotContain("freeze");
    Matcher devices =
        Pattern.compile("a device acknowledged elsewhere +(\\d+) +\\d+\\.\\d\\d s")
            .matcher(run.out());
    assertThat(devices.find()).as(run.out()).isTrue();
    assertThat(Integer.parseInt(devices.group(1)))
        .as("devices of one of three gateways")
        .isBetween(1, 10);
    assertThat(run.out()).containsPattern("the backlog forwarded by another +1 +\\d+\\.\\d\\d s");
    assertThat(benchFolders()).as("nothing is left behind").isEqualTo(before);
  }

  @Test
  void tlsIsMeasuredAsMuchAsIsAskedFor() throws Exception {
    List<Path> before = benchFolders();
    Launcher.Run run =
        run(
            "bench",
            "tls",
            "--each",
            "100",
            "--rounds",
            "1",
            "--handshakes",
            "20",
            "--idle",
            "30",
            "--bad-for",
            "1s",
            "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().strip().lines()).as("stdout has the result and nothing else").hasSize(1);
    JsonNode result = Json.lastLine(run.out());
    JsonNode throughput = result.path("throughput");
    assertThat(throughput.path("messages").asInt()).isEqualTo(20 * 100);
    assertThat(throughput.path("rounds")).hasSize(1);
    assertThat(throughput.path("ratio").asDouble()).isPositive();
    assertThat(result.path("handshakes").findValuesAsText("count"))
        .containsExactly("20", "20", "20", "20");
    assertThat(result.path("idle").path("connections").asInt()).isEqualTo(30);
    JsonNode disturbed = result.path("disturbed");
    assertThat(disturbed.path("rounds")).hasSize(1);
    assertThat(disturbed.path("messages").asInt()).as("of a second").isEqualTo(20);
    assertThat(disturbed.path("badPerSecond").asDouble()).isPositive();
    assertThat(disturbed.path("letIn").asInt()).isZero();
    assertThat(disturbed.path("ratio").asDouble()).isPositive();
    assertThat(disturbed.path("processors").path("badClients").asDouble()).isPositive();
    assertThat(run.err())
        .contains("warming up: ", "round 1: ", "handshakes: DTLS 1.2, pre-shared key")
        .contains("opening 30 idle connections", "good devices' p99 ");
    assertThat(benchFolders()).as("nothing is left behind").isEqualTo(before);
  }

  @Test
  void theDashboardsAreMeasured() throws Exception {
    List<Path> before = benchFolders();
    try (InfluxServer influx = InfluxServer.start(TestPipeline.folder("bench-dashboard-server"))) {
      Process bench =
          start(
              "bench",
              "dashboard",
              "--influx",
              influx.url().toString(),
              "--devices",
              "20",
              "--rows",
              "20000",
              "--visits",
              "1",
              "--live-for",
              "5s",
              "--json");
      awaitSaid(bench, "warming up: fleet painted");
      List<String> databases = influx.databases(DASHBOARD_DATABASES);
      assertThat(databases).hasSize(1);
      assertThat(influx.count(databases.get(0))).isEqualTo(20_000);

      Launcher.Run run = finish(bench, "bench dashboard");
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out().strip().lines()).as("stdout has the result and nothing else").hasSize(1);
      JsonNode result = Json.lastLine(run.out());
      JsonNode setting = result.path("setting");
      assertThat(setting.path("store").asText()).startsWith("InfluxDB 1.");
      assertThat(setting.path("devices").asInt()).isEqualTo(20);
      assertThat(setting.path("liveSeconds").asDouble()).isEqualTo(5);
      JsonNode measures = result.path("measures");
      assertThat(measures.findValuesAsText("bar"))
          .containsExactly(
              "1000.0", "100.0", "500.0", "500.0", "null", "300.0", "4.0", "30.0", "5.0", "5.0",
              "150.0");
      assertThat(measures.path(0).path("samples")).as("visits of the fleet").hasSize(1);
      assertThat(measures.path(5).path("samples")).as("zooms").hasSize(3);
      assertThat(measures.path(9).path("samples")).as("how far charts are behind").hasSize(15);
      for (JsonNode measure : measures) {
        boolean isGrowth = measure.path("what").asText().contains("growth");
        assertThat(isGrowth || measure.path("figure").asDouble() > 0).as("%s", measure).isTrue();
      }
      assertThat(influx.databases(DASHBOARD_DATABASES)).as("nothing is left behind").isEmpty();
      assertThat(run.err()).doesNotContain("The data are left");
    }
    assertThat(benchFolders()).as("nothing is left behind").isEqualTo(before);
  }

  @Test
  void aBenchThatIsInterruptedSaysWhatItLeaves() throws Exception {
    List<Path> before = benchFolders();
    try (InfluxServer influx = InfluxServer.start(TestPipeline.folder("bench-left-server"))) {
      String url = influx.url().toString();
      Process bench =
          start("bench", "dashboard", "--influx", url, "--devices", "20", "--rows", "5000000");
      awaitSaid(bench, "written ");
      new ProcessBuilder("kill", "-INT", Long.toString(bench.pid())).start().waitFor();
      Launcher.Run run = finish(bench, "bench dashboard");
      assertThat(run.exitCode()).isEqualTo(128 + 2);
      List<Path> left = new ArrayList<>(benchFolders());
      left.removeAll(before);
      assertThat(left).hasSize(1);
      assertThat(run.err())
          .contains(
              "The data are left in %s and in the database %s of %s"
                  .formatted(left.get(0), influx.databases(DASHBOARD_DATABASES).get(0), url))
          .contains("give the same options and --data " + left.get(0));

      Launcher.Run other =
          run("bench", "dashboard", "--devices", "21", "--data", left.get(0).toString());
      assertThat(other.exitCode()).isEqualTo(2);
      assertThat(other.err()).contains("of --devices 20, not 21").doesNotContain("written");
      Folders.delete(left.get(0));
    }
  }

  @Test
  void chromiumIsLookedForOnceTheOptionsAreRightAndBeforeAnythingIsMade() throws Exception {
    List<Path> before = benchFolders();
    Map<String, String> none = Map.of("TIDEMARK_CHROMIUM", "/nowhere");
    Launcher.Run help = finish(start(none, "bench", "dashboard", "-h"), "help");
    assertThat(help.exitCode()).as(help.err()).isZero();
    Launcher.Run mistyped = finish(start(none, "bench", "dashboard", "--device", "9"), "mistyped");
    assertThat(mistyped.exitCode()).as(mistyped.err()).isEqualTo(64);
    Launcher.Run missing = finish(start(none, "bench", "dashboard"), "missing");
    assertThat(missing.exitCode()).isEqualTo(2);
    assertThat(missing.err())
        .contains("TIDEMARK_CHROMIUM is /nowhere, which cannot be run", "chromium is not there")
        .doesNotContain("written");

    Map<String, String> broken = Map.of("TIDEMARK_CHROMIUM", "/bin/false");
    Launcher.Run ended = finish(start(broken, "bench", "dashboard"), "ended");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains("Chromium has ended with exit code 1")
        .doesNotContain("written", "The data are left");
    assertThat(benchFolders()).as("nothing is left behind").isEqualTo(before);
  }

  private static void awaitSaid(Process bench, String line) {
    Awaitility.await(line)
        .atMost(Duration.ofMinutes(2))
        .until(() -> Launcher.err(bench).contains(line) || !bench.isAlive());
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
}
