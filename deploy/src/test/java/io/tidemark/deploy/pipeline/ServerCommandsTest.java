package io.tidemark.deploy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerCommandsTest {
  private static final Ports PORTS =
      new Ports(8443, List.of(new Ports.OfGateway(8444, 8883, 5684, 9001)));

  private static ServerCommands in(Network network) {
    return new ServerCommands(
        Installation.find(),
        Path.of("/data"),
        "https://127.0.0.1:8443",
        8443,
        network,
        new Security(true, null),
        null,
        "tidemark",
        null);
  }

  private static List<String> gateway(Network network) {
    return in(network).gateway("g1", Path.of("/data/g1"), PORTS.gateways().get(0), PORTS);
  }

  @Test
  void usuallyNobodyElseReachesThem() {
    assertThat(in(Network.LOOPBACK).ingest()).contains("-Dquarkus.http.host=127.0.0.1");
    assertThat(gateway(Network.LOOPBACK))
        .contains(
            "-Dquarkus.http.host=127.0.0.1",
            "-Dtidemark.mqtt.host=127.0.0.1",
            "-Dtidemark.coap.host=127.0.0.1");
  }

  @Test
  void openTheyListenEverywhereAndAreReachedFromHereAsBefore() {
    assertThat(in(Network.OPEN).ingest())
        .contains("-Dquarkus.http.host=0.0.0.0", "-Dtidemark.identity.hosts=localhost,127.0.0.1");
    assertThat(gateway(Network.OPEN))
        .contains(
            "-Dquarkus.http.host=0.0.0.0",
            "-Dtidemark.mqtt.host=0.0.0.0",
            "-Dtidemark.coap.host=0.0.0.0",
            "-Dtidemark.cluster.peers=g1=127.0.0.1:9001",
            "-Dtidemark.ingest.urls=https://127.0.0.1:8443");
  }
}
