package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Ratis peers without a gateway around them ({@code deploy/peers/ratis}), each a process with the
 * gateway's own copy of the library, and its heap and collector.
 */
final class BarePeers implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);

  /** As many entries as are asked for at once, on a slow disk. */
  private static final Duration APPEND_TIMEOUT = Duration.ofMinutes(5);

  private static final Pattern JARS =
      Pattern.compile("/org\\.(apache\\.ratis|slf4j)\\.[^/]*\\.jar$");

  private final List<ChildProcess> processes = new ArrayList<>();
  private final Http http = new Http(APPEND_TIMEOUT);
  private final String leader;

  /** Starts nothing yet. */
  BarePeers(Installation installation, Path data, int peers) throws IOException {
    Files.createDirectories(data);
    List<Ports.OfGateway> ports = Ports.free(peers).gateways();
    leader = "http://127.0.0.1:" + ports.get(0).http();
    String classPath = compiled(installation, data.resolve("classes"));
    for (int i = 0; i < peers; i++) {
      String name = "peer-" + i;
      List<String> command = command(classPath, i, data.resolve(name), ports);
      processes.add(new ChildProcess(name, data, Map.of(), command));
    }
  }

  /** Compiled once for all of them. */
  private static String compiled(Installation installation, Path folder) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IOException("this Java has no compiler: run this with a JDK");
    }
    String libraries = String.join(File.pathSeparator, jars(installation));
    Path source = installation.home().resolve("deploy/peers/ratis/RatisPeer.java");
    int failed =
        compiler.run(
            null,
            null,
            null,
            "-cp",
            libraries,
            "-d",
            Files.createDirectories(folder).toString(),
            source.toString());
    if (failed != 0) {
      throw new IOException(source + " does not compile; what is wrong is said above");
    }
    return libraries + File.pathSeparator + folder;
  }

  private static List<String> command(
      String classPath, int self, Path folder, List<Ports.OfGateway> ports) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Pipeline.GATEWAY_JVM_OPTIONS);
    command.add("-cp");
    command.add(classPath);
    command.add("RatisPeer");
    command.add(Integer.toString(self));
    command.add(folder.toString());
    command.add(Integer.toString(ports.get(self).http()));
    ports.forEach(port -> command.add(Integer.toString(port.raft())));
    return command;
  }

  private static List<String> jars(Installation installation) throws IOException {
    Path libraries = installation.home().resolve("gateway/target/quarkus-app/lib/main");
    try (Stream<Path> files = Files.list(libraries)) {
      return files.map(Path::toString).filter(file -> JARS.matcher(file).find()).toList();
    }
  }

  /** Starts all, and waits until the first leads. */
  void start() throws IOException, InterruptedException {
    for (ChildProcess process : processes) {
      process.start();
    }
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (!http.isOk(leader + "/ready")) {
      for (ChildProcess process : processes) {
        if (!process.isAlive()) {
          throw new IOException(
              "%s ended with exit code %d while starting:%n%s"
                  .formatted(process.name(), process.exitCode(), process.logTail()));
        }
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "the bare Ratis peers have no leader after %d s; their logs are beside %s"
                .formatted(START_TIMEOUT.toSeconds(), processes.get(0).log()));
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  /** Appends so many entries of that size, one after the other; how long each took. */
  AckTimes append(int entries, long bytes) throws IOException, InterruptedException {
    String nanos = http.getText("%s/append?%d&%d".formatted(leader, entries, bytes));
    return AckTimes.of(nanos.lines().mapToLong(Long::parseLong).toArray());
  }

  @Override
  public void close() throws InterruptedException {
    for (ChildProcess process : processes) {
      process.terminate();
    }
    for (ChildProcess process : processes) {
      if (!process.waitFor(STOP_TIMEOUT)) {
        process.kill();
      }
    }
  }
}
