package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Three gateways and ingest, struck again and again while devices and an agent go on; some of it
 * with everybody enrolled, and certificates renewed meanwhile.
 */
class ChaosTest {
  private static final long SEED = Long.getLong("systemtest.seed", 20_261_126L);

  @AfterEach
  void nothingGoesOn() throws InterruptedException {
    Launcher.endAll();
  }

  @Test
  void everyReadingIsAccountedForThoughGatewaysAndIngestAreStruck() throws Exception {
    Path record = TestPipeline.folder("chaos");
    Launcher.Run run =
        Launcher.run(
            "chaos",
            "--secure",
            "--certificates-for",
            "30s",
            "--for",
            "39s",
            "--seed",
            Long.toString(SEED),
            "--json",
            "--record",
            record.toString());

    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    JsonNode verdict = Json.lastLine(run.out());
    assertThat(verdict.path("verdict").asText()).isEqualTo("clean");
    assertThat(verdict.path("produced").asLong()).isGreaterThan(500);
    assertThat(verdict.path("stored").asLong()).isEqualTo(verdict.path("produced").asLong());

    List<JsonNode> events = events(record);
    long planned = count(events, "planned");
    assertThat(planned).isEqualTo(4);
    assertThat(verdict.path("faults").asLong()).isEqualTo(planned);
    assertThat(count(events, "begins")).isEqualTo(planned);
    assertThat(count(events, "over")).isEqualTo(planned);
    assertThat(run.err())
        .contains("fault 1: ", "fault 4 over: ", "ready again within")
        .doesNotContain("ended by itself");
    assertThat(Files.readString(record.resolve("logs/agent.log")))
        .contains(
            "Connected to coaps://",
            "Connected to ssl://",
            "The certificate was renewed: device pi-1");
    Launcher.assertEverythingHasEnded(record);
  }

  @Test
  void aSignalInTheMiddleOfAFaultEndsItCleanly() throws Exception {
    Path data = TestPipeline.folder("chaos-signal");
    // By this seed the first fault lasts for eight seconds, which leaves time for a signal.
    Process demo =
        Launcher.start(
            "demo",
            "--chaos",
            "--seed=315",
            "--gateways",
            "1",
            "--devices",
            "3",
            "--data",
            data.toString());
    Awaitility.await("a fault has begun")
        .atMost(TestPipeline.LONG)
        .until(() -> !demo.isAlive() || count(events(data), "begins") > 0);
    new ProcessBuilder("kill", "-INT", Long.toString(demo.pid())).start().waitFor();
    Launcher.Run run = Launcher.finish(demo, "demo");

    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    assertThat(run.out()).contains("Clean: every reading is accounted for.");
    assertThat(run.err()).contains("(cut short)");
    Launcher.assertEverythingHasEnded(data);
  }

  private static List<JsonNode> events(Path folder) throws IOException {
    Path file = folder.resolve("chaos.jsonl");
    if (!Files.exists(file)) {
      return List.of();
    }
    ObjectMapper mapper = new ObjectMapper();
    List<JsonNode> events = new ArrayList<>();
    String written = Files.readString(file);
    // What is behind the last line's end is being written.
    for (String line : written.substring(0, written.lastIndexOf('\n') + 1).lines().toList()) {
      events.add(mapper.readTree(line));
    }
    return events;
  }

  private static long count(List<JsonNode> events, String event) {
    return events.stream().filter(line -> line.path("event").asText().equals(event)).count();
  }
}
