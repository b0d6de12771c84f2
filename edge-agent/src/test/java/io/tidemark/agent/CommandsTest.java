package io.tidemark.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.agent.publish.FakeGateway;
import io.tidemark.agent.sensor.Finder;
import io.tidemark.agent.service.ServiceManager;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.EstServer;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands for setting up a device and looking after it. */
@Timeout(120)
class CommandsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path dir;
  private Agent.@Nullable Questions questions;

  private String run(String... arguments) {
    StringWriter printed = new StringWriter();
    CommandLine line = Agent.commandLine(new Agent("", new Finder(), questions));
    line.setOut(new PrintWriter(printed, true)).setErr(new PrintWriter(printed, true));
    return line.execute(arguments) + " " + printed;
  }

  private String config(String gateway) throws Exception {
    return Files.writeString(
            dir.resolve("agent.yaml"),
            """
            device: pi-1
            gateways: ["%s"]
            journal: {dir: "%s", commit-interval: 50ms}
            sensors:
              - {id: roof, driver: bme280, bus: simulated, interval: 50ms}
              - {id: lost, driver: ds18b20, address: 28-00000000000f, interval: 50ms}
              - {id: self, driver: agent, interval: 50ms}
            """
                .formatted(gateway, dir.resolve("data")))
        .toString();
  }

  @Test
  void sensorsAreListedAndReadWithoutTheAgent() throws Exception {
    String config = config("tcp://127.0.0.1:1");
    assertThat(run("sensors", "list", "--config", config))
        .startsWith("0 SENSOR")
        .contains("bus simulated, address 0x76", "bus w1, address 28-00000000000f", "0.05 s");
    assertThat(run("sensors", "list", "--config", config, "--json"))
        .startsWith("0 {")
        .contains("\"id\":\"roof\"", "\"intervalMillis\":50", "\"found\":[");
    assertThat(run("sensors", "read", "--config", config))
        .startsWith("1 SENSOR")
        .contains("temperature", "no reading: ")
        .doesNotContain("self");
    assertThat(run("sensors", "read", "roof", "--config", config, "--json"))
        .startsWith("0 [{\"id\":\"roof\",\"driver\":\"bme280\",\"values\":{")
        .contains("\"temperature\":", "\"problem\":null");
    assertThat(run("sensors", "read", "self", "--config", config))
        .startsWith("1 ")
        .contains("only the running agent");
    assertThat(run("sensors", "read", "attic", "--config", config))
        .startsWith("64 ")
        .contains("attic", "roof");
    assertThat(dir.resolve("data")).as("nothing was recorded").doesNotExist();
  }

  @Test
  void theStatusIsTheRunningAgentsAndItsJournalsOtherwise() throws Exception {
    try (FakeGateway gateway = new FakeGateway().start()) {
      String config = config(gateway.uri().toString());
      assertThat(run("status", "--config", config)).startsWith("2 ").contains("no journal");
      Assembly assembly =
          Assembly.open(new Agent("").read(Path.of(config)), ServiceManager.of(Map.of(), 1));
      assembly.start();
      try {
        Awaitility.await("it is connected, and all sensors were tried")
            .atMost(PATIENCE)
            .until(
                () ->
                    run("status", "--config", config, "--json")
                        .matches(
                            "(?s)1 .*\"gateway\":\"tcp.*acknowledgedAt\":\"2.*journaled\":[1-9].*28-0.*"));
        assertThat(run("status", "--config", config))
            .contains("pi-1", gateway.uri().toString(), "last at ", "lost    ds18b20", "ok")
            .doesNotContain("not running");
        assertThat(run("doctor", "--config", config))
            .startsWith("1 ")
            .contains("takes connections, without encryption", "runs, and a gateway takes it")
            .containsPattern("bad +sensor lost");
      } finally {
        assembly.stop(Duration.ofSeconds(10));
      }
      assertThat(run("status", "--config", config))
          .startsWith("1 ")
          .contains("not running", "0 readings", "not read");
      assertThat(run("doctor", "--config", config, "--json"))
          .contains("\"subject\":\"agent\",\"state\":\"bad\",\"says\":\"does not run\"");
    }
    assertThat(run("doctor", "--config", config("tcp://nowhere.invalid:1")))
        .contains("no address is known for nowhere.invalid");
    assertThat(run("doctor", "--config", config("tcp://127.0.0.1:1")))
        .contains("does not take connections at port 1");
    assertThat(run("doctor", "--config", config("ssl://127.0.0.1:1")))
        .containsPattern("bad +certificate")
        .contains("enroll --token-file");
    assertThat(run("doctor", "--config", dir.resolve("absent").toString()))
        .startsWith("2 ")
        .contains("setup");
  }

  @Test
  void theDoctorHearsThatNoGatewayTakesTheAgent() throws Exception {
    String config = config("tcp://127.0.0.1:1");
    Assembly assembly =
        Assembly.open(new Agent("").read(Path.of(config)), ServiceManager.of(Map.of(), 1));
    assembly.start();
    try {
      assertThat(run("doctor", "--config", config))
          .startsWith("1 ")
          .containsPattern("bad +agent +runs, and no gateway takes it")
          .contains("journalctl -u tidemark-agent", "tidemark device list");
    } finally {
      assembly.stop(Duration.ZERO);
    }
  }

  @Test
  void setupWritesWhatWorksAndEnrols() throws Exception {
    TestAuthority ours = new TestAuthority("ours");
    String file = dir.resolve("agent.yaml").toString();
    String data = dir.resolve("data").toString();
    try (EstServer server = new EstServer(ours, new Identity(Role.DEVICE, "pi-2"))) {
      String token =
          new EnrolmentToken(
                  new byte[EnrolmentToken.SECRET_BYTES],
                  EstClient.fingerprint(ours.root()),
                  List.of(server.url()))
              .text();
      assertThat(run("setup", "--config", file)).startsWith("64 ").contains("--device NAME");
      String[] all = {
        "setup",
        "--config",
        file,
        "--device",
        "pi-2",
        "--gateway",
        "ssl://g1",
        "--gateway",
        "coaps://g2",
        "--data",
        data,
        "--simulated",
        "--token",
        token
      };
      assertThat(run(all)).startsWith("0 ").contains("device pi-2", "Enrolled", "simulated");
      assertThat(new CredentialFolder(dir.resolve("data/identity")).credential()).isPresent();
      assertThat(run("config", "check", "--config", file)).contains("device pi-2, 3 sensors");

      assertThat(run(all)).startsWith("2 ").contains("--replace");
      String before = Files.readString(Path.of(file));
      assertThat(
              run(
                  "setup",
                  "--config",
                  file,
                  "--device",
                  "pi 2",
                  "--gateway",
                  "ssl://g",
                  "--replace"))
          .startsWith("2 Nothing was written")
          .contains("device: must be");
      assertThat(Path.of(file)).hasContent(before);
    }
  }

  @Test
  void setupAsksForWhatIsNotGiven() throws Exception {
    List<String> asked = new ArrayList<>();
    questions =
        (question, usual) -> {
          asked.add(question);
          return question.contains("name")
              ? "pi-3"
              : question.contains("URL") ? "ssl://a ssl://b" : "";
        };
    String file = dir.resolve("agent.yaml").toString();
    Files.writeString(Path.of(file), "#device: as it is installed\nsensors: []\n");
    assertThat(run("setup", "--config", file, "--json"))
        .startsWith("0 {")
        .contains("\"device\":\"pi-3\"", "\"certificateEnds\":null", "\"board\"");
    assertThat(asked).hasSize(3);
    assertThat(Files.readString(Path.of(file))).contains("gateways: [\"ssl://a\", \"ssl://b\"]");
    assertThat(dir.resolve("agent.yaml.before")).content().contains("as it is installed");
    assertThat(run("setup", "--config", file, "--replace"))
        .contains("Not enrolled: sudo tidemark-agent enroll --token-file - < FILE");
  }

  @Test
  void setupLeavesAConfigurationWithAMistakeAlone() throws Exception {
    String byHand =
        "device: pi-4\ngateways: [\"ssl://g\"]\nsensors: [{id: roof, driver: bme281}]\n";
    Path file = Files.writeString(dir.resolve("agent.yaml"), byHand);
    String[] setup = {
      "setup", "--config", file.toString(), "--device", "pi-5", "--gateway", "ssl://g"
    };
    assertThat(run(setup)).startsWith("2 ").contains("--replace", "config check");
    assertThat(file).hasContent(byHand);
  }

  @Test
  void aRehearsalEndsByItself() throws Exception {
    Path empty = Files.createDirectory(dir.resolve("rehearsal"));
    assertThat(run("rehearse", empty.toString())).startsWith("0 ");
  }
}
