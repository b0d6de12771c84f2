package io.tidemark.sim;

import static io.tidemark.sim.Commands.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose link has faults, made by the command, against a real MQTT and a real CoAP server. */
@Timeout(120)
@NullUnmarked
class LinkFaultTest {
  private static final String SCENARIO =
      """
      for: 2s
      seed: 7
      groups: [{class: weather-station, count: 3, rate: 20, batch-interval: 100ms}]
      link-faults: [cut for 200ms every 500ms]
      """;

  @TempDir Path folder;

  @Test
  void aScenariosFaultsStrikeAndNothingIsLost() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Commands.Result result = run(gateway, scenario(), "--record=" + folder.resolve("r"));
      assertThat(result.code()).isZero();
      JsonObject json = result.json();
      assertThat(json.getLong("produced")).isEqualTo(120);
      assertThat(json.getLong("acknowledged")).isEqualTo(120);
      assertThat(json.getJsonObject("linkFaults").getLong("cut")).isGreaterThanOrEqualTo(3);
      assertThat(json.getLong("connectionsLost")).isPositive();
      assertThat(result.err()).contains(" leads to " + gateway.url());
      assertThat(Files.readString(folder.resolve("r/report.html")))
          .contains("class=\"band fault\"")
          .contains("fault: cut");
    }
  }

  @Test
  void aFlagComesBeforeTheScenario() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      JsonObject json =
          run(
                  gateway,
                  scenario(),
                  "--for=500ms",
                  "--link-fault=latency 30ms",
                  "--link-fault=loss 1%")
              .json();
      assertThat(json.getJsonObject("linkFaults").fieldNames()).containsExactly("latency", "loss");
      assertThat(json.getLong("connectionsLost")).isZero();
      assertThat(json.getJsonObject("response").getDouble("p50Millis")).isGreaterThan(60);
    }
  }

  @Test
  void faultsEndWithTheSourcesSoThatWhatWaitsGetsThrough() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting();
        ScriptedCoapGateway coap = ScriptedCoapGateway.accepting()) {
      for (String url : List.of(gateway.url(), coap.url())) {
        Commands.Result result =
            Commands.execute(
                "run",
                "--gateway=" + url,
                "--json",
                "--devices=2",
                "--rate=10",
                "--for=1s",
                "--drain=60s",
                "--link-fault=cut");
        assertThat(result.code()).isZero();
        assertThat(result.json().getLong("acknowledged")).isEqualTo(20);
      }
    }
  }

  @Test
  void aReplayHasThemToo() throws Exception {
    Path csv = folder.resolve("a.csv");
    Files.writeString(csv, "time,value\n2026-01-01T00:00:00Z,1\n");
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      JsonObject json =
          Commands.execute(
                  "replay",
                  csv.toString(),
                  "--gateway=" + gateway.url(),
                  "--json",
                  "--link-fault=latency 5ms")
              .json();
      assertThat(json.getLong("acknowledged")).isEqualTo(1);
      assertThat(json.getJsonObject("linkFaults").getLong("latency")).isEqualTo(1);
    }
  }

  @Test
  void whatIsNoFaultIsRefusedBeforeAnythingIsMade() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Commands.Result result =
          run(gateway, scenario(), "--record=" + folder.resolve("r"), "--link-fault=cutt");
      assertThat(result.code()).isEqualTo(64);
      assertThat(result.err()).contains("fault 'cutt': there is no 'cutt', only cut, ");
      assertThat(folder.resolve("r")).doesNotExist();
    }
  }

  private String scenario() throws Exception {
    Path file = folder.resolve("bad.yaml");
    Files.writeString(file, SCENARIO);
    return file.toString();
  }
}
