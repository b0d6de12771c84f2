package io.tidemark.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Json;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Runs the pipeline, shows it, stops its sources, waits for the rest, and judges. Used by one
 * thread.
 */
public final class Demo {
  private static final Duration HEALTHY_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration SETTLE_POLL = Duration.ofMillis(250);

  /** Above what a source allows itself for its drain, so that it can say what is left. */
  private static final Duration SOURCE_EXIT_TIMEOUT = Duration.ofSeconds(15);

  /** Exit codes of a comparison that was made; with any other it was not. */
  private static final int COMPARED_CLEAN = 0;

  private static final int COMPARED_UNCLEAN = 1;

  private final DemoOptions options;
  private final Progress progress;

  /** Prepares a demo; starts nothing. */
  public Demo(DemoOptions options) {
    this.options = options;
    this.progress = new Progress(System.err, Boolean.getBoolean("tidemark.terminal"));
  }

  /**
   * Runs it to its end and returns the verdict. All processes it started have ended then.
   *
   * @throws IOException if the folder for the data cannot be used
   */
  public Verdict run() throws IOException, InterruptedException {
    StopSignal stop = StopSignal.install();
    Path data =
        options.data() == null ? Files.createTempDirectory("tidemark-demo-") : options.data();
    try (Pipeline pipeline =
        new Pipeline(Installation.find(), data, Ports.usual(), options.influx())) {
      requireInflux(pipeline);
      return run(pipeline, stop);
    }
  }

  private void requireInflux(Pipeline pipeline) throws InterruptedException {
    URI influx = options.influx();
    if (influx != null && !pipeline.http().answers(influx + "/ping")) {
      throw new IllegalStateException(
          "no InfluxDB answers at "
              + influx
              + ": start it, or give its address, e.g. http://127.0.0.1:8086");
    }
  }

  private Verdict run(Pipeline pipeline, StopSignal stop) throws IOException, InterruptedException {
    progress.say("Starting in " + pipeline.data());
    pipeline.startServers();
    ChildProcess agent = pipeline.agent(Map.of(), "1s", options.drain());
    ChildProcess sim = pipeline.sim("sim", simArguments(pipeline));
    agent.start();
    sim.start();
    List<ChildProcess> all = List.of(pipeline.ingest(), pipeline.gateway(), agent, sim);
    awaitHealthy(pipeline, all, stop);
    Endpoints.write(pipeline);
    progress.say("");
    progress.say("  Dashboard   " + pipeline.apiUrl() + "/");
    progress.say(
        "  Devices     " + (options.devices() + 1) + ", publishing to " + pipeline.mqttUrl());
    progress.say("  CoAP        POST to " + pipeline.coapUrl() + "/devices/{device}/telemetry");
    progress.say("  Stop        Ctrl-C");
    progress.say("");

    long started = System.nanoTime();
    watch(pipeline, all, stop, started);
    double seconds = (System.nanoTime() - started) / 1e9;

    progress.say(
        "Sources stop; waiting up to " + options.drain().toSeconds() + " s for what is on its way");
    long drained = System.nanoTime() + options.drain().toNanos();
    stopSources(List.of(agent, sim), stop);
    return judge(pipeline, sim, stop, drained, seconds);
  }

  private String[] simArguments(Pipeline pipeline) {
    return new String[] {
      "run",
      "--gateway",
      pipeline.mqttUrl(),
      "--devices",
      Integer.toString(options.devices()),
      "--rate",
      "1",
      "--seed",
      Long.toString(options.seed()),
      "--drain",
      options.drain().toSeconds() + "s",
      "--record",
      pipeline.data().resolve("sim").toString(),
      "--json"
    };
  }

