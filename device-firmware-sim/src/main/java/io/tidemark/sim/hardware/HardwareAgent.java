package io.tidemark.sim.hardware;

import io.tidemark.sim.record.HardwareFolder;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
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

  /**
   * 0 and 1 are its own; what a process leaves that is told to end before it listens is 128 + 15.
   */
  private static final Set<Integer> ORDERLY = Set.of(0, 1, 143);

  /** What the agent has in its journal's folder once it is enrolled. */
  private static final String CREDENTIAL = "identity/credential.pem";

  private final Path jar;
  private final HardwareFolder folder;
  private final Duration drain;
  private final Process process;
  private final Thread hook = new Thread(this::stop, "hardware-end");
  private boolean told;
  private boolean endedByItself;

  private HardwareAgent(Path jar, HardwareFolder folder, Duration drain, Process process) {
    this.jar = jar;
    this.folder = folder;
    this.drain = drain;
    this.process = process;
  }

  /**
   * Starts it; one that a killed simulator has left must have been ended ({@link #endLeft}).
   *
   * @param jar the agent's
   * @param device its name; where the folder has a configuration, its name stays
   * @param tokenFile with an enrolment token, by which it gets its certificate if it has none; null
   *     if no gateway asks for one
   * @param drain how long it may go on sending once it is to end
   * @throws IOException if it cannot be started; what it said of it is in the message
   */
  public static HardwareAgent start(
      Path jar,
      HardwareFolder folder,
      String device,
      List<URI> gateways,
      @Nullable Path tokenFile,
      Duration drain)
      throws IOException, InterruptedException {
    Files.createDirectories(folder.path());
    String name = folder.exists() ? deviceIn(folder.config()) : device;
    configure(jar, folder, configuration(name, folder, gateways));
    if (tokenFile != null && !Files.exists(folder.journal().resolve(CREDENTIAL))) {
      say(jar, folder.config(), List.of("enroll"), "--token-file", tokenFile.toString());
    }
    List<String> command =
        command(jar, folder.config(), List.of("run"), "--drain", drain.toMillis() + "ms");
    if (Files.exists(folder.sums())) {
      // What the journal says now does not hold once there are more readings.
      Files.move(folder.sums(), folder.sumsBefore(), StandardCopyOption.ATOMIC_MOVE);
    }
    Process process =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.log().toFile()))
            .start();
    try {
      Files.writeString(folder.pid(), Long.toString(process.pid()));
      HardwareAgent agent = new HardwareAgent(jar, folder, drain, process);
      // It heeds no interrupt, so it would outlive a simulator that ends before it can be stopped.
      Runtime.getRuntime().addShutdownHook(agent.hook);
      return agent;
    } catch (IOException | IllegalStateException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** Has the agent check its configuration; one that it refuses changes nothing. */
  private static void configure(Path jar, HardwareFolder folder, String configuration)
      throws IOException, InterruptedException {
    Path fresh = HardwareFolder.fresh(folder.config());
    try {
      Files.writeString(fresh, configuration);
      say(jar, fresh, List.of("config", "check"));
      Files.move(fresh, folder.config(), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /**
   * Tells it to end: its sensors stop, and it sends what is left. Once only, as a second time would
   * end it on the spot. Thread-safe.
   */
  public synchronized void stop() {
    if (!told) {
      told = true;
      endedByItself = !process.isAlive();
      process.destroy();
    }
  }

  /**
   * Waits for its end, after {@link #stop}, and asks what its journal came to. If that cannot be
   * found out, the sums' trouble says so.
   */
  public HardwareSums end() throws InterruptedException {
    String trouble = awaitEnd();
    try {
      Files.deleteIfExists(folder.pid());
      // One that is told to end while it begins has no journal yet.
      String json =
          Files.exists(folder.journalFile())
              ? say(jar, folder.config(), List.of("journal"), "--json").strip()
              : "[]";
      HardwareSums sums = HardwareSums.parse(json);
      if (Files.exists(folder.sumsBefore())) {
        sums = sums.after(HardwareSums.parse(Files.readString(folder.sumsBefore())));
      }
      write(folder.sums(), sums.json());
      Files.deleteIfExists(folder.sumsBefore());
      return sums.with(trouble);
    } catch (IOException e) {
      String unknown = "what its journal came to is not known: " + e.getMessage();
      return new HardwareSums(List.of(), trouble == null ? unknown : trouble + "; " + unknown);
    }
  }

  /** What was wrong with its end; null if nothing was. */
  private @Nullable String awaitEnd() throws InterruptedException {
    Duration limit = drain.plus(END_TIMEOUT);
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor(); // what is in its journal is safe
      return "it did not end within %d s, and was killed; %s says what it did"
          .formatted(limit.toSeconds(), folder.log());
    }
    if (endedByItself || !ORDERLY.contains(process.exitValue())) {
      return "it ended %s, with exit code %d; %s says why"
          .formatted(
              endedByItself ? "by itself" : "not as told", process.exitValue(), folder.log());
    }
    return null;
  }

  /** Whole, and on the disk, or not at all. */
  private static void write(Path file, String text) throws IOException {
    Path fresh = HardwareFolder.fresh(file);
    try (FileChannel out =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Ends it on the spot, if it still runs. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the simulator is ending
    }
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

  /**
   * Ends one that a killed simulator has left; nothing if there is none.
   *
   * @throws IOException if it does not end
   */
  public static void endLeft(HardwareFolder folder) throws IOException, InterruptedException {
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

  private static List<String> command(Path jar, Path config, List<String> command, String... more) {
    List<String> words = new ArrayList<>();
    if (Files.isExecutable(Path.of(WITHOUT_INTERRUPTS.get(0)))) {
      words.addAll(WITHOUT_INTERRUPTS);
    }
    words.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-jar",
            jar.toAbsolutePath().toString()));
    words.addAll(command);
    words.addAll(List.of("--config", config.toString()));
    words.addAll(List.of(more));
    return words;
  }

  /** Runs one of the agent's short commands; returns what it said. */
  private static String say(Path jar, Path config, List<String> command, String... more)
      throws IOException, InterruptedException {
    Path said = Files.createTempFile("tidemark-agent", ".log");
    Path wrong = Files.createTempFile("tidemark-agent", ".log");
    try {
      Process process =
          new ProcessBuilder(command(jar, config, command, more))
              .redirectInput(new File("/dev/null"))
              .redirectOutput(said.toFile())
              .redirectError(wrong.toFile())
              .start();
      if (!process.waitFor(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        throw new IOException(
            "the agent in %s does not answer to %s".formatted(jar, String.join(" ", command)));
      }
      if (process.exitValue() != 0) {
        String why = Files.readString(wrong) + Files.readString(said);
        throw new IOException(
            "the agent in %s could not %s: %s"
                .formatted(
                    jar,
                    String.join(" ", command),
                    why.substring(0, Math.min(SAID_MAX_LENGTH, why.length()))));
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
    yaml.append(folder.journal().toString().replace("'", "''")).append("'\n");
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
