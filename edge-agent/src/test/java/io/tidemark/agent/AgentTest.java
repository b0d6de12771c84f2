package io.tidemark.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.agent.log.AgentLog;
import io.tidemark.agent.publish.FakeCoapGateway;
import io.tidemark.agent.publish.FakeGateway;
import io.tidemark.agent.publish.FakeServer;
import io.tidemark.agent.sensor.Finder;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.log.LogFormat;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The command line, and the agent as a process of its own. */
@Timeout(180)
class AgentTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path dir;

  AgentTest(@TempDir Path dir) {
    this.dir = dir;
  }

  @ParameterizedTest
  @MethodSource("gateways")
  void aRunEndsWithEverythingHandedOver(FakeServer server) throws Exception {
    try (FakeServer gateway = server.start()) {
      Path config = config(gateway.uri());
      Process agent = start("run", "--config", config.toString(), "--drain", "60s");
      await().atMost(PATIENCE).until(() -> readings(gateway).size() >= 20);
      agent.toHandle().destroy(); // SIGTERM

      assertThat(agent.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(agent.exitValue()).isZero();
      List<Batch> batches = gateway.accepted();
      BatchHeader last = batches.get(batches.size() - 1).header();
      assertThat(last.kind()).isEqualTo(BatchHeader.Kind.STATUS);
      assertThat(last.oldestKept())
          .isEqualTo(last.nextSequence())
          .isEqualTo(readings(gateway).size());
      assertThat(readings(gateway).values())
          .allSatisfy(
              reading -> {
                assertThat(reading.kind()).isEqualTo("bme280");
                assertThat(reading.sensor()).isIn("roof", "cellar");
                assertThat(reading.values())
                    .containsOnlyKeys("temperature", "pressure", "humidity");
              });
      assertThat(run("journal", "--config", config.toString(), "--json"))
          .startsWith("0 [{\"device\":\"pi-1\",\"epoch\":" + last.epoch())
          .contains("\"nextSequence\":" + last.nextSequence())
          .contains("\"oldestKept\":" + last.nextSequence())
          .contains("\"waiting\":0,\"dropped\":0,\"setAside\":0");
      assertThat(Path.of("Californium3.properties")).doesNotExist(); // all settings are ours
    }
  }

  static List<FakeServer> gateways() {
    return List.of(new FakeGateway(), new FakeCoapGateway());
  }

  @Test
  void withoutAGatewayReadingsRemainAndTheExitCodeSaysSo() throws Exception {
    Path config = config(URI.create("tcp://127.0.0.1:1"));
    Path log = dir.resolve("log");
    Process agent =
        logging("json", log, "run", "--config", config.toString(), "--drain", "200ms").start();
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                run("journal", "--config", config.toString())
                    .matches("(?s)0 .* [1-9]\\d* waiting.*"));
    agent.toHandle().destroy();
    assertThat(agent.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(agent.exitValue()).isEqualTo(1);
    List<JsonObject> lines = Files.readAllLines(log).stream().map(JsonObject::new).toList();
    assertThat(lines)
        .allSatisfy(
            line -> {
              assertThat(line.fieldNames())
                  .startsWith("timestamp", "level", "logger", "thread", "message")
                  .endsWith("program", "id");
              assertThat(line.getString("program")).isEqualTo("tidemark-agent");
              assertThat(line.getString("id")).isEqualTo("pi-1");
            })
        .anyMatch(line -> line.getString("message").startsWith("Agent of device pi-1 runs"))
        .anyMatch(line -> line.getString("level").equals("WARN"));
  }

  @Test
  void theLogIsOfNoFormatThatThereIsNot() throws Exception {
    Path log = dir.resolve("log");
    Process agent = logging("xml", log, "--version").start();
    assertThat(agent.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(agent.exitValue()).isEqualTo(2);
    assertThat(log).hasContent("TIDEMARK_LOG_FORMAT must be text or json, but is \"xml\"");
  }

  @Test
  void whatEndsItAtTheStartIsOneLineOfTheLog() throws Exception {
    String all = System.getProperty("java.class.path");
    Path config = dir.resolve("agent.yaml");
    Files.writeString(config, "device: pi 1\n");
    assertThat(lastWord(all, 2, "run", "--config", config.toString()).getString("message"))
        .contains(config + ":1: device: must be");
    assertThat(lastWord(all, 64, "run", "--drain", "soon").getString("message"))
        .contains("'--drain': must be a duration");

    String broken = all.replaceAll("[^" + File.pathSeparator + "]*snakeyaml[^/]*jar", "absent");
    assertThat(lastWord(broken, 2, "run", "--config", config.toString()).getString("exception"))
        .startsWith("java.lang.NoClassDefFoundError: org/snakeyaml");
  }

  /** The only line of a log in JSON, of an agent that ends by itself. */
  private JsonObject lastWord(String classPath, int exitCode, String... arguments)
      throws Exception {
    Path log = dir.resolve("log");
    ProcessBuilder builder = logging("json", log, arguments);
    builder
        .command()
        .replaceAll(word -> word.equals(System.getProperty("java.class.path")) ? classPath : word);
    Process agent = builder.start();
    assertThat(agent.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(agent.exitValue()).as(Files.readString(log)).isEqualTo(exitCode);
    assertThat(Files.readAllLines(log)).hasSize(1);
    JsonObject line = new JsonObject(Files.readString(log));
    assertThat(line.getString("level")).isEqualTo("ERROR");
    return line;
  }

  @Test
  void whatNobodyForesawIsALineOfTheLogToo() throws Exception {
    Path log = dir.resolve("log");
    ProcessBuilder builder =
        logging("json", log, "setup", "--config", dir.resolve("agent.yaml").toString());
    builder
        .command()
        .replaceAll(word -> word.equals(Agent.class.getName()) ? Failing.class.getName() : word);
    Process agent = builder.start();
    assertThat(agent.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(agent.exitValue()).isEqualTo(2);
    List<JsonObject> lines = Files.readAllLines(log).stream().map(JsonObject::new).toList();
    assertThat(lines).extracting(line -> line.getString("level")).containsOnly("ERROR");
    assertThat(lines)
        .extracting(line -> line.getString("message"))
        .satisfiesExactly(
            died -> assertThat(died).isEqualTo("Thread pump died"),
            absent -> assertThat(absent).contains("agent.yaml"),
            ends -> assertThat(ends).isEqualTo("This ends, by a mistake of its own"));
    assertThat(lines.get(0).getString("exception")).contains("it leaks");
    assertThat(lines.get(2).getString("exception")).contains("nobody answers");
  }

  /** An agent with mistakes. */
  public static final class Failing {
    private Failing() {}

    /** Loses a thread, looks for a journal without a configuration, and asks who is not there. */
    public static void main(String[] arguments) throws InterruptedException {
      AgentLog.begin(LogFormat.JSON);
      Thread pump =
          new Thread(
              () -> {
                throw new IllegalStateException("it leaks");
              },
              "pump");
      pump.start();
      pump.join();
      CommandLine line =
          Agent.commandLine(
              new Agent(
                  "",
                  new Finder(),
                  (question, usual) -> {
                    throw new IllegalStateException("nobody answers");
                  }));
      int unused = line.execute("journal", "--config", arguments[2]);
      System.exit(line.execute(arguments));
    }
  }

  @Test
  void killedAtAnyMomentItGoesOnWithTheNextNumber() throws Exception {
    try (FakeGateway gateway = new FakeGateway().start()) {
      Path config = config(gateway.uri());
      for (int kill = 1; kill <= 3; kill++) {
        int wanted = kill * 15;
        Process agent = start("run", "--config", config.toString());
        await().atMost(PATIENCE).until(() -> readings(gateway).size() >= wanted);
        agent.toHandle().destroyForcibly(); // SIGKILL
        assertThat(agent.waitFor(60, TimeUnit.SECONDS)).isTrue();
      }
      Process agent = start("run", "--config", config.toString(), "--drain", "60s");
      await().atMost(PATIENCE).until(() -> readings(gateway).size() >= 60);
      agent.toHandle().destroy();
      assertThat(agent.waitFor(60, TimeUnit.SECONDS)).isTrue();

      Map<Long, Reading> readings = readings(gateway);
      for (long number = 0; number < readings.size(); number++) {
        assertThat(readings).containsKey(number);
      }
      assertThat(gateway.accepted())
          .extracting(batch -> batch.header().epoch())
          .containsOnly(gateway.accepted().get(0).header().epoch());
      assertThat(run("journal", "--config", config.toString(), "--json"))
          .contains("\"nextSequence\":" + readings.size())
          .contains("\"waiting\":0");
    }
  }

  @Test
  void aSecondAgentOnTheSameJournalSaysWhatIsWrong() throws Exception {
    Path config = config(URI.create("tcp://127.0.0.1:1"));
    Process first = start("run", "--config", config.toString(), "--drain", "1ms");
    await()
        .atMost(PATIENCE)
        .until(() -> run("journal", "--config", config.toString()).startsWith("0 "));
    assertThat(run("run", "--config", config.toString()))
        .startsWith("2 ")
        .contains("in use by another agent");
    first.toHandle().destroy();
    assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void checkNamesWhatIsWrong() throws Exception {
    Path config = config(URI.create("tcp://127.0.0.1:1"));
    assertThat(run("config", "check", "--config", config.toString()))
        .startsWith("0 ")
        .contains("valid", "pi-1", "2 sensors");
    Files.writeString(config, "device: pi 1\n");
    assertThat(run("config", "check", "--config", config.toString()))
        .startsWith("1 ")
        .contains(config + ":1: device: must be");
    assertThat(run("config", "check", "--json", "--config", config.toString()))
        .startsWith("1 {")
        .contains("\"valid\":false", "device: must be");
    assertThat(run("run", "--config", config.toString()))
        .startsWith("2 ")
        .contains(config + ":1: device: must be");
    assertThat(run("config", "check", "--config", dir.resolve("absent").toString()))
        .startsWith("2 ")
        .contains("cannot be read");
  }

  @Test
  void theEnvironmentNamesTheConfigurationWhereTheCommandLineDoesNot() throws Exception {
    Path config = config(URI.create("tcp://127.0.0.1:1"));
    assertThat(run(new Agent(config.toString()), "config", "check")).startsWith("0 ");
    assertThat(run(new Agent(""), "config", "check"))
        .startsWith("2 ")
        .contains("/etc/tidemark-agent/agent.yaml");
  }

  @Test
  void helpHasExamplesAndAMistakeIsUsage() {
    assertThat(run("--help"))
        .startsWith("0 ")
        .contains("tidemark-agent run --config agent.yaml --drain 60s");
    for (String command :
        List.of(
            "run",
            "journal",
            "config check",
            "setup",
            "enroll",
            "doctor",
            "status",
            "sensors list",
            "sensors read")) {
      String help = String.join(" ", command, "--help");
      assertThat(run(help.split(" "))).startsWith("0 ").contains("Example");
      assertThat(run(help.replace("--help", "--colour").split(" "))).startsWith("64 ");
    }
    assertThat(run()).startsWith("64 ");
    assertThat(run("run", "--drain", "soon")).startsWith("64 ").contains("must be a duration");
  }

  private Path config(URI gateway) throws IOException {
    return Files.writeString(
        dir.resolve("agent.yaml"),
        """
        device: pi-1
        gateways: [%s]
        journal: {dir: %s, commit-interval: 50ms}
        sensors:
          - {id: roof, driver: bme280, bus: simulated, interval: 50ms}
          - {id: cellar, driver: bme280, bus: simulated, address: 0x77, interval: 100ms}
        """
            .formatted(gateway, dir.resolve("journal")));
  }

  /** All readings accepted, by number; two under one number must be the same. */
  private static Map<Long, Reading> readings(FakeServer gateway) {
    Map<Long, Reading> readings = new HashMap<>();
    for (Batch batch : gateway.accepted()) {
      for (int i = 0; i < batch.readings().size(); i++) {
        Reading reading = batch.readings().get(i);
        Reading before = readings.putIfAbsent(batch.header().firstSequence() + i, reading);
        assertThat(before == null || before.equals(reading)).isTrue();
      }
    }
    return readings;
  }

  private static ProcessBuilder logging(String format, Path log, String... arguments) {
    ProcessBuilder builder = process(arguments).redirectError(log.toFile());
    builder.environment().put("TIDEMARK_LOG_FORMAT", format);
    builder.environment().remove("JAVA_TOOL_OPTIONS"); // of which Java itself would speak
    return builder;
  }

  private static Process start(String... arguments) throws IOException {
    return process(arguments).start();
  }

  private static ProcessBuilder process(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    command.add(Agent.class.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).inheritIO();
  }

  /** Exit code and everything printed. */
  private static String run(String... arguments) {
    return run(new Agent(""), arguments);
  }

  private static String run(Agent agent, String... arguments) {
    StringWriter printed = new StringWriter();
    CommandLine line = Agent.commandLine(agent);
    line.setOut(new PrintWriter(printed, true)).setErr(new PrintWriter(printed, true));
    int code = line.execute(arguments);
    return code + " " + printed;
  }
}
