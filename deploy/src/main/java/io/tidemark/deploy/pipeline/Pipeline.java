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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The platform on this machine: ingest, one or more gateways, an agent on its simulated bus, and
 * simulated devices; each a process of its own, with its data and logs under one folder. Used by
 * one thread.
 */
public final class Pipeline implements AutoCloseable {
  /** The agent's device name. */
  public static final String AGENT_DEVICE = "pi-1";

  /** Memory and collector of a gateway's JVM. */
  public static final List<String> GATEWAY_JVM_OPTIONS = List.of("-Xmx256m", "-XX:+UseSerialGC");

  static final String GATEWAY_FOLDER = "gateway-";
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  private final Installation installation;
  private final Path data;
  private final Ports ports;
  private final Surroundings surroundings;
  private final Security security;
  private final @Nullable Administrator administrator;
  private final ServerCommands commands;
  private final AgentCommands agent;
  private final Refusals refusals = new Refusals(this::gatewayHttp);
  private final List<ChildProcess> processes = Collections.synchronizedList(new ArrayList<>());

  private Http http = new Http();
  private Http gatewayHttp = new Http();

  /** Whether it does so as who may. */
  private boolean asksGateways;

  private final Service ingest;
  private final List<GatewayService> gateways;

  /**
   * Starts nothing yet. All is on loopback.
   *
   * @param data folder for everything; made if missing
   * @param ports as many gateways as it has ports for
   * @param influx the InfluxDB that keeps the rows; null for the embedded store
   */
  public Pipeline(Installation installation, Path data, Ports ports, @Nullable URI influx) {
    this(installation, data, ports, Surroundings.SHARED, influx, "tidemark", Security.OFF);
  }

  /** The same with a database of another name, in surroundings that may be other ones. */
  public Pipeline(
      Installation installation,
      Path data,
      Ports ports,
      Surroundings surroundings,
      @Nullable URI influx,
      String database) {
    this(installation, data, ports, surroundings, influx, database, Security.OFF);
  }

  /**
   * The same, if wanted with all of them proving to each other who they are.
   *
   * @param surroundings have these gateways, and are closed by who made them, after this
   */
  public Pipeline(
      Installation installation,
      Path data,
      Ports ports,
      Surroundings surroundings,
      @Nullable URI influx,
      String database,
      Security security) {
    this.installation = installation;
    this.data = data.toAbsolutePath();
    this.ports = ports;
    this.surroundings = surroundings;
    this.security = security;
    String api =
        "%s://%s:%d"
            .formatted(
                security.on() ? "https" : "http",
                surroundings.network().ingestHost(),
                ports.ingest());
    administrator =
        security.on()
            ? new Administrator(this.data.resolve("secrets"), this.data.resolve("ingest"), api)
            : null;
    commands =
        new ServerCommands(
            installation,
            this.data,
            api,
            ports.ingest(),
            surroundings.network(),
            security,
            influx,
            database,
            administrator);
    agent = new AgentCommands(installation, this.data, logs());
    makeFolder(logs());
    ingest = new Service(process("ingest", commands.ingest()), api, this::believing);
    List<GatewayService> each = new ArrayList<>();
    List<String> ids = gatewayIds(ports.gateways().size());
    for (int i = 0; i < ids.size(); i++) {
      each.add(gateway(ids.get(i), GATEWAY_FOLDER + ids.get(i), ports.gateways().get(i), ports));
    }
    gateways = List.copyOf(each);
  }

  /** The names of so many gateways. */
  public static List<String> gatewayIds(int gateways) {
    return IntStream.rangeClosed(1, gateways).mapToObj(number -> "g" + number).toList();
  }

  /** How many gateways have left their data in a pipeline's folder; 0 if there is none. */
  public static int gatewaysIn(Path data) {
    int count = 0;
    while (Files.isDirectory(data.resolve(GATEWAY_FOLDER + "g" + (count + 1)))) {
      count++;
    }
    return count;
  }