  private void awaitHealthy(Pipeline pipeline, List<ChildProcess> all, StopSignal stop)
      throws InterruptedException {
    long deadline = System.nanoTime() + HEALTHY_TIMEOUT.toNanos();
    while (!stop.await(SETTLE_POLL)) {
      requireAlive(all);
      try {
        if (ledger(pipeline).path("devices").asInt() > options.devices()) {
          return;
        }
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("ingest does not answer: " + e.getMessage(), e);
        }
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "not all devices have arrived at ingest after %d s; see the logs in %s"
                .formatted(HEALTHY_TIMEOUT.toSeconds(), pipeline.data().resolve("logs")));
      }
    }
  }

  private void watch(Pipeline pipeline, List<ChildProcess> all, StopSignal stop, long started)
      throws InterruptedException {
    Duration runFor = options.runFor();
    while (!stop.isRaised()) {
      requireAlive(all);
      long elapsed = System.nanoTime() - started;
      if (runFor != null && elapsed >= runFor.toNanos()) {
        return;
      }
      try {
        progress.show(Sums.of(ledger(pipeline).path("totals")), elapsed / 1e9);
      } catch (IOException e) {
        progress.say("ingest does not answer: " + e.getMessage());
      }
      Duration left = runFor == null ? TICK : runFor.minusNanos(System.nanoTime() - started);
      Duration wait = left.compareTo(TICK) < 0 ? left : TICK;
      stop.await(wait.isNegative() ? Duration.ZERO : wait);
    }
  }

  private void stopSources(List<ChildProcess> sources, StopSignal stop)
      throws InterruptedException {
    sources.forEach(ChildProcess::terminate);
    long deadline = System.nanoTime() + options.drain().plus(SOURCE_EXIT_TIMEOUT).toNanos();
    while (sources.stream().anyMatch(ChildProcess::isAlive)
        && System.nanoTime() < deadline
        && !stop.awaitSecond(SETTLE_POLL)) {
      // Waiting is done in the condition.
    }
  }

  private Verdict judge(
      Pipeline pipeline, ChildProcess sim, StopSignal stop, long deadline, double seconds)
      throws InterruptedException {
    try {
      long produced =
          agentProduced(pipeline) + Json.lastLine(sim.output()).path("produced").asLong();
      Sums sums = settle(pipeline, stop, deadline, produced);
      JsonNode comparison = compare(pipeline);
      return verdict(pipeline, sums, comparison, seconds);
    } catch (IOException e) {
      return new Verdict(
          Verdict.Word.UNKNOWN,
          Sums.ZERO,
          0,
          0,
          options.seed(),
          seconds,
          "could not check: " + e.getMessage());
    }
  }

  /**
   * Waits until the ledger has all that its own devices produced at rest, and has looked for rows
   * too many since.
   */
  private Sums settle(Pipeline pipeline, StopSignal stop, long deadline, long produced)
      throws IOException, InterruptedException {
    while (true) {
      Sums sums = OwnDevices.sums(pipeline);
      boolean atRest = sums.settled() == produced && sums.waiting() == 0;
      if (atRest || System.nanoTime() > deadline || stop.awaitSecond(SETTLE_POLL)) {
        pipeline.http().get(pipeline.apiUrl() + "/api/v1/ledger?fresh=true");
        return byProducers(OwnDevices.sums(pipeline), produced);
      }
    }
  }

  /** What the producers say counts: numbers the ledger has not heard of yet are waiting. */
  private static Sums byProducers(Sums sums, long produced) {
    return new Sums(
        produced,
        Math.max(0, produced - sums.settled() - sums.missing()),
        sums.stored(),
        sums.quarantined(),
        sums.dropped(),
        sums.missing(),
        sums.duplicates(),
        sums.redelivered());
  }

  private Verdict verdict(Pipeline pipeline, Sums sums, JsonNode comparison, double seconds)
      throws IOException, InterruptedException {
    long problems = comparison.path("problems").size();
    boolean clean =
        sums.waiting() == 0 && sums.missing() == 0 && sums.duplicates() == 0 && problems == 0;
    String remark =
        clean
            ? ""
            : "%d waiting, %d missing, %d duplicates, %d differ from what was sent; data and logs are in %s"
                .formatted(
                    sums.waiting(), sums.missing(), sums.duplicates(), problems, pipeline.data());
    return new Verdict(
        clean ? Verdict.Word.CLEAN : Verdict.Word.UNCLEAN,
        sums,
        refused(pipeline),
        problems,
        options.seed(),
        seconds,
        remark);
  }

  private static long agentProduced(Pipeline pipeline) throws IOException, InterruptedException {
    long produced = 0;
    for (JsonNode epoch : pipeline.agentJournal()) {
      produced += epoch.path("nextSequence").asLong();
    }
    return produced;
  }

  /** The simulator's record against the rows, value by value. */
  private static JsonNode compare(Pipeline pipeline) throws IOException, InterruptedException {
    ChildProcess verify =
        pipeline.sim(
            "verify",
            "verify",
            "--record",
            pipeline.data().resolve("sim").toString(),
            "--api",
            pipeline.apiUrl(),
            "--json");
    verify.start();
    if (!verify.waitFor(Duration.ofMinutes(5))) {
      verify.kill();
      throw new IOException("the comparison with the rows did not end; see " + verify.log());
    }
    if (verify.exitCode() != COMPARED_CLEAN && verify.exitCode() != COMPARED_UNCLEAN) {
      throw new IOException("the rows could not be compared: " + verify.logTail());
    }
    return Json.lastLine(verify.output());
  }

  private static long refused(Pipeline pipeline) throws IOException, InterruptedException {
    return pipeline
        .http()
        .getText(pipeline.gatewayUrl() + "/q/metrics")
        .lines()
        .filter(line -> line.startsWith("tidemark_gateway_readings_refused_total"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static JsonNode ledger(Pipeline pipeline) throws IOException, InterruptedException {
    return pipeline.http().get(pipeline.apiUrl() + "/api/v1/ledger");
  }

  private static void requireAlive(List<ChildProcess> all) {
    for (ChildProcess process : all) {
      if (!process.isAlive()) {
        throw new IllegalStateException(
            "%s ended by itself with exit code %d; see %s:%n%s"
                .formatted(process.name(), process.exitCode(), process.log(), process.errors()));
      }
    }
  }
}
