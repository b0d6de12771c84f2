package io.tidemark.deploy.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.Launcher;
import io.tidemark.deploy.images.ImageBuild;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A container engine of the tests' own: Docker's, with its processes and mounts in namespaces of
 * their own, in the network of this JVM, which has one of its own too ({@code ./tidemark test
 * --containers}). What containers publish is reachable at 127.0.0.1, from here only. Images stay
 * for the next run; containers, volumes and networks go with {@link #clear}. Used by one thread.
 */
final class Engine implements AutoCloseable {
  /** What images are based on here: see {@link #base}. */
  static final String BASE = "debian:bookworm-slim";

  /** Has the JDK that the runtimes in the images are linked from. */
  static final String JDK = "tidemark-test/jdk17";

  private static final Path HOME = Installation.find().home();

  private final Map<String, String> images = new HashMap<>();
  private final ChildProcess daemon;
  private final Path sockets;
  private final String socket;

  private Engine(ChildProcess daemon, Path sockets) {
    this.daemon = daemon;
    this.sockets = sockets;
    this.socket = "unix://" + sockets.resolve("docker.sock");
  }

  /** A command that has ended. */
  record Run(int exitCode, String out, String err) {
    /** All it said. */
    String said() {
      return out + err;
    }
  }

  /** Starts one; it has the bases that images are built on. */
  static Engine start() throws IOException, InterruptedException {
    if (System.getenv("TIDEMARK_CONTAINERS") == null) {
      throw new IllegalStateException(
          "tests on containers need namespaces of their own: run ./tidemark test --containers");
    }
    Launcher.sayBuilt();
    Path folder = Files.createDirectories(HOME.resolve("deploy/target/engine"));
    // A socket's path is short: a checkout's need not be.
    Path sockets = Files.createTempDirectory(Path.of("/tmp"), "tidemark-engine");
    Path pidFile = sockets.resolve("docker.pid");
    ChildProcess daemon =
        new ChildProcess(
            "dockerd",
            folder,
            Map.of("PATH", System.getenv("PATH") + ":/usr/sbin:/sbin"),
            List.of(
                // All of it ends with its first process, the engine's shims too.
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--mount-proc",
                "--kill-child=SIGKILL",
                "docker-init",
                "--",
                "dockerd",
                "--data-root",
                folder.resolve("data").toString(),
                // systemd, where it runs, knows nothing of these namespaces.
                "--exec-opt",
                "native.cgroupdriver=cgroupfs",
                "--exec-root",
                sockets.resolve("exec").toString(),
                "--pidfile",
                pidFile.toString(),
                "-H",
                "unix://" + sockets.resolve("docker.sock")));
    Engine engine = new Engine(daemon, sockets);
    daemon.start();
    try {
      Awaitility.await("the container engine answers")
          .atMost(Duration.ofMinutes(3))
          .untilAsserted(
              () -> {
                Run version = engine.tryDocker("version");
                assertThat(version.exitCode())
                    .as("%s\n%s", version.said(), daemon.logTail())
                    .isZero();
              });
      engine.clear();
      engine.base(BASE, "debian");
      engine.base(JDK, "jdk17");
    } catch (Exception | AssertionError e) {
      engine.close();
      throw e;
    }
    return engine;
  }

  /**
   * Makes a base image of a root file system that {@code ./tidemark test --containers} has fetched.
   *
   * @param image what it is called, as a public image would be in whose place it stands
   * @param name of the file system
   */
  void base(String image, String name) throws IOException, InterruptedException {
    Path tar = Path.of(System.getenv("TIDEMARK_CONTAINERS"), name + ".tar");
    // An image made of the same file would be another to the builder, and all above built anew.
    String made = name + ":" + Files.getLastModifiedTime(tar).toMillis();
    if (tryDocker("image", "inspect", made).exitCode() != 0) {
      docker("import", tar.toString(), made);
    }
    docker("tag", made, image);
  }

  /**
   * One of ours, built as its users build it, for the first one who asks.
   *
   * @param name as {@code ./tidemark images} takes it
   */
  String image(String name) throws IOException, InterruptedException {
    String built = images.get(name);
    if (built == null) {
      Run run = run(Map.of(), "./tidemark", "images", "--base", BASE, "--jdk", JDK, name);
      assertThat(run.exitCode()).as(run.said()).isZero();
      built = "tidemark/%s:%s".formatted(name, ImageBuild.version(HOME));
      images.put(name, built);
    }
    return built;
  }

  /** Where its clients find it, as in {@code DOCKER_HOST}. */
  String socket() {
    return socket;
  }

  /**
   * Runs {@code docker}, which has to succeed, and returns what it printed, without last newline.
   */
  String docker(String... arguments) throws IOException, InterruptedException {
    Run run = tryDocker(arguments);
    assertThat(run.exitCode())
        .as("docker %s: %s", String.join(" ", arguments), run.said())
        .isZero();
    return run.out().stripTrailing();
  }

  /** Runs {@code docker}, however it ends. */
  Run tryDocker(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(System.getenv("TIDEMARK_DOCKER")));
    command.addAll(List.of(arguments));
    return run(Map.of(), command.toArray(String[]::new));
  }

  /** Runs any command as a client of this engine: {@code ./tidemark images}, docker-compose. */
  Run run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("engine", ".out");
    Path err = Files.createTempFile("engine", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(HOME.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().put("DOCKER_HOST", socket);
      // docker-compose runs docker itself, and another may be first on the PATH.
      Path client = Path.of(System.getenv("TIDEMARK_DOCKER")).toAbsolutePath();
      builder.environment().merge("PATH", client.getParent() + ":", (path, own) -> own + path);
      builder.environment().putAll(environment);
      Process process = builder.start();
      try {
        if (!process.waitFor(20, TimeUnit.MINUTES)) {
          throw new AssertionError(String.join(" ", command) + " did not end");
        }
      } finally {
        process.destroyForcibly(); // also if the test's own time is over
      }
      return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** Removes every container, volume and network, but no image. */
  void clear() throws IOException, InterruptedException {
    remove(List.of("ps", "-aq"), "rm", "-f", "-v");
    remove(List.of("network", "ls", "-q", "--filter", "type=custom"), "network", "rm");
    remove(List.of("volume", "ls", "-q"), "volume", "rm", "-f");
  }

  private void remove(List<String> list, String... removal)
      throws IOException, InterruptedException {
    List<String> ids = docker(list.toArray(String[]::new)).lines().toList();
    if (!ids.isEmpty()) {
      List<String> command = new ArrayList<>(List.of(removal));
      command.addAll(ids);
      docker(command.toArray(String[]::new));
    }
  }

  /** Ends it with all that runs on it. */
  @Override
  public void close() {
    try {
      // unshare itself hears no SIGTERM while it waits; killed, it takes all of its namespace
      // along.
      ProcessHandle.of(daemon.pid()).stream()
          .flatMap(ProcessHandle::children)
          .forEach(ProcessHandle::destroy);
      if (!daemon.waitFor(Duration.ofSeconds(20))) {
        daemon.kill();
      }
      // What is left of its sockets; what was mounted there went with its namespace.
      try (Stream<Path> files = Files.walk(sockets)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
