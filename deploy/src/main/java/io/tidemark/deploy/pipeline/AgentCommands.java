package io.tidemark.deploy.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The agent of a pipeline: its configuration, and what is asked of it beside running. */
final class AgentCommands {
  private static final String JAR = "edge-agent/target/edge-agent.jar";

  /** Without an archive of its classes Java takes its time on a busy machine. */
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Installation installation;
  private final Path logs;
  private final Path folder;
  private final Path config;

  /**
   * Does nothing yet.
   *
   * @param data the pipeline's folder
   */
  AgentCommands(Installation installation, Path data, Path logs) {
    this.installation = installation;
    this.logs = logs;
    folder = data.resolve("agent");
    config = data.resolve("agent.yaml");
  }

  /**
   * Writes its configuration, with one simulated BME280; returns the command that runs it.
   *
   * @param gatewayUrls those it sends to
   * @param journal lines of YAML under {@code journal:}, without {@code dir}
   * @param interval between two readings, e.g. {@code 1s}
   * @param drain how long it may go on sending after it is told to stop
   */
  List<String> configured(
      List<String> gatewayUrls, Map<String, String> journal, String interval, Duration drain) {
    StringBuilder yaml = new StringBuilder();
    yaml.append("device: ").append(Pipeline.AGENT_DEVICE).append('\n');
    yaml.append("gateways: [\"").append(String.join("\", \"", gatewayUrls)).append("\"]\n");
    yaml.append("journal:\n  dir: \"").append(folder).append("\"\n");
    journal.forEach(
        (key, value) -> yaml.append("  ").append(key).append(": ").append(value).append('\n'));
    yaml.append(
            "sensors:\n"
                + "  - id: outside\n"
                + "    driver: bme280\n"
                + "    bus: simulated\n"
                + "    address: 0x76\n"
                + "    interval: ")
        .append(interval)
        .append("\n  - {id: agent, driver: agent, interval: 10s}\n");
    try {
      Files.writeString(config, yaml.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + config + ": " + e.getMessage(), e);
    }
    return installation.service(
        JAR,
        options("-Xmx128m"),
        "run",
        "--config",
        config.toString(),
        "--drain",
        drain.toSeconds() + "s");
  }

  /** Enrols it, if it is not yet. */
  void enrol(Path token) throws IOException, InterruptedException {
    if (!Files.exists(folder.resolve("identity/credential.pem"))) {
      ChildProcess unused =
          ended(
              "agent-enrol",
              "the agent could not be enrolled: ",
              "enroll",
              "--config",
              config.toString(),
              "--token-file",
              token.toString());
    }
  }

  /** What its journal says of itself, an object an epoch, read beside or without it. */
  JsonNode journal() throws IOException, InterruptedException {
    return Json.lastLine(
        ended(
                "agent-journal-" + System.nanoTime(),
                "the agent's journal could not be read: ",
                "journal",
                "--config",
                config.toString(),
                "--json")
            .output());
  }

  private ChildProcess ended(String name, String trouble, String... arguments)
      throws IOException, InterruptedException {
    ChildProcess process =
        new ChildProcess(
            name, logs, Map.of(), installation.java(JAR, options("-Xmx64m"), arguments));
    process.start();
    if (!process.waitFor(TIMEOUT) || process.exitCode() != 0) {
      process.kill();
      throw new IOException(trouble + process.logTail());
    }
    return process;
  }

  private static List<String> options(String memory) {
    return List.of(memory, "-XX:+UseSerialGC");
  }
}
