package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.deploy.pipeline.Security;
import io.tidemark.deploy.pipeline.Surroundings;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What an agent takes: with the options and the archive of classes that its package has, on the
 * Java that runs this, ten sensors at one reading a second each, MQTT over TLS to one gateway. Used
 * by one thread.
 */
public final class AgentBench {
  private static final String JAR = "edge-agent/target/edge-agent.jar";
  private static final int SIMULATED = 8;

  /** With the board and the agent itself. */
  static final int SENSORS = SIMULATED + 2;

  private static final int ANSWER_MAX_BYTES = 64 << 10;
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

  private final Duration length;
  private final int starts;

  /**
   * Prepares it; starts nothing.
   *
   * @param length how long the agent runs before it is looked at
   * @param starts how often it is started until its first reading is in the journal
   */
  public AgentBench(Duration length, int starts) {
    this.length = length;
    this.starts = starts;
  }

  /** Runs it to its end; leaves nothing behind. */
  public AgentBenchResult run() throws IOException, InterruptedException {
    Installation installation = Installation.find();
    Path data = BenchFolder.make(installation);
    try (Pipeline pipeline =
        new Pipeline(
            installation,
            data,
            Ports.free(1),
            Surroundings.SHARED,
            null,
            "tidemark",
            new Security(true, null))) {
      pipeline.startServers();
      Files.writeString(data.resolve("agent.yaml"), config(pipeline.mqttUrl(), data));
      Path classes = archiveClasses(installation, data);
      enrol(installation, data, Objects.requireNonNull(pipeline.deviceToken()));
      return measure(installation, data, classes);
    } finally {
      Folders.delete(data);
    }
  }

  private static String config(String gateway, Path data) {
    StringBuilder yaml = new StringBuilder();
    yaml.append("device: bench\ngateways: [\"%s\"]\n".formatted(gateway));
    yaml.append("journal: {dir: \"%s\"}\nsensors:\n".formatted(data.resolve("agent")));
    for (int i = 0; i < SIMULATED; i++) {
      yaml.append(
          "  - {id: air-%d, driver: bme280, bus: simulated, address: 0x7%d, interval: 1s}\n"
              .formatted(i, i));
    }
    yaml.append("  - {id: board, driver: board, interval: 1s}\n");
    return yaml.append("  - {id: agent, driver: agent, interval: 1s}\n").toString();
  }

  /** As the package does when it is installed. */
  private static Path archiveClasses(Installation installation, Path data)
      throws IOException, InterruptedException {
    Path archive = data.resolve("classes.jsa");
    Path work = Files.createDirectories(data.resolve("rehearsal"));
    finish(
        command(
            installation,
            List.of("-XX:SharedArchiveFile=", "-XX:ArchiveClassesAtExit=" + archive),
            "rehearse",
            work.toString()));
    return archive;
  }

  private static void enrol(Installation installation, Path data, Path token)
      throws IOException, InterruptedException {
    finish(
        command(
            installation,
            List.of(),
            "enroll",
            "--config",
            data.resolve("agent.yaml").toString(),
            "--token-file",
            token.toString()));
  }

  private static void finish(List<String> command) throws IOException, InterruptedException {
    Tool tool = Tool.run(command);
    if (tool.exitCode() != 0) {
      throw new IOException(String.join(" ", command) + " failed: " + tool.said());
    }
  }

  private static List<String> command(
      Installation installation, List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + installation.home().resolve("deploy/packages/agent/java.options"));
    command.addAll(options);
    command.addAll(List.of("-jar", installation.home().resolve(JAR).toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  private AgentBenchResult measure(Installation installation, Path data, Path classes)
      throws IOException, InterruptedException {
    ChildProcess agent =
        new ChildProcess(
            "measured",
            data.resolve("logs"),
            Map.of("MALLOC_ARENA_MAX", "1"), // as the package's command has it
            command(
                installation,
                List.of("-XX:SharedArchiveFile=" + classes),
                "run",
                "--config",
                data.resolve("agent.yaml").toString()));
    List<Double> startSeconds = new ArrayList<>();
    long started = 0;
    try {
      for (int i = 0; i < starts; i++) {
        end(agent);
        started = System.nanoTime();
        agent.start();
        Waiting.until(
            () -> journaled(data) > 0,
            () -> "no reading is in the agent's journal: " + agent.logTail());
        startSeconds.add((System.nanoTime() - started) / 1e9);
      }
      Thread.sleep(Math.max(0, length.toMillis() - (System.nanoTime() - started) / 1_000_000));
      ServerProcess process = new ServerProcess(agent.pid());
      return AgentBenchResult.of(
          startSeconds,
          (System.nanoTime() - started) / 1e9,
          journaled(data),
          process.residentBytes(),
          process.cpuSeconds());
    } finally {
      end(agent);
    }
  }

  private static void end(ChildProcess agent) throws IOException, InterruptedException {
    agent.terminate();
    if (!agent.waitFor(STOP_LIMIT)) {
      agent.kill();
      throw new IOException("the agent did not end in time; see " + agent.log());
    }
  }

  /** What the agent says of itself, at its socket; 0 as long as it says nothing. */
  private static long journaled(Path data) throws IOException {
    Path socket = data.resolve("agent/agent.sock");
    StringBuilder said = new StringBuilder();
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer part = ByteBuffer.allocate(ANSWER_MAX_BYTES);
      while (part.hasRemaining() && client.read(part) >= 0) {
        // It hangs up at the end.
      }
      said.append(new String(part.array(), 0, part.position(), StandardCharsets.UTF_8));
    } catch (SocketException nobody) {
      return 0;
    }
    String[] lines = said.toString().split("\n", 3);
    return lines.length < 3 ? 0 : new ObjectMapper().readTree(lines[1]).path("journaled").asLong();
  }
}