  /**
   * A gateway with the id of one of {@link #gateways}, not started yet, at other ports, with a data
   * folder of its own and a line of peers in which it stands in that one's place.
   */
  public GatewayService standIn(String id, Ports.OfGateway its) {
    List<Ports.OfGateway> each = new ArrayList<>(ports.gateways());
    each.set(gatewayIds(each.size()).indexOf(id), its);
    return gateway(id, GATEWAY_FOLDER + id + "-stand-in", its, new Ports(ports.ingest(), each));
  }

  private GatewayService gateway(String id, String folder, Ports.OfGateway its, Ports all) {
    String host = network().gatewayHost(id);
    return new GatewayService(
        id,
        new Service(
            process(
                folder,
                surroundings.clocks().environment(id),
                network().inside(id, commands.gateway(id, dataFolder(id, folder), its, all))),
            "%s://%s:%d".formatted(isSecure() ? "https" : "http", host, its.http()),
            this::gatewayHttp),
        "%s://%s:%d".formatted(isSecure() ? "ssl" : "tcp", host, its.mqtt()),
        "%s://%s:%d".formatted(isSecure() ? "coaps" : "coap", host, its.coap()),
        dataFolder(id, folder));
  }

  private Path dataFolder(String id, String folder) {
    return disks().dataFolder(id, data.resolve(folder));
  }

  /** The folder everything is in. */
  public Path data() {
    return data;
  }

  public Http http() {
    return http;
  }

  /** What asks gateways. */
  public Http gatewayHttp() {
    if (administrator == null || !Files.exists(administrator.gatewaysTokenFile())) {
      return gatewayHttp;
    }
    if (!asksGateways) {
      try {
        gatewayHttp = administrator.askingGateways();
        asksGateways = true;
      } catch (IOException e) {
        throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
      }
    }
    return gatewayHttp;
  }

  /** Base address of ingest. */
  public String apiUrl() {
    return commands.apiUrl();
  }

  /** All gateways, g1 first. */
  public List<GatewayService> gateways() {
    return gateways;
  }

  /** What they are connected by. */
  public Network network() {
    return surroundings.network();
  }

  /** What gateways keep their data on. */
  public Disks disks() {
    return surroundings.disks();
  }

  /** What they are in. */
  public Surroundings surroundings() {
    return surroundings;
  }

  /** What gateways refused. */
  public Refusals refusals() {
    return refusals;
  }

  /** Base address of the first gateway's health and metrics. */
  public String gatewayUrl() {
    return gateways.get(0).service().url();
  }

  /** Where devices connect to the first gateway. */
  public String mqttUrl() {
    return gateways.get(0).mqttUrl();
  }

  /** Where devices send to that speak CoAP to the first gateway. */
  public String coapUrl() {
    return gateways.get(0).coapUrl();
  }

  public ChildProcess ingest() {
    return ingest.process();
  }

  /** Ingest with the address of its HTTP. */
  public Service ingestService() {
    return ingest;
  }

  /** The first gateway. */
  public ChildProcess gateway() {
    return gateways.get(0).service().process();
  }

  /** Ingest and all gateways, in that order. */
  public List<Service> servers() {
    List<Service> servers = new ArrayList<>();
    servers.add(ingest);
    gateways.forEach(gateway -> servers.add(gateway.service()));
    return servers;
  }

  /**
   * Starts ingest and all gateways, which need each other to be ready, and waits until all are.
   *
   * @throws IOException if ingest does not give what they are to prove who they are with
   */
  public void startServers() throws IOException, InterruptedException {
    if (administrator != null) {
      ingest.startAndAwaitReady();
      http = administrator.open(ingest.process());
      administrator.makeTokens(http, gateways, network());
    }
    for (Service server : servers()) {
      if (!server.process().isAlive()) {
        server.process().start();
      }
    }
    for (Service server : servers()) {
      server.awaitReady();
    }
  }

  /** True if all prove to each other who they are. */
  public boolean isSecure() {
    return security.on();
  }

  /** Who administers it; null with security off. */
  public @Nullable Administrator administrator() {
    return administrator;
  }

