package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GatewayBenchResultTest {
  @Test
  void aRatioIsTheMedianOfTheRoundsRatios() {
    GatewayBenchResult result =
        result(
            server("gateway", 8_000L, round(100, 9), round(50, 18), round(300, 6)),
            server("mosquitto", 700L, round(200, 3), round(100, 6), round(100, 6)));

    assertThat(result.servers().get(0).acksPerSecond()).isEqualTo(100);
    assertThat(result.servers().get(0).cpuSecondsPerMillion()).isEqualTo(9);
    assertThat(result.ratios()).hasSize(1);
    assertThat(result.ratios().get(0).peer()).isEqualTo("mosquitto");
    assertThat(result.ratios().get(0).rate()).isEqualTo(0.5, within(1e-9));
    assertThat(result.ratios().get(0).cpu()).isEqualTo(3, within(1e-9));
  }

  @Test
  void theBarsAreNamedAndMetOrMissed() {
    assertThat(
            String.join(
                "\n",
                result(server("gateway", 16L << 10, round(70, 1)), mosquitto(round(100, 1)))
                    .lines()))
        .contains("at least 0.7: met")
        .contains("16.0 kB; it is to be at most 16 kB: met");
    assertThat(
            String.join(
                "\n",
                result(server("gateway", (16L << 10) + 1, round(69, 1)), mosquitto(round(100, 1)))
                    .lines()))
        .contains("at least 0.7: missed")
        .contains("at most 16 kB: missed");
  }

  @Test
  void eachProtocolIsComparedWithItsOwnPeers() {
    GatewayBenchResult result =
        result(
            server("gateway", null, round(100, 9)),
            mosquitto(round(200, 3)),
            overCoap("gateway", round(60, 40)),
            overCoap("californium", round(100, 20)));

    assertThat(result.ratios())
        .containsExactly(
            new GatewayBenchResult.Ratio("mosquitto", 0.5, 3),
            new GatewayBenchResult.Ratio("californium", 0.6, 2));
    assertThat(String.join("\n", result.lines()))
        .contains("mqtt: 50 connections with 20 unacknowledged, QoS 1")
        .contains("coap: 250 endpoints with one request outstanding, CON")
        .contains(
            "gateway / californium: rate 0.60, CPU 2.00; the rate is to be at least 0.6: met");
  }

  @Test
  void theDiskIsToldBesideEachGateway() {
    GatewayBenchResult.Round beside =
        round(100, 9).with(new GatewayBenchResult.Disk(50_000, 800, 1_000));
    GatewayBenchResult result = result(server("gateway", null, beside), mosquitto(round(1, 1)));
    assertThat(String.join("\n", result.lines()))
        .containsOnlyOnce(
            "log entries of 50,000 bytes over mqtt: gateway 800/s; appended and fdatasynced one by"
                + " one 1,000/s");
  }

  @Test
  void whatWasSentAgainIsTold() {
    GatewayBenchResult.Round again = new GatewayBenchResult.Round(1, 7, 1, 1, 0.4, null);
    assertThat(String.join("\n", result(overCoap("gateway", again, again)).lines()))
        .contains("14 requests to gateway were lost on the way and sent again");
    assertThat(String.join("\n", result(overCoap("gateway", round(1, 1))).lines()))
        .doesNotContain("sent again");
  }

  @Test
  void whatWasNotMeasuredIsNotJudged() {
    GatewayBenchResult result =
        result(server("gateway", null, round(70, 1)), server("hivemq", null, round(100, 1)));
    assertThat(String.join("\n", result.lines()))
        .contains("gateway / hivemq: rate 0.70, CPU 1.00")
        .doesNotContain("met")
        .doesNotContain("missed");
  }

  @Test
  void aBusyGeneratorIsTold() {
    GatewayBenchResult.Round busy = new GatewayBenchResult.Round(1, 0, 1, 1, 0.9, null);
    assertThat(String.join("\n", result(server("gateway", null, busy)).lines()))
        .contains("The generator used more than 85% of a processor");
    assertThat(String.join("\n", result(server("gateway", null, round(1, 1))).lines()))
        .doesNotContain("The generator");
  }

  private static GatewayBenchResult result(GatewayBenchResult.Server... servers) {
    return GatewayBenchResult.of(
        new GatewayBenchResult.Setting(50, 20, 250, 200, 5_000), List.of(servers));
  }

  private static GatewayBenchResult.Server mosquitto(GatewayBenchResult.Round... rounds) {
    return server("mosquitto", 700L, rounds);
  }

  private static GatewayBenchResult.Server server(
      String name, @Nullable Long idle, GatewayBenchResult.Round... rounds) {
    return GatewayBenchResult.Server.of(name, Protocol.MQTT, List.of(rounds), idle);
  }

  private static GatewayBenchResult.Server overCoap(
      String name, GatewayBenchResult.Round... rounds) {
    return GatewayBenchResult.Server.of(name, Protocol.COAP, List.of(rounds), null);
  }

  private static GatewayBenchResult.Round round(double acksPerSecond, double cpu) {
    return new GatewayBenchResult.Round(1_000, 0, acksPerSecond, cpu, 0.4, null);
  }
}
