package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** {@code ./tidemark} as a process of its own, as a person runs it. */
public final class Launcher {
  static final Installation HERE = Installation.find();

  private static final int MINUTES_MAX = 10;

  /** Where each process that was started writes what it has to say. */
  private static final Map<Process, Path[]> STARTED = new ConcurrentHashMap<>();

  static {
    sayBuilt();
  }

  private Launcher() {}

  /**
   * Everything is built: system tests come after packaging. The launcher only knows by a file, and
   * builds all of it again without.
   */
  public static void sayBuilt() {
    try {
      Path stamp = Files.createDirectories(HERE.home().resolve("target")).resolve("built");
      Files.writeString(stamp, "");
      Files.setLastModifiedTime(stamp, FileTime.from(Instant.now()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One that has ended. */
  record Run(int exitCode, String out, String err) {}

  /** Until the demo has said where all is. */
  static void awaitHealthy(Process demo, Path data) {
    Awaitility.await("the demo is healthy")
        .atMost(TestPipeline.LONG)
        .until(() -> Files.exists(data.resolve("endpoints.json")) || !demo.isAlive());
    assertThat(demo.isAlive()).isTrue();
  }

  /**
   * Until a gateway says that its cluster is well, which it may not be for a moment on a machine
   * that stands still for seconds.
   *
   * @return what it says
   */
  static String awaitWell(String gateway, String... more) {
    List<String> words =
        new ArrayList<>(List.of("gateway", "cluster", "status", "--gateway", gateway));
    words.addAll(List.of(more));
    return Awaitility.await("a cluster that is well")
        .atMost(TestPipeline.LONG)
        .until(() -> run(words.toArray(String[]::new)), run -> run.exitCode() == 0)
        .out();
  }

  /** Has a signal end it. */
  static Run end(Process demo, String signal) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, Long.toString(demo.pid())).start().waitFor();
    return finish(demo, "demo");
  }

  static Run run(String... arguments) throws IOException, InterruptedException {
    return finish(start(arguments), String.join(" ", arguments));
  }

  static Process start(String... arguments) throws IOException {
    return start(Map.of(), arguments);
  }

  /** With more in its environment. */
  public static Process start(Map<String, String> environment, String... arguments)
      throws IOException {
    // Whoever runs the tests in the background ignores SIGINT, and so would all that is started
    // here.
    List<String> command =
        new ArrayList<>(
            List.of("env", "--default-signal=INT", HERE.home().resolve("tidemark").toString()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile("tidemark-test", ".out");
    Path err = Files.createTempFile("tidemark-test", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    STARTED.put(process, new Path[] {out, err});
    return process;
  }

  /** What one has said so far on standard error. */
  static String err(Process process) throws IOException {
    return Files.readString(STARTED.get(process)[1]);
  }

  static Run finish(Process process, String what) throws IOException, InterruptedException {
    if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
      process.destroy();
      throw new AssertionError(what + " did not end");
    }
    Path[] outputs = STARTED.get(process);
    return new Run(process.exitValue(), Files.readString(outputs[0]), Files.readString(outputs[1]));
  }

  /** What a failed test has left would go on in its folder, and spoil the next run's. */
  static void endAll() throws InterruptedException {
    for (Process left : STARTED.keySet()) {
      left.destroy();
      assertThat(left.waitFor(MINUTES_MAX, TimeUnit.MINUTES)).isTrue();
    }
    STARTED.clear();
  }

  /** What a demo says of itself, in its folder. */
  static JsonNode endpoints(Path data) throws IOException {
    return new ObjectMapper().readTree(data.resolve("endpoints.json").toFile());
  }

  static void assertEverythingHasEnded(Path data) throws IOException {
    for (JsonNode process : endpoints(data).path("processes")) {
      assertThat(
              ProcessHandle.of(process.path("pid").asLong())
                  .map(ProcessHandle::isAlive)
                  .orElse(false))
          .as(process + " is alive")
          .isFalse();
    }
  }
}
