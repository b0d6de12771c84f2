package io.tidemark.sim.hardware;

import io.tidemark.sim.record.HardwareFolder;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An edge agent's process. It is ended by its own process id, and goes on with its journal the next
 * time. Used by one thread.
 */
public final class HardwareAgent implements AutoCloseable {
  private static final int GATEWAYS_MAX = 16;
  private static final int MQTT_PORT = 1883;
  private static final int SAID_MAX_LENGTH = 1_000;
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(30);

  /** Beyond its own drain, for what else it does at its end. */
  private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

  /** A signal typed at the terminal reaches all processes there; when an agent ends is ours. */
  private static final List<String> WITHOUT_INTERRUPTS =
      List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh");

  private final Path jar;
  private final HardwareFolder folder;
  private final Duration drain;
  private final Process process;
  private @Nullable String trouble;

  private HardwareAgent(Path jar, HardwareFolder folder, Duration drain, Process process) {
    this.jar = jar;
    this.folder = folder;
    this.drain = drain;
    this.process = process;
  }

  /**
   * Starts it, after one that a killed simulator has left is ended.
   *
   * @param jar the agent's
   * @param device its name; where the folder has a configuration, its name stays
   * @param drain how long it may go on sending once it is to end
   * @throws IOException if it cannot be started; what it said of it is in the message
   */
  public static HardwareAgent start(
      Path jar, HardwareFolder folder, String device, List<URI> gateways, Duration drain)
      throws IOException, InterruptedException {
    endLeft(folder);
    Files.createDirectories(folder.path());
    String name = folder.exists() ? deviceIn(folder.config()) : device;
    Files.writeString(folder.config(), configuration(name, folder, gateways));
    // What the journal says now does not hold once there are more readings.
    Files.deleteIfExists(folder.sums());
    say(jar, folder, "check");
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of(WITHOUT_INTERRUPTS.get(0)))) {
      command.addAll(WITHOUT_INTERRUPTS);
    }
    command.addAll(command(jar, folder, "run", "--drain", drain.toMillis() + "ms"));
    Process process =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.log().toFile()))
            .start();
    Files.writeString(folder.pid(), Long.toString(process.pid()));
    return new HardwareAgent(jar, folder, drain, process);
  }

  /** Tells it to end: its sensors stop, and it sends what is left. */
  public void stop() {
    if (process.isAlive()) {
      process.destroy();
    } else {
      trouble =
          "the agent ended by itself, with exit code %d; %s says why"
              .formatted(process.exitValue(), folder.log());
    }
  }

  /** What went wrong with it, in words; null if nothing did. */
  public @Nullable String trouble() {
    return trouble;
  }

  /**
   * Waits for its end, after {@link #stop}, and asks what its journal came to.
   *
   * @throws IOException if its journal cannot be read
   */
  public HardwareSums end() throws IOException, InterruptedException {
    if (!process.waitFor(drain.plus(END_TIMEOUT).toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor(); // what is in its journal is safe
    }
    Files.deleteIfExists(folder.pid());
    // One that is told to end while it begins has no journal yet.
    String json =
        Files.exists(folder.journalFile()) ? say(jar, folder, "journal", "--json").strip() : "[]";
    HardwareSums sums = HardwareSums.parse(json);
    Files.writeString(folder.sums(), json);
    return sums;
  }

  /** Ends it on the spot, if it still runs. */
  @Override
  public void close() {
    process.destroyForcibly();
  }

  /**
   * What it came to when it ran last.
   *
   * @throws IOException if that is not known
   */
  public static HardwareSums sumsIn(HardwareFolder folder) throws IOException {
    if (!Files.exists(folder.sums())) {
      throw new IOException(
          "%s is missing, as the last run with --hardware did not end by itself; go on with the record, with the same command, and it is known what the agent's journal came to"
              .formatted(folder.sums()));
    }
    return HardwareSums.parse(Files.readString(folder.sums()));
  }

  private static void endLeft(HardwareFolder folder) throws IOException, InterruptedException {
    Optional<ProcessHandle> left = folder.running();
    if (left.isEmpty()) {
      return;
    }
    left.get().destroyForcibly();
    try {
      left.get().onExit().get(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IOException(
          "the agent of an earlier run, process %d, does not end".formatted(left.get().pid()), e);
    }
  }

  private static List<String> command(
      Path jar, HardwareFolder folder, String command, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-jar",
                jar.toAbsolutePath().toString(),
                command,
                "--config",
                folder.config().toAbsolutePath().toString()));
    words.addAll(List.of(more));
    return words;
  }

  /** Runs one of the agent's short commands; returns what it said. */
  private static String say(Path jar, HardwareFolder folder, String command, String... more)
      throws IOException, InterruptedException {
    Path said = Files.createTempFile("tidemark-agent", ".log");
    Path wrong = Files.createTempFile("tidemark-agent", ".log");
    try {
      Process process =
          new ProcessBuilder(command(jar, folder, command, more))
              .redirectInput(new File("/dev/null"))
              .redirectOutput(said.toFile())
              .redirectError(wrong.toFile())
              .start();
      if (!process.waitFor(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        throw new IOException("the agent in %s does not answer to %s".formatted(jar, command));
      }
      if (process.exitValue() != 0) {
        String why = Files.readString(wrong) + Files.readString(said);
        throw new IOException(
            "the agent in %s could not %s: %s"
                .formatted(
                    jar, command, why.substring(0, Math.min(SAID_MAX_LENGTH, why.length()))));
      }
      return Files.readString(said);
    } finally {
      Files.delete(said);
      Files.delete(wrong);
    }
  }

  private static String configuration(String device, HardwareFolder folder, List<URI> gateways) {
    String urls =
        gateways.stream()
            .limit(GATEWAYS_MAX)
            .map(HardwareAgent::url)
            .collect(Collectors.joining("\", \"", "\"", "\""));
    StringBuilder yaml = new StringBuilder();
    yaml.append("device: ").append(device).append('\n');
    yaml.append("gateways: [").append(urls).append("]\n");
    yaml.append("journal:\n  dir: '");
    yaml.append(folder.journal().toAbsolutePath().toString().replace("'", "''")).append("'\n");
    yaml.append("sensors:\n");
    yaml.append("  - {id: outside, driver: bme280, bus: simulated, address: 0x76, interval: 1s}\n");
    yaml.append("  - {id: inside, driver: bme280, bus: simulated, address: 0x77, interval: 1s}\n");
    if (System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
      yaml.append("  - {id: computer, driver: board, interval: 10s}\n");
    }
    return yaml.toString();
  }

  /** An agent wants MQTT's port written. */
  private static String url(URI gateway) {
    return gateway.getPort() < 0 && gateway.getScheme().equals("tcp")
        ? gateway + ":" + MQTT_PORT
        : gateway.toString();
  }

  private static String deviceIn(Path config) throws IOException {
    @Nullable String first = Files.readAllLines(config).stream().findFirst().orElse(null);
    if (first == null || !first.startsWith("device: ")) {
      throw new IOException(config + " must begin with \"device: \"; was it changed?");
    }
    return first.substring("device: ".length());
  }
}
