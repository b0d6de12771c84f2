package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.cluster.ClusterState;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Json;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline for a test: on free ports, in a folder of its own that is left behind to be looked at.
 */
final class TestPipeline implements AutoCloseable {
  static final Duration LONG = Duration.ofMinutes(5);

  private final Pipeline pipeline;

  private TestPipeline(Pipeline pipeline) {
    this.pipeline = pipeline;
  }

  static TestPipeline in(String name) throws IOException {
    return in(name, null);
  }

  /** With the rows in an InfluxDB, or in the embedded store if there is none. */
  static TestPipeline in(String name, @Nullable URI influx) throws IOException {
    return new TestPipeline(new Pipeline(Installation.find(), folder(name), Ports.free(), influx));
  }

  /** What tests ask of a pipeline, of one that is set up otherwise. */
  static TestPipeline of(Pipeline pipeline) {
    return new TestPipeline(pipeline);
  }

  /** With three gateways, all started. */
  static TestPipeline clusterStarted(String name) throws IOException, InterruptedException {
    TestPipeline started =
        new TestPipeline(new Pipeline(Installation.find(), folder(name), Ports.free(3), null));
    started.pipeline.startServers();
    return started;
  }

  static TestPipeline started(String name) throws IOException, InterruptedException {
    TestPipeline started = in(name);
    started.pipeline.startServers();
    return started;
  }

  /** An empty folder under the build's, in place of one that an earlier run has left. */
  static Path folder(String name) throws IOException {
    Path folder = Installation.find().home().resolve("deploy/target/system-tests").resolve(name);
    delete(folder);
    return Files.createDirectories(folder);
  }

  /** Deletes a folder with all that is in it, if it is there. */
  static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Copies a folder with all that is in it. */
  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  Pipeline parts() {
    return pipeline;
  }

  /** The cluster now, by the first gateway's word. */
  ClusterState cluster() throws IOException, InterruptedException {
    return ClusterState.of(pipeline.http().get(pipeline.gatewayUrl() + "/api/v1/cluster"));
  }

  /** The ledger's totals now. */
  Sums ledger() throws IOException, InterruptedException {
    return Sums.of(pipeline.http().get(pipeline.apiUrl() + "/api/v1/ledger").path("totals"));
  }

  /**
   * Waits until the ledger has {@code produced} readings and none of them waits, and returns its
   * sums.
   */
  Sums awaitSettled(long produced) {
    Sums[] last = new Sums[1];
    Awaitility.await("ledger at rest with " + produced + " readings")
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              last[0] = ledger();
              return last[0].produced() == produced && last[0].waiting() == 0;
            });
    return last[0];
  }

  /** Runs a simulator's command to its end. */
  Finished sim(String name, String... arguments) throws InterruptedException {
    ChildProcess process = pipeline.sim(name, arguments);
    process.start();
    if (!process.waitFor(Duration.ofMinutes(5))) {
      process.kill();
      throw new AssertionError(name + " did not end:\n" + process.logTail());
    }
    return new Finished(process.exitCode(), process.output(), process.logTail());
  }

  /** Twenty simulated devices, five readings a second each, until told to stop; not started yet. */
  ChildProcess load(long seed) {
    List<String> run = new ArrayList<>(List.of("run"));
    for (GatewayService gateway : pipeline.gateways()) {
      run.addAll(List.of("--gateway", gateway.mqttUrl()));
    }
    run.addAll(
        List.of(
            "--devices",
            "20",
            "--rate",
            "5",
            "--seed",
            Long.toString(seed),
            "--drain",
            "90s",
            "--record",
            pipeline.data().resolve("record").toString(),
            "--json"));
    return pipeline.sim("sim", run.toArray(String[]::new));
  }

  /** Compares a record with the rows. */
  Finished verify(String record) throws InterruptedException {
    return sim(
        "verify-" + System.nanoTime(),
        "verify",
        "--record",
        pipeline.data().resolve(record).toString(),
        "--api",
        pipeline.apiUrl(),
        "--settle",
        "2m",
        "--json");
  }

  /** What the gateway counts now, over all labels. */
  double gatewayMetric(String name) throws IOException, InterruptedException {
    return pipeline
        .http()
        .getText(pipeline.gatewayUrl() + "/q/metrics")
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Readings the agent's journal has numbered, over all its epochs. */
  long agentProduced() throws IOException, InterruptedException {
    long produced = 0;
    for (JsonNode epoch : pipeline.agentJournal()) {
      produced += epoch.path("nextSequence").asLong();
    }
    return produced;
  }

  @Override
  public void close() throws InterruptedException {
    pipeline.close();
  }

  /** A command that has ended. */
  record Finished(int exitCode, String output, String log) {
    JsonNode json() throws IOException {
      return Json.lastLine(output);
    }
  }
}
