package io.tidemark.deploy.containers;

import static io.tidemark.deploy.containers.Containers.awaitHealth;
import static io.tidemark.deploy.containers.Containers.exit;
import static io.tidemark.deploy.images.HardenedRun.command;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The images as docs/containers.md has them run. */
@Tag("containers")
@Tag("core")
@Timeout(1500)
@ExtendWith(OnEngine.class)
class ImagesTest {
  private static final long BYTES_MAX = 250_000_000;
  static final List<String> NAMES = List.of("gateway", "ingest", "agent", "sim", "tidemark");

  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void eachIsSmallAndSaysWhatItIs(Engine engine) throws Exception {
    for (String name : NAMES) {
      JsonNode image = JSON.readTree(engine.docker("image", "inspect", engine.image(name))).path(0);
      assertThat(image.path("Size").asLong()).as("bytes of " + name).isLessThan(BYTES_MAX);
      JsonNode config = image.path("Config");
      assertThat(config.path("User").asText()).isEqualTo("10001:10001");
      assertThat(config.path("StopSignal").asText()).isEqualTo("SIGTERM");
      assertThat(config.path("Volumes").has("/var/lib/tidemark")).isTrue();
      assertThat(config.has("Healthcheck")).as(name).isEqualTo(!name.equals("tidemark"));
      JsonNode labels = config.path("Labels");
      for (String label : List.of("title", "description", "version", "licenses")) {
        assertThat(labels.path("org.opencontainers.image." + label).asText())
            .as(label + " of " + name)
            .isNotBlank();
      }
    }
  }

  @Test
  void ingestHasTheAgentToGive(Engine engine) throws Exception {
    assertThat(
            engine.docker(
                "run",
                "--rm",
                "--entrypoint=sh",
                engine.image("ingest"),
                "-c",
                "head -c 7 \"$TIDEMARK_INSTALL_DIR\"/tidemark-agent_*_all.deb"))
        .as("the beginning of a package, read by ingest's user")
        .isEqualTo("!<arch>");
  }

  @Test
  void aGatewayWithoutAllItNeedsSaysWhatThatIs(Engine engine) throws Exception {
    Engine.Run run = engine.tryDocker(command("run", List.of("--rm"), engine.image("gateway")));
    assertThat(run.exitCode()).isPositive();
    assertThat(run.said()).contains("tidemark.ingest.urls is required");
  }

  @Test
  void aGatewayAndIngestSayHowTheyAreAndEndInTime(Engine engine) throws Exception {
    engine.docker("network", "create", "site");
    engine.docker(
        command(
            "run",
            List.of(
                "-d",
                "--name=ingest",
                "--network=site",
                "--memory=512m",
                "--health-interval=1s",
                "--health-timeout=20s",
                "--health-retries=1",
                "-e",
                "TIDEMARK_SECURITY=off-in-private-network",
                "-e",
                "QUARKUS_HTTP_HOST=0.0.0.0",
                "-v",
                "rows:/var/lib/tidemark"),
            engine.image("ingest")));
    engine.docker(
        command(
            "run",
            List.of(
                "-d",
                "--name=gateway",
                "--network=site",
                "--memory=256m",
                "--health-interval=1s",
                "--health-timeout=20s",
                "--health-retries=1",
                "-e",
                "TIDEMARK_SECURITY=off-in-private-network",
                "-e",
                "TIDEMARK_GATEWAY_ID=g1",
                "-e",
                "TIDEMARK_INGEST_URLS=http://ingest:8080",
                "-v",
                "log:/var/lib/tidemark"),
            engine.image("gateway")));
    awaitHealth(engine, "ingest", "healthy");
    awaitHealth(engine, "gateway", "healthy");

    Engine.Run sent =
        engine.tryDocker(
            command(
                "run",
                List.of("--rm", "--network=site", "--memory=256m"),
                engine.image("sim"),
                "run",
                "--gateway",
                "tcp://gateway:1883",
                "--devices",
                "3",
                "--for",
                "2s"));
    assertThat(sent.exitCode()).as(sent.said()).isZero();

    // What one container has stored the next one has, from the same volume.
    engine.docker("stop", "--time=60", "ingest");
    assertThat(exit(engine, "ingest")).isEqualTo("143 false");
    engine.docker("kill", "--signal=STOP", "gateway");
    awaitHealth(engine, "gateway", "unhealthy");
    engine.docker("kill", "--signal=CONT", "gateway");
    awaitHealth(engine, "gateway", "healthy");
    engine.docker("stop", "--time=60", "gateway");
    assertThat(exit(engine, "gateway")).isEqualTo("143 false");
    assertThat(
            engine.docker(
                "run", "--rm", "-v", "rows:/rows", Engine.BASE, "sh", "-c", "stat -c %u /rows/*"))
        .as("whose files in the volume are")
        .isNotBlank()
        .matches("(10001\\n?)+");
  }
}
