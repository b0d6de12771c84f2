package io.tidemark.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.chaos.Chaos;
import io.tidemark.deploy.chaos.FaultPlan;
import io.tidemark.deploy.pipeline.Administrator;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Network;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.deploy.pipeline.Service;
import io.tidemark.deploy.pipeline.Surroundings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs the pipeline, shows it, lets go wrong what is to go wrong, stops its sources, waits for the
 * rest, and judges. Used by one thread.
 */
public final class Demo {
  private static final String DATABASE = "tidemark";
  private static final Duration HEALTHY_TIMEOUT = Duration.ofSeconds(120);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration SETTLE_POLL = Duration.ofMillis(250);

  /** How exactly faults come at their times. */
  private static final Duration STEP = Duration.ofMillis(100);

  /** Above what a source allows itself for its drain, so that it can say what is left. */
  private static final Duration SOURCE_EXIT_TIMEOUT = Duration.ofSeconds(15);

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
   * @throws IllegalStateException if a process ends by itself, or does not come back after a fault
   */
  public Verdict run() throws IOException, InterruptedException {
    StopSignal stop = StopSignal.install();
    Path data =
        options.data() == null ? Files.createTempDirectory("tidemark-demo-") : options.data();
    Ports ports = Ports.usual(options.gateways(), options.security().on(), data);
    try (Surroundings surroundings =
            Surroundings.make(
                options.own(),
                data,
                Pipeline.gatewayIds(options.gateways()),
                options.open() ? Network.OPEN : Network.LOOPBACK);
        Pipeline pipeline =
            new Pipeline(
                Installation.find(),
                data,
                ports,
                surroundings,
                options.influx(),
                DATABASE,
                options.security())) {
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
    pipeline.enrolAgent();
    agent.start();
    sim.start();
    List<ChildProcess> all = new ArrayList<>(List.of(agent, sim));
    pipeline.servers().stream().map(Service::process).forEach(all::add);
    awaitHealthy(pipeline, all, stop);
    Endpoints.write(pipeline);
    announce(pipeline);

    long started = System.nanoTime();
    Chaos chaos = Chaos.of(faultPlan(), pipeline, progress::say);
    watch(pipeline, all, chaos, stop, started);
    settleFaults(pipeline, all, chaos, stop, started);
    double seconds = since(started).toNanos() / 1e9;

    progress.say(
        "Sources stop; waiting up to " + options.drain().toSeconds() + " s for what is on its way");
    long drained = System.nanoTime() + options.drain().toNanos();
    stopSources(List.of(agent, sim), stop);
    Verdict verdict =
        new Judge(options, pipeline, stop).judge(sim, drained, chaos.carriedOut(), seconds);
    chaos.table().forEach(progress::say);
    return verdict;
  }

  private FaultPlan faultPlan() {
    if (!options.chaos()) {
      return FaultPlan.none();
    }
    Duration runFor = options.runFor();
    return FaultPlan.of(
        options.seed(),
        options.gateways(),
        options.own(),
        runFor == null ? FaultPlan.LONGEST : runFor);
  }

  private void announce(Pipeline pipeline) {
    progress.say("");
    progress.say("  Dashboard   " + pipeline.apiUrl() + "/");
    if (options.open()) {
      progress.say("              and at every other address of this machine");
    }
    Administrator administrator = pipeline.administrator();
    if (administrator != null) {
      progress.say(
          "  Log in      as %s, with the password in %s"
              .formatted(Administrator.NAME, administrator.passwordFile()));
      progress.say(
          "              whose certificates %s has signed".formatted(administrator.authority()));
    }
    progress.say("  Devices     " + (options.devices() + 1) + ", publishing to the gateways");
    for (GatewayService gateway : pipeline.gateways()) {
      progress.say(
          "  Gateway %s  %s  %s  %s"
              .formatted(
                  gateway.id(), gateway.mqttUrl(), gateway.coapUrl(), gateway.service().url()));
    }
    progress.say("  Stop        Ctrl-C");
    progress.say("");
  }

  private String[] simArguments(Pipeline pipeline) {
    List<String> arguments = new ArrayList<>(List.of("run"));
    // Device i begins with the i-th, and goes to the next one when that fails: so to another
    // gateway.
    for (GatewayService gateway : pipeline.gateways()) {
      arguments.addAll(List.of("--gateway", gateway.mqttUrl()));
    }
    for (GatewayService gateway : pipeline.gateways()) {
      arguments.addAll(List.of("--gateway", gateway.coapUrl()));
    }
    Path token = pipeline.deviceToken();
    if (token != null) {
      arguments.addAll(List.of("--enrolment-token-file", token.toString()));
    }
    arguments.addAll(
        List.of(
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
            "--json"));
    return arguments.toArray(String[]::new);
  }

  private void awaitHealthy(Pipeline pipeline, List<ChildProcess> all, StopSignal stop)
      throws InterruptedException {
    long deadline = System.nanoTime() + HEALTHY_TIMEOUT.toNanos();
    while (!stop.await(SETTLE_POLL)) {
      all.forEach(Demo::requireAlive);
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

  /** Until the time is over and all planned faults have been carried out, or until told to stop. */
  private void watch(
      Pipeline pipeline, List<ChildProcess> all, Chaos chaos, StopSignal stop, long started)
      throws IOException, InterruptedException {
    Duration runFor = options.runFor();
    Duration nextLine = Duration.ZERO;
    while (!stop.isRaised()) {
      step(pipeline, all, chaos, started);
      Duration elapsed = since(started);
      if (runFor != null && elapsed.compareTo(runFor) >= 0 && chaos.isThrough()) {
        return;
      }
      if (elapsed.compareTo(nextLine) >= 0) {
        nextLine = elapsed.plus(TICK);
        show(pipeline, chaos, elapsed);
      }
      Duration left = runFor == null ? STEP : runFor.minus(since(started));
      stop.await(left.isNegative() || left.compareTo(STEP) > 0 ? STEP : left);
    }
  }

  /** Whatever has been struck comes back: nothing is judged while something is broken. */
  private void settleFaults(
      Pipeline pipeline, List<ChildProcess> all, Chaos chaos, StopSignal stop, long started)
      throws IOException, InterruptedException {
    chaos.cut();
    while (!chaos.isThrough() && !stop.awaitSecond(STEP)) {
      step(pipeline, all, chaos, started);
    }
  }

  /** Faults go on; whatever else has ended has done so by itself. */
  private static void step(Pipeline pipeline, List<ChildProcess> all, Chaos chaos, long started)
      throws IOException, InterruptedException {
    if (chaos.step(since(started))) {
      Endpoints.write(pipeline);
    }
    for (ChildProcess process : all) {
      if (!chaos.hasEnded(process)) {
        requireAlive(process);
      }
    }
  }

  private void show(Pipeline pipeline, Chaos chaos, Duration elapsed) throws InterruptedException {
    try {
      progress.show(Sums.of(ledger(pipeline).path("totals")), elapsed.toNanos() / 1e9);
    } catch (IOException e) {
      if (!chaos.hasStruck(pipeline.ingest())) {
        progress.say("ingest does not answer: " + e.getMessage());
      }
    }
  }

  private void stopSources(List<ChildProcess> sources, StopSignal stop)
      throws InterruptedException {
    for (ChildProcess source : sources) {
      source.terminate();
    }
    long deadline = System.nanoTime() + options.drain().plus(SOURCE_EXIT_TIMEOUT).toNanos();
    while (sources.stream().anyMatch(ChildProcess::isAlive)
        && System.nanoTime() < deadline
        && !stop.awaitSecond(SETTLE_POLL)) {
      // Waiting is done in the condition.
    }
  }

  private static JsonNode ledger(Pipeline pipeline) throws IOException, InterruptedException {
    return pipeline.http().get(pipeline.apiUrl() + "/api/v1/ledger");
  }

  private static void requireAlive(ChildProcess process) {
    if (!process.isAlive()) {
      throw new IllegalStateException(
          "%s ended by itself with exit code %d; see %s:%n%s"
              .formatted(process.name(), process.exitCode(), process.log(), process.errors()));
    }
  }

  private static Duration since(long nanoTime) {
    return Duration.ofNanos(System.nanoTime() - nanoTime);
  }
}
