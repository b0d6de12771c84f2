package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.bench.TakeoverBenchResult.Bar;
import io.tidemark.deploy.bench.TakeoverBenchResult.Setting;
import io.tidemark.deploy.bench.TakeoverBenchResult.Taken;
import io.tidemark.deploy.bench.TakeoverBenchResult.Times;
import io.tidemark.deploy.bench.TakeoverBenchResult.Trial;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TakeoverBenchResultTest {
  @Test
  void aFigureIsTheLeastThatSoManyAreNotAbove() {
    List<Double> oneToTwenty = IntStream.rangeClosed(1, 20).mapToObj(n -> 21.0 - n).toList();

    assertThat(Times.of(oneToTwenty, 20.0, 10))
        .isEqualTo(
            new Times(
                20,
                10,
                18,
                20,
                List.of(new Bar("median", 20, 0.5, true), new Bar("worst", 10, 2, false))));
  }

  @Test
  void whatDevicesMayWaitDependsOnHowTheGatewayWent() {
    assertThat(bars(TakeoverKind.KILL))
        .containsExactly(new Bar("median", 1, 3, false), new Bar("worst", 4, 1, true));
    assertThat(bars(TakeoverKind.FREEZE)).containsExactly(new Bar("worst", 12, 4 / 12.0, true));
    assertThat(bars(TakeoverKind.PARTITION)).containsExactly(new Bar("worst", 12, 4 / 12.0, true));
  }

  private static List<Bar> bars(TakeoverKind kind) {
    return taken(kind).acknowledged().bars();
  }

  @Test
  void theTablesHaveFiguresAndRatios() {
    assertThat(result().lines())
        .containsExactly(
            "3 gateways, 30 devices with 5 readings/s each, over MQTT",
            "",
            "kill, 2 trials                      count    median      90 %     worst",
            "a device acknowledged elsewhere         3    3.00 s    4.00 s    4.00 s",
            "the backlog forwarded by another        2    2.00 s   10.50 s   10.50 s",
            "acknowledged: median / 1 s: 3.00, missed; worst / 4 s: 1.00, met",
            "forwarded: worst / 10 s: 1.05, missed");
  }

  @Test
  void theJsonHasEveryTrial() {
    JsonNode json = new ObjectMapper().valueToTree(result());

    assertThat(json.path("setting").path("devices").asInt()).isEqualTo(30);
    assertThat(json.path("setting").path("trials").asInt()).isEqualTo(2);
    JsonNode kill = json.path("kinds").path(0);
    assertThat(kill.path("kind").asText()).isEqualTo("kill");
    assertThat(kill.path("acknowledged").path("count").asInt()).isEqualTo(3);
    assertThat(kill.path("acknowledged").path("medianSeconds").asDouble()).isEqualTo(3);
    JsonNode bar = kill.path("forwarded").path("bars").path(0);
    assertThat(bar.path("of").asText()).isEqualTo("worst");
    assertThat(bar.path("maxSeconds").asDouble()).isEqualTo(10);
    assertThat(bar.path("ratio").asDouble()).isEqualTo(1.05);
    assertThat(bar.path("met").asBoolean(true)).isFalse();
    JsonNode trial = kill.path("trials").path(1);
    assertThat(trial.path("gateway").asText()).isEqualTo("g2");
    assertThat(trial.path("acknowledgedSeconds").path(0).asDouble()).isEqualTo(4);
    assertThat(trial.path("forwardedSeconds").asDouble()).isEqualTo(10.5);
  }

  private static TakeoverBenchResult result() {
    return new TakeoverBenchResult(new Setting(3, 30, 5, 2), List.of(taken(TakeoverKind.KILL)));
  }

  private static Taken taken(TakeoverKind kind) {
    return Taken.of(
        kind, List.of(new Trial("g1", List.of(0.5, 3.0), 2), new Trial("g2", List.of(4.0), 10.5)));
  }
}
