package io.tidemark.deploy.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One of everything on loopback: ingest, a gateway, an agent on its simulated bus, and simulated
 * devices; each a process of its own, with its data and logs under one folder. Used by one thread.
 */
public final class Pipeline implements AutoCloseable {
  /** The agent's device name. */
  public static final String AGENT_DEVICE = "pi-1";

  /** Memory and collector of a gateway's JVM. */
  public static final List<String> GATEWAY_JVM_OPTIONS = List.of("-Xmx256m", "-XX:+UseSerialGC");

  private static final Duration READY_TIMEOUT = Duration.ofSeconds(90);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  private final Installation installation;
  private final Path data;
  private final Ports ports;
  private final @Nullable URI influx;
  private final String database;
  private final Http http = new Http();
  private final List<ChildProcess> processes = Collections.synchronizedList(new ArrayList<>());

  private final ChildProcess ingest;
  private final ChildProcess gateway;

  /**
   * Starts nothing yet.
   *
   * @param data folder for everything; made if missing
   * @param influx the InfluxDB that keeps the rows; null for the embedded store
   */
  public Pipeline(Installation installation, Path data, Ports ports, @Nullable URI influx) {
    this(installation, data, ports, influx, "tidemark");
  }

  /** The same with a database of another name. */
  public Pipeline(
      Installation installation, Path data, Ports ports, @Nullable URI influx, String database) {
    this.installation = installation;
    this.database = database;
    this.influx = influx;
    this.data = data.toAbsolutePath();
    this.ports = ports;
    makeFolder(logs());
    ingest = process("ingest", ingestCommand());
    gateway = process("gateway-g1", gatewayCommand());
  }

