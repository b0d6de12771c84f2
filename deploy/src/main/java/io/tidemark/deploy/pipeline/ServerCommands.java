package io.tidemark.deploy.pipeline;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the servers of a pipeline are run: what each is told on its command line.
 *
 * @param data the pipeline's folder
 * @param apiUrl base address of ingest
 * @param influx the InfluxDB that keeps the rows; null for the embedded store
 * @param database its database
 * @param administrator who makes tokens; null with security off
 */
record ServerCommands(
    Installation installation,
    Path data,
    String apiUrl,
    int ingestPort,
    Network network,
    Security security,
    @Nullable URI influx,
    String database,
    @Nullable Administrator administrator) {
  /** Ingest's. */
  List<String> ingest() {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-Xmx256m",
                // What is being written lives for some 200 ms: it has to fit into the survivors.
                "-Xmn160m",
                "-XX:SurvivorRatio=3",
                "-XX:+UseSerialGC",
                "-Dquarkus.http.host=" + network.listenHost(network.ingestHost()),
                "-Dquarkus.http.%s=%d".formatted(security.on() ? "ssl-port" : "port", ingestPort),
                "-Dtidemark.security=" + securityWord(),
                "-Dtidemark.identity.hosts=localhost," + network.ingestHost(),
                "-Dtidemark.install.dir=" + installation.home().resolve("deploy/target"),
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
    return installation.service("cloud-ingest/target/quarkus-app/quarkus-run.jar", options);
  }

  /** Off only on this machine alone, or in network namespaces that nobody else is in. */
  private String securityWord() {
    if (security.on()) {
      return "on";
    }
    return network.ingestHost().startsWith("127.") ? "off" : "off-in-private-network";
  }

  /**
   * A gateway's.
   *
   * @param folder for its data
   * @param all the ports of all members of its cluster
   */
  List<String> gateway(String id, Path folder, Ports.OfGateway its, Ports all) {
    String host = network.listenHost(network.gatewayHost(id));
    List<String> options = new ArrayList<>(Pipeline.GATEWAY_JVM_OPTIONS);
    options.addAll(
        List.of(
            "-Dquarkus.http.host=" + host,
            "-Dquarkus.http.%s=%d".formatted(security.on() ? "ssl-port" : "port", its.http()),
            "-Dtidemark.security=" + securityWord(),
            "-Dtidemark.mqtt.host=" + host,
            "-Dtidemark.mqtt.%s=%d".formatted(security.on() ? "tls.port" : "port", its.mqtt()),
            "-Dtidemark.coap.host=" + host,
            "-Dtidemark.coap.%s=%d".formatted(security.on() ? "dtls.port" : "port", its.coap()),
            "-Dtidemark.gateway.id=" + id,
            "-Dtidemark.cluster.peers=" + peers(all),
            "-Dtidemark.ingest.urls=" + apiUrl,
            "-Dtidemark.data.dir=" + folder));
    if (administrator != null) {
      options.add("-Dtidemark.identity.enrolment-token-file=" + administrator.tokenFile(id));
      options.add("-Dtidemark.http.operator-token-file=" + administrator.gatewaysTokenFile());
    }
    return installation.service("gateway/target/quarkus-app/quarkus-run.jar", options);
  }

  /** All members of the cluster, the same line for each of them. */
  private String peers(Ports all) {
    List<String> peers = new ArrayList<>();
    List<String> ids = Pipeline.gatewayIds(all.gateways().size());
    for (int i = 0; i < ids.size(); i++) {
      String host = network.peerHost(ids.get(i));
      peers.add("%s=%s:%d".formatted(ids.get(i), host, all.gateways().get(i).raft()));
    }
    return String.join(",", peers);
  }
}
