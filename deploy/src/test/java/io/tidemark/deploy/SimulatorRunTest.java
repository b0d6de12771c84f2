package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What {@code sim run} can have beside its devices: nothing of theirs is lost for it. */
class SimulatorRunTest {
  private static final String HARDWARE =
      "--hardware=" + Installation.find().home().resolve("edge-agent/target/edge-agent.jar");

  /** A gateway's memory when it has borne them: its heap alone may take 262,144 of them. */
  private static final long RESIDENT_MAX_KILOBYTES = 450_000;

  @Test
  void roguesAreBorneAndNothingOfTheOthersOrOfARealAgentIsLost() throws Exception {
    try (TestPipeline test = TestPipeline.started("simulator-run")) {
      TestPipeline.Finished run =
          test.sim(
              "sim",
              "run",
              "--gateway=" + test.parts().mqttUrl(),
              "--gateway=" + test.parts().coapUrl(),
              "--devices=20",
              "--rate=10",
              "--seed=7",
              "--for=10s",
              // Nobody leaves because the machine stands still for a while.
              "--ack-timeout=60s",
              "--record=" + test.parts().data().resolve("record"),
              "--api=" + test.parts().apiUrl(),
              "--rogue=malformed 20 every 100ms",
              "--rogue=oversized 4 every 100ms",
              "--rogue=wrong-topic 20 every 100ms",
              "--rogue=slow-reader 4 every 100ms",
              "--rogue=flood 4 every 20ms",
              HARDWARE,
              "--json");
      assertThat(run.exitCode()).as(run.log()).isZero();
      JsonNode json = run.json();
      assertThat(json.path("verify").path("verdict").asText()).isEqualTo("clean");
      JsonNode hardware = json.path("hardware");
      assertThat(hardware.path("produced").asLong()).as("%s", hardware).isPositive();
      assertThat(hardware.path("waiting").asLong()).isZero();
      assertThat(json.path("verify").path("byNumber").path(0).asText()).isEqualTo("hardware");
      assertThat(json.path("verify").path("stored").asLong())
          .isEqualTo(20 * 10 * 10 + hardware.path("produced").asLong());
      assertThat(json.path("connectionsLost").asLong()).as("of the others").isZero();
      assertRefused(json.path("rogues"));
      assertTheGatewayIsWell(test);
      assertItGoesOn(test, hardware);
    }
  }

  /** The same journal and the same epoch, and every reading is a row still. */
  private static void assertItGoesOn(TestPipeline test, JsonNode before) throws Exception {
    TestPipeline.Finished run =
        test.sim(
            "sim-again",
            "run",
            "--gateway=" + test.parts().mqttUrl(),
            "--for=10s",
            "--record=" + test.parts().data().resolve("record"),
            "--api=" + test.parts().apiUrl(),
            HARDWARE,
            "--json");
    assertThat(run.exitCode()).as(run.log()).isZero();
    JsonNode hardware = run.json().path("hardware");
    assertThat(hardware.path("epochs")).hasSize(1);
    assertThat(hardware.path("epochs").path(0).path("epoch"))
        .isEqualTo(before.path("epochs").path(0).path("epoch"));
    assertThat(hardware.path("produced").asLong()).isGreaterThan(before.path("produced").asLong());
  }

  private static void assertRefused(JsonNode rogues) {
    Map<String, JsonNode> kinds = new TreeMap<>();
    rogues.forEach(kind -> kinds.put(kind.path("kind").asText(), kind));
    assertThat(kinds)
        .containsOnlyKeys("flood", "malformed", "oversized", "slow-reader", "wrong-topic")
        .allSatisfy(
            (kind, sums) -> {
              assertThat(sums.path("attempts").asLong()).as("%s", sums).isPositive();
              assertThat(sums.path("accepted").asLong()).as("%s", sums).isZero();
              assertThat(sums.path("unreachable").asLong()).as("%s", sums).isZero();
            });
    assertThat(codes(kinds, "malformed")).contains("0x81", "0x82", "0x99", "4.00");
    assertThat(codes(kinds, "oversized")).contains("0x95", "4.13");
    assertThat(codes(kinds, "wrong-topic"))
        .contains("0x81", "0x83", "0x87", "0x90", "4.03", "4.04", "4.05", "5.05");
    assertThat(codes(kinds, "flood")).contains("0x8e");
  }

  private static List<String> codes(Map<String, JsonNode> kinds, String kind) {
    List<String> codes = new ArrayList<>();
    JsonNode sums = kinds.get(kind);
    assertThat(sums).isNotNull();
    sums.path("refusedByCode").fieldNames().forEachRemaining(codes::add);
    return codes;
  }

  private static void assertTheGatewayIsWell(TestPipeline test) throws Exception {
    assertThat(test.parts().http().isOk(test.parts().gatewayUrl() + "/q/health/ready")).isTrue();
    for (String gauge : List.of("connections", "mqtt_unidentified", "mqtt_unfinished_bytes")) {
      Awaitility.await(gauge)
          .atMost(TestPipeline.LONG)
          .untilAsserted(
              () -> assertThat(test.gatewayMetric("tidemark_gateway_" + gauge)).isZero());
    }
    assertThat(residentKilobytes(test.parts().gateway())).isLessThan(RESIDENT_MAX_KILOBYTES);
    List<String> devices = new ArrayList<>();
    test.parts()
        .http()
        .get(test.parts().apiUrl() + "/api/v1/devices?limit=1000")
        .path("items")
        .forEach(device -> devices.add(device.path("device").asText()));
    assertThat(devices).as("no rogue is one").hasSize(21).contains("hardware");
    assertThat(Collections.max(devices)).isEqualTo("sim-00020");
  }

  private static long residentKilobytes(ChildProcess process) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    }
  }
}
