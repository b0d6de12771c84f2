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
  private static final String DEVICES = "devices";
  private static final int TOKEN_USES = 10_000;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  private final Installation installation;
  private final Path data;
  private final Ports ports;
  private final Surroundings surroundings;
  private final Security security;
  private final @Nullable Administrator administrator;
  private final @Nullable URI influx;
  private final String database;
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
    this.database = database;
    this.influx = influx;
    this.data = data.toAbsolutePath();
    this.ports = ports;
    this.surroundings = surroundings;
    this.security = security;
    this.administrator =
        security.on()
            ? new Administrator(this.data.resolve("secrets"), this.data.resolve("ingest"), apiUrl())
            : null;
    makeFolder(logs());
    ingest = new Service(process("ingest", ingestCommand()), apiUrl(), this::believing);
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
                network().inside(id, gatewayCommand(id, folder, its, all))),
            "%s://%s:%d".formatted(isSecure() ? "https" : "http", host, its.http()),
            this::gatewayHttp),
        "%s://%s:%d".formatted(isSecure() ? "ssl" : "tcp", host, its.mqtt()),
        "%s://%s:%d".formatted(isSecure() ? "coaps" : "coap", host, its.coap()),
        dataFolder(id, folder));
  }

  private Path dataFolder(String id, String folder) {
    return disks().dataFolder(id, data.resolve(folder));
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
                "-Dquarkus.http.host=" + network().ingestHost(),
                "-Dquarkus.http.%s=%d".formatted(isSecure() ? "ssl-port" : "port", ports.ingest()),
                "-Dtidemark.security=" + security(),
                "-Dtidemark.identity.hosts=localhost," + network().ingestHost(),
                "-Dtidemark.data.dir=" + data.resolve("ingest")));
    Duration certificates = security.certificates();
    if (certificates != null) {
      options.add("-Dtidemark.identity.device-validity=" + certificates);
      options.add("-Dtidemark.identity.gateway-validity=" + certificates);
    }
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

  private boolean isLoopback() {
    return network().ingestHost().startsWith("127.");
  }

  /** Off only on this machine alone, or in network namespaces that nobody else is in. */
  private String security() {
    if (isSecure()) {
      return "on";
    }
    return isLoopback() ? "off" : "off-in-private-network";
  }

  private List<String> gatewayCommand(String id, String folder, Ports.OfGateway its, Ports all) {
    String host = network().gatewayHost(id);
    List<String> options = new ArrayList<>(GATEWAY_JVM_OPTIONS);
    options.addAll(
        List.of(
            "-Dquarkus.http.host=" + host,
            "-Dquarkus.http.%s=%d".formatted(isSecure() ? "ssl-port" : "port", its.http()),
            "-Dtidemark.security=" + security(),
            "-Dtidemark.mqtt.host=" + host,
            "-Dtidemark.mqtt.%s=%d".formatted(isSecure() ? "tls.port" : "port", its.mqtt()),
            "-Dtidemark.coap.host=" + host,
            "-Dtidemark.coap.%s=%d".formatted(isSecure() ? "dtls.port" : "port", its.coap()),
            "-Dtidemark.gateway.id=" + id,
            "-Dtidemark.cluster.peers=" + peers(all),
            "-Dtidemark.ingest.urls=" + apiUrl(),
            "-Dtidemark.data.dir=" + dataFolder(id, folder)));
    if (administrator != null) {
      options.add("-Dtidemark.identity.enrolment-token-file=" + administrator.tokenFile(id));
      options.add("-Dtidemark.http.operator-token-file=" + administrator.gatewaysTokenFile());
    }
    return installation.java("gateway/target/quarkus-app/quarkus-run.jar", options);
  }

  /** All members of the cluster, the same line for each of them. */
  private String peers(Ports all) {
    List<String> peers = new ArrayList<>();
    List<String> ids = gatewayIds(all.gateways().size());
    for (int i = 0; i < ids.size(); i++) {
      String host = network().peerHost(ids.get(i));
      peers.add("%s=%s:%d".formatted(ids.get(i), host, all.gateways().get(i).raft()));
    }
    return String.join(",", peers);
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
    return "%s://%s:%d"
        .formatted(isSecure() ? "https" : "http", network().ingestHost(), ports.ingest());
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
      makeTokens(administrator);
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

  /** A gateway whose disk is lost is enrolled again by the same; else once would do. */
  private void makeTokens(Administrator admin) throws IOException, InterruptedException {
    for (GatewayService gateway : gateways) {
      String host = network().gatewayHost(gateway.id());
      admin.makeToken(
          http,
          gateway.id(),
          gateway.id(),
          TOKEN_USES,
          List.of(host, network().peerHost(gateway.id())),
          List.of(apiUrl()));
    }
    // As if devices saw nothing but gateways.
    List<String> urls = gateways.stream().map(gateway -> gateway.service().url()).toList();
    admin.makeToken(http, DEVICES, "", TOKEN_USES, List.of(), urls);
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
    return administrator == null ? null : administrator.tokenFile(DEVICES);
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
   * An agent with one simulated BME280 that knows all gateways, not started yet: over MQTT, or over
   * CoAP with DTLS if all prove to each other who they are.
   *
   * @param journal lines of YAML under {@code journal:}, without {@code dir}
   * @param interval between two readings, e.g. {@code 1s}
   * @param drain how long it may go on sending after it is told to stop
   */
  public ChildProcess agent(Map<String, String> journal, String interval, Duration drain) {
    List<String> urls =
        gateways.stream()
            .map(isSecure() ? GatewayService::coapUrl : GatewayService::mqttUrl)
            .toList();
    return agent(urls, journal, interval, drain);
  }

  /** The same with the gateways' addresses. */
  public ChildProcess agent(
      List<String> gatewayUrls, Map<String, String> journal, String interval, Duration drain) {
    Path config = data.resolve("agent.yaml");
    StringBuilder yaml = new StringBuilder();
    yaml.append("device: ").append(AGENT_DEVICE).append('\n');
    yaml.append("gateways: [\"").append(String.join("\", \"", gatewayUrls)).append("\"]\n");
    yaml.append("journal:\n  dir: \"").append(data.resolve("agent")).append("\"\n");
    journal.forEach(
        (key, value) -> yaml.append("  ").append(key).append(": ").append(value).append('\n'));
    yaml.append(
            "sensors:\n"
                + "  - id: outside\n"
                + "    driver: bme280\n"
                + "    bus: simulated\n"
                + "    address: 0x76\n"
                + "    interval: ")
        .append(interval)
        .append("\n  - {id: agent, driver: agent, interval: 10s}\n");
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

  /** Enrols the agent that was made, if all prove to each other who they are and it is not yet. */
  public void enrolAgent() throws IOException, InterruptedException {
    Path token = deviceToken();
    if (token == null || Files.exists(data.resolve("agent/identity/credential.pem"))) {
      return;
    }
    ChildProcess enrol =
        new ChildProcess(
            "agent-enrol",
            logs(),
            Map.of(),
            installation.java(
                "edge-agent/target/edge-agent.jar",
                List.of("-Xmx64m", "-XX:+UseSerialGC"),
                "enroll",
                "--config",
                data.resolve("agent.yaml").toString(),
                "--token-file",
                token.toString()));
    enrol.start();
    if (!enrol.waitFor(STOP_TIMEOUT) || enrol.exitCode() != 0) {
      enrol.kill();
      throw new IOException("the agent could not be enrolled: " + enrol.logTail());
    }
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

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
