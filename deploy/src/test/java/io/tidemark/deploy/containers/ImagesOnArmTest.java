package io.tidemark.deploy.containers;

import static io.tidemark.deploy.containers.Containers.awaitHealth;
import static io.tidemark.deploy.images.HardenedRun.command;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.images.ImageBuild;
import io.tidemark.deploy.pipeline.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The images for arm64, built and run by QEMU: from a sensor to a gateway to ingest. */
@Tag("containers")
@Timeout(1_800)
@ExtendWith(OnEngine.class)
class ImagesOnArmTest {
  private static final String PLATFORM = "linux/arm64";
  private static final String BASE = "tidemark-test/debian-arm64";
  private static final String JDK = "tidemark-test/jdk17-arm64";
  private static final String TAG = "on-arm";

  /** Java's start is emulated. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @TempDir Path folder;

  @Test
  void theyAreSmallAndDoWhatTheyAreFor(Engine engine) throws Exception {
    base(engine, BASE, "debian-arm64");
    base(engine, JDK, "jdk17-arm64");
    Engine.Run build =
        engine.run(
            Map.of(),
            "./tidemark",
            "images",
            "--platform=" + PLATFORM,
            "--base=" + BASE,
            "--jdk=" + JDK,
            "--tag=" + TAG,
            "--json");
    assertThat(build.exitCode()).as(build.said()).isZero();
    JsonNode images = Json.lastLine(build.out());
    assertThat(images).hasSameSizeAs(ImageBuild.NAMES);
    for (JsonNode image : images) {
      assertThat(image.path("platform").asText()).isEqualTo(PLATFORM);
      assertThat(image.path("bytes").asLong()).as(image.toString()).isLessThan(250_000_000);
    }

    engine.docker("network", "create", "site");
    start(engine, "ingest", "768m", List.of("-e", "QUARKUS_HTTP_HOST=0.0.0.0"));
    start(
        engine,
        "gateway",
        "640m",
        List.of("-e", "TIDEMARK_GATEWAY_ID=g1", "-e", "TIDEMARK_INGEST_URLS=http://ingest:8080"));
    Path config =
        Files.writeString(
            folder.resolve("agent.yaml"),
            """
            device: pi-1
            gateways: ["tcp://gateway:1883"]
            journal: {dir: /var/lib/tidemark}
            sensors:
              - {id: air, driver: bme280, bus: simulated, interval: 1s}
            """);
    awaitHealth(engine, "ingest", "healthy", PATIENCE);
    awaitHealth(engine, "gateway", "healthy", PATIENCE);
    start(engine, "agent", "256m", List.of("-v", config + ":/etc/tidemark-agent/agent.yaml:ro"));
    Engine.Run sent =
        engine.tryDocker(
            command(
                "run",
                options("sim", "256m", List.of("--rm")),
                "tidemark/sim:" + TAG,
                "run",
                "--gateway=tcp://gateway:1883",
                "--devices=3",
                "--for=2s"));
    assertThat(sent.exitCode()).as(sent.said()).isZero();
    awaitHealth(engine, "agent", "healthy", PATIENCE);
    assertThat(engine.docker(command("run", List.of("--rm"), "tidemark/tidemark:" + TAG, "help")))
        .contains("demo");
  }

  /** What {@code docker import} makes is of the engine's own platform, whatever it is told. */
  private void base(Engine engine, String image, String name) throws Exception {
    Path file =
        Files.writeString(folder.resolve(name), "FROM scratch\nADD %s.tar /\n".formatted(name));
    Engine.Run build =
        engine.run(
            Map.of("DOCKER_BUILDKIT", "1"),
            System.getenv("TIDEMARK_DOCKER"),
            "build",
            "--platform=" + PLATFORM,
            "--file=" + file,
            "--tag=" + image,
            System.getenv("TIDEMARK_CONTAINERS"));
    assertThat(build.exitCode()).as(build.said()).isZero();
  }

  private static void start(Engine engine, String name, String memory, List<String> more)
      throws Exception {
    List<String> options = options(name, memory, List.of("-d", "--health-interval=5s"));
    options.addAll(
        List.of("--health-timeout=60s", "-e", "TIDEMARK_SECURITY=off-in-private-network"));
    options.addAll(more);
    engine.docker(command("run", options, "tidemark/%s:%s".formatted(name, TAG)));
  }

  /**
   * Of one that does not start without its archive of classes, and compiles as little as can be.
   */
  private static List<String> options(String name, String memory, List<String> more) {
    List<String> options = new ArrayList<>(more);
    options.addAll(List.of("--name=" + name, "--network=site", "--memory=" + memory));
    options.addAll(List.of("-e", "JDK_JAVA_OPTIONS=-Xshare:on -XX:TieredStopAtLevel=1"));
    return options;
  }
}
