package io.tidemark.deploy;

import static io.tidemark.deploy.Launcher.assertEverythingHasEnded;
import static io.tidemark.deploy.Launcher.awaitHealthy;
import static io.tidemark.deploy.Launcher.awaitWell;
import static io.tidemark.deploy.Launcher.end;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./tidemark} as a person uses it. */
class LauncherTest {
  @AfterEach
  void nothingGoesOn() throws InterruptedException {
    Launcher.endAll();
  }

  @Test
  void theDemoShowsItselfOnEveryPageAndSaysInTheEndThatItIsClean() throws Exception {
    Path data = TestPipeline.folder("demo-json");
    Process demo =
        start("demo", "--devices", "5", "--seed", "42", "--json", "--data", data.toString());
    try (Browser browser = Browser.start()) {
      awaitHealthy(demo, data);
      new DemoPages(browser, endpoints(data)).look(6);
      assertThat(browser.closePages()).as("what the pages did that they must not").isEmpty();
    }
    Launcher.Run run = end(demo, "INT");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().strip().lines()).as("stdout has the verdict and nothing else").hasSize(1);
    JsonNode verdict = Json.lastLine(run.out());
    assertThat(verdict.path("verdict").asText()).isEqualTo("clean");
    assertThat(verdict.path("produced").asLong()).isGreaterThan(20);
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
      awaitHealthy(demo, data);
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
      assertThat(awaitWell(endpoints.path("gateways").path(0).path("http").asText()))
          .contains("every gateway is alive, every group has a leader");

      somebodyElseLosesReadings(endpoints.path("gateways").path(0).path("mqtt").asText());

      Launcher.Run run = end(demo, signal);
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out()).contains("Clean: every reading is accounted for.");
      assertThat(sum("stored", run)).as(run.out()).isEqualTo(sum("produced", run));
      assertEverythingHasEnded(data);
    }
  }

  /** One of a verdict's sums. */
  private static String sum(String name, Launcher.Run run) {
    return run.out()
        .lines()
        .filter(line -> line.strip().startsWith(name))
        .map(line -> line.strip().split(" +", -1)[1])
        .findFirst()
        .orElseThrow();
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
      JsonNode verdict = Json.lastLine(run.out());
      assertThat(verdict.path("seconds").asDouble()).isBetween(5.0, 60.0);
      long produced = verdict.path("produced").asLong();
      assertThat(produced).isPositive();
      assertThat(influx.count("tidemark")).isEqualTo(produced);
      assertEverythingHasEnded(data);
    }
    Launcher.Run none = run("demo", "--influx", "http://127.0.0.1:1", "--for", "1s");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("no InfluxDB answers at http://127.0.0.1:1");
  }

  @Test
  void wrongUsageIsExplained() throws Exception {
    assertUsage("no command 'frobnicate'", "frobnicate");
    assertUsage("fetch mosquitto, fetch hivemq or fetch chromium", "fetch", "rabbit");
    assertUsage("one at a time", "test", "--containers", "--device");
    assertUsage("--core is of --containers or --device", "test", "--core");
    assertUsage("that neither --containers nor --device run", "test", "--device", "--faults");
    assertUsage("--fuzz takes how long", "test", "--fuzz", "soon");
    assertUsage("--devices must be 1 to 1000, but is 0", "demo", "--devices", "0");
  }

  @Test
  void anotherJavaThanItNeedsIsNamed(@TempDir Path jdk) throws Exception {
    Path real = Path.of(System.getProperty("java.home"), "bin", "java");
    Path java = Files.createDirectories(jdk.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\nexec '%s' \"$@\"\n".formatted(real));
    assertThat(java.toFile().setExecutable(true)).isTrue();
    assertJava(jdk, "belongs to a runtime without compiler");
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
    assertJava(jdk, "is Java 11. Install a JDK, 17 or newer.");
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"1.8.0_402\"\n");
    assertJava(jdk, "is Java 8. Install a JDK, 17 or newer.");
  }

  private static void assertJava(Path jdk, String message) throws Exception {
    Launcher.Run run =
        finish(start(Map.of("JAVA_HOME", jdk.toString()), "token", "--help"), "token");
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }

  @Test
  void helpNamesTheCommands() throws Exception {
    assertThat(run("help").out())
        .contains("demo")
        .contains("test")
        .contains("chaos")
        .contains("sim")
        .contains("gateway cluster status")
        .contains("ledger");
    assertThat(run("demo", "--help").out()).contains("Examples:");
    assertThat(run("test", "--help").out()).contains("--containers", "--device", "--core");
  }

  private static void assertUsage(String message, String... arguments) throws Exception {
    Launcher.Run run = run(arguments);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(64);
    assertThat(run.err()).contains(message);
  }
}
