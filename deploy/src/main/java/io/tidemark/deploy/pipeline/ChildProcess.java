package io.tidemark.deploy.pipeline;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One process of ours, which can be started again after it ended. Its standard error is appended to
 * a log file, its standard output to another. Used by one thread.
 */
public final class ChildProcess {
  private static final int LOG_TAIL_LINES = 20;

  private final String name;
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path log;
  private final Path output;
  private @Nullable Process process;

  /**
   * Starts nothing yet.
   *
   * @param name for people, and for the names of its log files
   * @param logs folder for its log files; exists
   */
  public ChildProcess(
      String name, Path logs, Map<String, String> environment, List<String> command) {
    this.name = name;
    this.command = shieldedFromTheTerminal(command);
    this.environment = Map.copyOf(environment);
    this.log = logs.resolve(name + ".log");
    this.output = logs.resolve(name + ".out");
  }

  /**
   * Ctrl-C in a terminal goes to every process of the group at once. Ours have to end in an order,
   * sources first, so the children ignore it and are ended by us. An ignored signal stays ignored
   * across exec, and the JVM leaves it so.
   */
  private static List<String> shieldedFromTheTerminal(List<String> command) {
    List<String> shielded =
        new ArrayList<>(List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh"));
    shielded.addAll(command);
    return List.copyOf(shielded);
  }

  public String name() {
    return name;
  }

  /** Where its standard error goes. */
  public Path log() {
    return log;
  }

  /**
   * Starts it.
   *
   * @throws IllegalStateException if it is running
   */
  public void start() {
    if (isAlive()) {
      throw new IllegalStateException(name + " is running already");
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name + ": " + e.getMessage(), e);
    }
  }

  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Its process id, or that of its last run. */
  public long pid() {
    return started().pid();
  }

  /** Asks it to end (SIGTERM), which it only hears if it is not frozen: so it is thawed. */
  public void terminate() throws InterruptedException {
    thaw();
    if (isAlive()) {
      started().destroy();
    }
  }

  /**
   * Stops it where it is (SIGSTOP): it holds its sockets and files, but does nothing.
   *
   * @throws IllegalStateException if it cannot be, as it has ended
   */
  public void freeze() throws InterruptedException {
    if (!isAlive()) {
      throw new IllegalStateException(name + " has ended and cannot be frozen");
    }
    signal("STOP");
  }

  /** Lets it go on (SIGCONT). Changes nothing if it is not frozen. */
  public void thaw() throws InterruptedException {
    if (isAlive()) {
      signal("CONT");
    }
  }

  private void signal(String name) throws InterruptedException {
    try {
      Process kill =
          // The shell's own: slim systems, such as our images, have no program of this name.
          new ProcessBuilder("sh", "-c", "kill -%s %d".formatted(name, pid()))
              .redirectErrorStream(true)
              .start();
      String said = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (kill.waitFor() != 0 && isAlive()) {
        throw new IllegalStateException(
            "%s did not get SIG%s: %s".formatted(this.name, name, said.strip()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot signal " + this.name + ": " + e.getMessage(), e);
    }
  }

  /** Ends it on the spot (SIGKILL) and waits until it is gone. */
  public void kill() throws InterruptedException {
    if (isAlive()) {
      started().destroyForcibly().waitFor();
    }
  }

  /** Waits for its end. True if it has ended. */
  public boolean waitFor(Duration limit) throws InterruptedException {
    return process == null || process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What it returned; it has ended. */
  public int exitCode() {
    return started().exitValue();
  }

  /** Everything it has written to its standard output, over all its runs. */
  public String output() {
    try {
      return Files.exists(output) ? Files.readString(output) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last lines of its log, to show why it ended. */
  public String logTail() {
    try {
      return tail(logLines());
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  /** What it has logged as errors, a line each; the end of its log if it has logged none. */
  public String errors() {
    try {
      List<String> lines = logLines();
      List<String> errors =
          lines.stream()
              .filter(line -> line.contains(" ERROR ") || line.contains("\"level\":\"ERROR\""))
              .toList();
      return tail(errors.isEmpty() ? lines : errors);
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  private List<String> logLines() throws IOException {
    return new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
  }

  private static String tail(List<String> lines) {
    return String.join(
        "\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
  }

  private Process started() {
    if (process == null) {
      throw new IllegalStateException(name + " has not been started");
    }
    return process;
  }
}