  /** Where the token lies with which devices are enrolled; null with security off. */
  public @Nullable Path deviceToken() {
    return administrator == null ? null : administrator.tokenFile(Administrator.DEVICES);
  }

  /** Asks ingest; before there is a key it can at least be believed. */
  private Http believing() {
    try {
      return administrator == null || !Files.exists(administrator.authority())
          ? http
          : http.with("", administrator.tls());
    } catch (IOException e) {
      throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Starts ingest again and waits until it is ready. */
  public void startIngest() throws InterruptedException {
    ingest.startAndAwaitReady();
  }

  /** Starts all gateways without ingest, and waits until all are ready. */
  public void startGateways() throws InterruptedException {
    for (GatewayService gateway : gateways) {
      gateway.service().process().start();
    }
    for (GatewayService gateway : gateways) {
      gateway.service().awaitReady();
    }
  }

  /** Starts the first gateway again and waits until it is ready. */
  public void startGateway() throws InterruptedException {
    gateways.get(0).service().startAndAwaitReady();
  }

  /**
   * An agent with one simulated BME280 that knows all gateways, not started yet: over MQTT; or, if
   * all prove to each other who they are, the first over CoAP with DTLS, the next over MQTT with
   * TLS, and so on, so that it does both as gateways come and go.
   *
   * @param journal lines of YAML under {@code journal:}, without {@code dir}
   * @param interval between two readings, e.g. {@code 1s}
   * @param drain how long it may go on sending after it is told to stop
   */
  public ChildProcess agent(Map<String, String> journal, String interval, Duration drain) {
    List<String> urls = new ArrayList<>();
    for (GatewayService gateway : gateways) {
      boolean coap = isSecure() && urls.size() % 2 == 0;
      urls.add(coap ? gateway.coapUrl() : gateway.mqttUrl());
    }
    return agent(urls, journal, interval, drain);
  }

  /** The same with the gateways' addresses. */
  public ChildProcess agent(
      List<String> gatewayUrls, Map<String, String> journal, String interval, Duration drain) {
    return process("agent", agent.configured(gatewayUrls, journal, interval, drain));
  }

  /** Enrols the agent that was made, if all prove to each other who they are and it is not yet. */
  public void enrolAgent() throws IOException, InterruptedException {
    Path token = deviceToken();
    if (token != null) {
      agent.enrol(token);
    }
  }

  /**
   * What the agent's journal says of itself, an object an epoch, read beside or without the agent.
   */
  public JsonNode agentJournal() throws IOException, InterruptedException {
    return agent.journal();
  }

  /** A simulator's process, not started yet. */
  public ChildProcess sim(String name, String... arguments) {
    return process(
        name,
        installation.service(
            "device-firmware-sim/target/tidemark-sim.jar",
            List.of("-Xmx256m", "-XX:+UseSerialGC"),
            arguments));
  }

  /** Every process made here that has been started, in that order. */
  public List<ChildProcess> running() {
    return processes.stream().filter(ChildProcess::isAlive).toList();
  }

  /**
   * Ends whatever is still running, sources before gateways before ingest, by force where asking
   * does not help.
   */
  @Override
  public void close() throws InterruptedException {
    disks().resumeAll();
    List<ChildProcess> servers = servers().stream().map(Service::process).toList();
    end(processes.stream().filter(process -> !servers.contains(process)).toList());
    end(gateways.stream().map(gateway -> gateway.service().process()).toList());
    end(List.of(ingest.process()));
  }

  /** At once, as gateways that wait for each other would otherwise do so one after the other. */
  private static void end(List<ChildProcess> together) throws InterruptedException {
    for (ChildProcess process : together) {
      process.terminate();
    }
    long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
    for (ChildProcess process : together) {
      if (!process.waitFor(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
        process.kill();
      }
    }
  }

  private ChildProcess process(String name, List<String> command) {
    return process(name, Map.of(), command);
  }

  private ChildProcess process(String name, Map<String, String> environment, List<String> command) {
    ChildProcess process = new ChildProcess(name, logs(), environment, command);
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
}
