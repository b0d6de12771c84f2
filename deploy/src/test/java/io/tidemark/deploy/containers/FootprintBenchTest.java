package io.tidemark.deploy.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.Launcher;
import io.tidemark.deploy.pipeline.Json;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code ./tidemark bench agent} and {@code images}, with as little to measure as it takes. */
@Tag("containers")
@Timeout(1800)
@ExtendWith(OnEngine.class)
class FootprintBenchTest {
  @Test
  void eachImageIsMeasured(Engine engine) throws Exception {
    String tag = "";
    for (String name : ImagesTest.NAMES) {
      tag = engine.image(name).split(":")[1];
    }
    Engine.Run run =
        engine.run(
            Map.of(), "./tidemark", "bench", "images", "--idle-for=1s", "--tag=" + tag, "--json");
    assertThat(run.exitCode()).as(run.said()).isZero();
    JsonNode images = Json.lastLine(run.out()).path("images");
    assertThat(images.findValuesAsText("name"))
        .containsExactly(
            "tidemark/ingest",
            "tidemark/gateway",
            "tidemark/agent",
            "tidemark/sim",
            "tidemark/tidemark");
    for (JsonNode image : images) {
      assertThat(image.path("bytes").asLong()).isBetween(100_000_000L, 250_000_000L);
      assertThat(image.path("startSeconds").asDouble()).isPositive();
      assertThat(image.path("residentBytes").asLong()).isGreaterThan(10_000_000L);
      assertThat(image.path("memoryBytes").asLong())
          .isBetween(10_000_000L, image.path("memoryLimitBytes").asLong());
    }
    nothingIsLeft(engine);
  }

  @Test
  void interruptedTheBenchOfImagesLeavesNothing(Engine engine) throws Exception {
    String tag = "";
    for (String name : ImagesTest.NAMES) {
      tag = engine.image(name).split(":")[1];
    }
    Process bench =
        Launcher.start(Map.of("DOCKER_HOST", engine.socket()), "bench", "images", "--tag=" + tag);
    try {
      await("its first container runs")
          .atMost(Duration.ofMinutes(1))
          .until(() -> !engine.docker("ps", "-q").isEmpty());
      assertThat(engine.run(Map.of(), "kill", "-INT", Long.toString(bench.pid())).exitCode())
          .isZero();
      assertThat(bench.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      bench.destroyForcibly();
    }
    assertThat(bench.exitValue()).isEqualTo(130);
    nothingIsLeft(engine);
  }

  private static void nothingIsLeft(Engine engine) throws Exception {
    assertThat(
            engine.docker("ps", "-aq")
                + engine.docker("network", "ls", "-qf", "type=custom")
                + engine.docker("volume", "ls", "-q"))
        .as("what is left")
        .isEmpty();
  }

  @Test
  void anImageThatIsNotThereIsNamed(Engine engine) throws Exception {
    Engine.Run run = engine.run(Map.of(), "./tidemark", "bench", "images", "--tag=no-such-tag");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("tidemark/ingest:no-such-tag", "./tidemark images");
  }

  @Test
  void anAgentIsMeasured(Engine engine) throws Exception {
    Engine.Run run =
        engine.run(Map.of(), "./tidemark", "bench", "agent", "--for=5s", "--starts=1", "--json");
    assertThat(run.exitCode()).as(run.said()).isZero();
    JsonNode result = Json.lastLine(run.out());
    assertThat(result.path("seconds").asDouble()).isGreaterThanOrEqualTo(5);
    assertThat(result.path("startSeconds")).hasSize(1);
    assertThat(result.path("startSecondsMedian").asDouble()).isBetween(0.2, 60.0);
    assertThat(result.path("journaled").asLong()).isPositive();
    assertThat(result.path("residentBytes").asLong()).isBetween(20_000_000L, 200_000_000L);
    assertThat(result.path("cpuSeconds").asDouble()).isPositive();
  }
}
