package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.bench.ClusterBenchResult.Rate;
import io.tidemark.deploy.bench.ClusterBenchResult.RateRound;
import io.tidemark.deploy.bench.ClusterBenchResult.Single;
import io.tidemark.deploy.bench.ClusterBenchResult.SingleRound;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ClusterBenchResultTest {
  @Test
  void aPercentileIsTheLeastThatSoManyAreNotAbove() {
    long[] oneToThousand = LongStream.rangeClosed(1, 1_000).map(n -> (1_001 - n) * 1_000).toArray();
    assertThat(AckTimes.of(oneToThousand)).isEqualTo(new AckTimes(0.5, 0.99));
    assertThat(AckTimes.of(new long[] {3_000_000})).isEqualTo(new AckTimes(3, 3));
    assertThat(AckTimes.of(new long[] {2_000_000, 1_000_000})).isEqualTo(new AckTimes(1, 2));
  }

  @Test
  void theRatioIsTheMedianOfTheRoundsRatios() {
    Single single = Single.of(List.of(round(4, 4), round(6, 3), round(30, 25)));

    assertThat(single.gateways()).isEqualTo(new AckTimes(6, 60));
    assertThat(single.bare()).isEqualTo(new AckTimes(4, 40));
    assertThat(single.ratio()).isEqualTo(1.2, within(1e-9));
    assertThat(single.met()).isTrue();
  }

  @Test
  void theBarIsNamedAndMetOrMissed() {
    assertThat(text(result(round(3, 2), 0.1)))
        .contains("gateways / bare peers: 1.50; it is to be at most 1.5: met");
    assertThat(text(result(round(3.1, 2), 0.1)))
        .contains("gateways / bare peers: 1.55; it is to be at most 1.5: missed");
  }

  @Test
  void theTablesHaveFiguresWithUnits() {
    List<String> lines = result(round(3, 2), 0.4).lines();

    assertThat(lines.get(0)).isEqualTo("203 bytes a message, MQTT with QoS 1; medians of 1 rounds");
    assertThat(lines)
        .contains("one message at a time            median        p99")
        .contains("3 gateways                      3.00 ms   30.00 ms")
        .contains("3 bare Ratis peers              2.00 ms   20.00 ms")
        .contains(
            "20 at a time   connections       acks/s  CPU s/million    entries/s  generator busy")
        .contains(
            "3 gateways               8       12,000           21.5          400             40%")
        .contains(
            "1 gateway                8       30,000            9.0          450             40%");
  }

  @Test
  void aBusyGeneratorIsTold() {
    assertThat(text(result(round(3, 2), 0.9)))
        .contains("The generator used more than 85% of a processor");
    assertThat(text(result(round(3, 2), 0.85))).doesNotContain("The generator");
  }

  @Test
  void theJsonHasEveryRound() throws Exception {
    JsonNode json = new ObjectMapper().valueToTree(result(round(3, 2), 0.4));

    assertThat(json.path("setting").path("gateways").asInt()).isEqualTo(3);
    assertThat(json.path("setting").path("window").asInt()).isEqualTo(20);
    JsonNode single = json.path("single");
    assertThat(single.path("met").asBoolean()).isTrue();
    assertThat(single.path("ratio").asDouble()).isEqualTo(1.5);
    assertThat(single.path("rounds").path(0).path("gateways").path("p99Ms").asDouble())
        .isEqualTo(30);
    assertThat(single.path("rounds").path(0).path("bare").path("medianMs").asDouble()).isEqualTo(2);
    JsonNode rate = json.path("rates").path(0);
    assertThat(rate.path("gateways").asInt()).isEqualTo(3);
    assertThat(rate.path("connections").asInt()).isEqualTo(8);
    assertThat(rate.path("rounds").path(0).path("entriesPerSecond").asDouble()).isEqualTo(400);
  }

  private static String text(ClusterBenchResult result) {
    return String.join("\n", result.lines());
  }

  private static ClusterBenchResult result(SingleRound single, double busy) {
    return ClusterBenchResult.of(
        new ClusterBenchResult.Setting(3, 20, 203, 1),
        Single.of(List.of(single)),
        List.of(
            Rate.of(3, 8, List.of(new RateRound(40_000, 12_000, 21.5, 400, busy))),
            Rate.of(1, 8, List.of(new RateRound(40_000, 30_000, 9, 450, busy)))));
  }

  private static SingleRound round(double gatewaysMs, double bareMs) {
    return new SingleRound(
        new AckTimes(gatewaysMs, gatewaysMs * 10), new AckTimes(bareMs, bareMs * 10));
  }
}