  private List<String> ingestCommand() {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-Xmx256m",
                // What is being written lives for some 200 ms: it has to fit into the survivors.
                "-Xmn160m",
                "-XX:SurvivorRatio=3",
                "-XX:+UseSerialGC",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + ports.ingest(),
                "-Dtidemark.data.dir=" + data.resolve("ingest")));
    if (influx != null) {
      options.addAll(
          List.of(
              "-Dtidemark.store=influx",
              "-Dtidemark.influx.url=" + influx,
              "-Dtidemark.influx.database=" + database,
              "-Dtidemark.influx.create-database=true"));
    }
    return installation.java("cloud-ingest/target/quarkus-app/quarkus-run.jar", options);
  }

  private List<String> gatewayCommand() {
    List<String> options = new ArrayList<>(GATEWAY_JVM_OPTIONS);
    options.addAll(
        List.of(
            "-Dquarkus.http.host=127.0.0.1",
            "-Dquarkus.http.port=" + ports.gatewayHttp(),
            "-Dtidemark.mqtt.host=127.0.0.1",
            "-Dtidemark.mqtt.port=" + ports.mqtt(),
            "-Dtidemark.coap.host=127.0.0.1",
            "-Dtidemark.coap.port=" + ports.coap(),
            "-Dtidemark.gateway.id=g1",
            "-Dtidemark.cluster.peers=g1=127.0.0.1:" + ports.raft(),
            "-Dtidemark.ingest.urls=" + apiUrl(),
            "-Dtidemark.data.dir=" + data.resolve("gateway-g1")));
    return installation.java("gateway/target/quarkus-app/quarkus-run.jar", options);
  }

  /** The folder everything is in. */
  public Path data() {
    return data;
  }

  public Http http() {
    return http;
  }

  /** Base address of ingest. */
  public String apiUrl() {
    return "http://127.0.0.1:" + ports.ingest();
  }

  /** Base address of the gateway's health and metrics. */
  public String gatewayUrl() {
    return "http://127.0.0.1:" + ports.gatewayHttp();
  }

  /** Where devices connect. */
  public String mqttUrl() {
    return "tcp://127.0.0.1:" + ports.mqtt();
  }

  /** Where devices send to that speak CoAP. */
  public String coapUrl() {
    return "coap://127.0.0.1:" + ports.coap();
  }

  public ChildProcess ingest() {
    return ingest;
  }

  public ChildProcess gateway() {
    return gateway;
  }

  /** Starts ingest and the gateway and waits until both are ready. */
  public void startServers() throws InterruptedException {
    ingest.start();
    gateway.start();
    awaitReady(ingest, apiUrl());
    awaitReady(gateway, gatewayUrl());
  }

  /** Starts ingest again and waits until it is ready. */
  public void startIngest() throws InterruptedException {
    ingest.start();
    awaitReady(ingest, apiUrl());
  }

  /** Starts the gateway again and waits until it is ready. */
  public void startGateway() throws InterruptedException {
    gateway.start();
    awaitReady(gateway, gatewayUrl());
  }

  private void awaitReady(ChildProcess process, String url) throws InterruptedException {
    long deadline = System.nanoTime() + READY_TIMEOUT.toNanos();
    while (!http.isOk(url + "/q/health/ready")) {
      if (process.waitFor(POLL)) {
        throw new IllegalStateException(
            "%s ended with exit code %d while starting:%n%s"
                .formatted(process.name(), process.exitCode(), process.errors()));
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "%s is not ready after %d s: %s; the end of %s:%n%s"
                .formatted(
                    process.name(),
                    READY_TIMEOUT.toSeconds(),
                    http.trouble(url + "/q/health/ready"),
                    process.log(),
                    process.logTail()));
      }
    }
  }

  /**
   * An agent with one simulated BME280, not started yet.
   *
   * @param journal lines of YAML under {@code journal:}, without {@code dir}
   * @param interval between two readings, e.g. {@code 1s}
   * @param drain how long it may go on sending after it is told to stop
   */
  public ChildProcess agent(Map<String, String> journal, String interval, Duration drain) {
    return agent(mqttUrl(), journal, interval, drain);
  }

  /** The same with a gateway's address. */
  public ChildProcess agent(
      String gatewayUrl, Map<String, String> journal, String interval, Duration drain) {
    Path config = data.resolve("agent.yaml");
    StringBuilder yaml = new StringBuilder();
    yaml.append("device: ").append(AGENT_DEVICE).append('\n');
    yaml.append("gateways: [\"").append(gatewayUrl).append("\"]\n");
    yaml.append("journal:\n  dir: \"").append(data.resolve("agent")).append("\"\n");
    journal.forEach(
        (key, value) -> yaml.append("  ").append(key).append(": ").append(value).append('\n'));
    yaml.append(
            "sensors:\n  - id: outside\n    driver: bme280\n    bus: simulated\n    address: 0x76\n    interval: ")
        .append(interval)
        .append('\n');
    write(config, yaml.toString());
    return process(
        "agent",
        installation.java(
            "edge-agent/target/edge-agent.jar",
            List.of("-Xmx128m", "-XX:+UseSerialGC"),
            "run",
            "--config",
            config.toString(),
            "--drain",
            drain.toSeconds() + "s"));
  }

  /**
   * What the agent's journal says of itself, an object an epoch, read beside or without the agent.
   */
  public JsonNode agentJournal() throws IOException, InterruptedException {
    ChildProcess query =
        new ChildProcess(
            "agent-journal-" + System.nanoTime(),
            logs(),
            Map.of(),
            installation.java(
                "edge-agent/target/edge-agent.jar",
                List.of("-Xmx64m", "-XX:+UseSerialGC"),
                "journal",
                "--config",
                data.resolve("agent.yaml").toString(),
                "--json"));
    query.start();
    if (!query.waitFor(STOP_TIMEOUT) || query.exitCode() != 0) {
      query.kill();
      throw new IOException("the agent's journal could not be read: " + query.logTail());
    }
    return Json.lastLine(query.output());
  }

  /** A simulator's process, not started yet. */
  public ChildProcess sim(String name, String... arguments) {
    return process(
        name,
        installation.java(
            "device-firmware-sim/target/tidemark-sim.jar",
            List.of("-Xmx256m", "-XX:+UseSerialGC"),
            arguments));
  }

  /** Every process made here that has been started, in that order. */
  public List<ChildProcess> running() {
    return processes.stream().filter(ChildProcess::isAlive).toList();
  }

  /**
   * Ends whatever is still running, sources before the gateway before ingest, by force where asking
   * does not help.
   */
  @Override
  public void close() throws InterruptedException {
    List<ChildProcess> lastToFirst = new ArrayList<>(processes);
    Collections.reverse(lastToFirst);
    for (ChildProcess process : lastToFirst) {
      process.terminate();
      if (!process.waitFor(STOP_TIMEOUT)) {
        process.kill();
      }
    }
  }

  private ChildProcess process(String name, List<String> command) {
    ChildProcess process = new ChildProcess(name, logs(), Map.of(), command);
    processes.add(process);
    return process;
  }

  private Path logs() {
    return data.resolve("logs");
  }

  private static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + folder + ": " + e.getMessage(), e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
