package io.tidemark.deploy.containers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.images.ImageBuild;
import io.tidemark.deploy.pipeline.AdminSession;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.identity.ApiAccess;
import io.tidemark.identity.SecretFile;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A site's gateways by one file, the cloud by the other: what the site's devices measure is rows,
 * though they reach gateways only, and one of the cloud's ingests has never come up. All logs are
 * JSON.
 */
@Tag("containers")
@Timeout(1800)
@ExtendWith(OnEngine.class)
class ComposeSiteTest {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final int CONTAINERS_USER = 10001;
  private static final String GATEWAY = "gw.plant-2.example";
  private static final String OTHER_NAME = "gw2.plant-2.example";
  private static final List<String> GATEWAYS = List.of("gateway-1", "gateway-2", "gateway-3");
  private static final Path HOME = Installation.find().home();

  @TempDir private Path folder;

  @Test
  void aSiteSendsWhatItHasToTheCloud(Engine engine) throws Exception {
    String machine = fromContainers();
    String ingest = "https://" + machine + ":8443";
    Path broken =
        Files.writeString(
            folder.resolve("broken.yaml"), "services: {ingest-1: {entrypoint: [\"false\"]}}");
    Compose cloud =
        Compose.of(engine)
            .file(broken.toString())
            .with("TIDEMARK_LOG_FORMAT", "json")
            .with("TIDEMARK_HOSTS", machine)
            .with("TIDEMARK_MQTT_PORT", "18883"); // the site has the other
    // Prometheus is started once all is set up.
    String unused = cloud.run("up", "-d", "balancer", "prometheus");
    Path root = Files.writeString(folder.resolve("root.pem"), cloud.authority());
    AdminSession administrator = cloud.administrator(root);

    Path given = Files.createDirectory(folder.resolve("site"));
    Compose site =
        cloud
            .besides("site", "site.yaml")
            .with("TIDEMARK_SITE", "plant-2")
            .with("TIDEMARK_INGEST_URLS", ingest)
            .with("TIDEMARK_DEVICES_HOST", GATEWAY)
            .with("TIDEMARK_HOSTS", OTHER_NAME)
            .with("TIDEMARK_MQTT_PORT", "8883")
            .with("TIDEMARK_SITE_DIR", given.toString());
    assertThat(site.attempt("up", "-d").exitCode()).isNotZero();
    assertThat(site.run("logs", "given"))
        .contains("gateway-1.token is missing: put it into the folder that TIDEMARK_SITE_DIR names")
        .contains("viewer is missing");
    for (String gateway : GATEWAYS) {
      Map<String, Object> asked =
          Map.of(
              "role", "gateway",
              "name", gateway.replace("gateway", "plant-2"),
              "hosts", List.of(gateway, GATEWAY, OTHER_NAME),
              "urls", List.of(ingest));
      SecretFile.write(given, gateway + ".token", administrator.enrolmentToken(asked));
    }
    SecretFile.write(given, "viewer", "v".repeat(32));
    SecretFile.write(given, "operator", "o".repeat(32));
    unused = site.run("up", "-d");
    Compose.assertHardened(site.inspect(), "given", "[\"CHOWN\",\"DAC_OVERRIDE\"]");

    site.awaitWell(GATEWAYS, PATIENCE);
    Engine.Run run = simulate(engine, machine, administrator);
    assertThat(Compose.clean(run)).isPositive();
    assertSeesAll(engine, machine, root, given.resolve("viewer"));
    JsonNode gateways =
        new Http()
            .with(
                administrator.key("looks", "viewer", Duration.ofDays(1)), ApiAccess.believing(root))
            .get(ingest + "/api/v1/gateways")
            .path("items");
    assertThat(gateways.findValuesAsText("mqtt")).as("to the balancer").contains(GATEWAY + ":8883");
    assertThat(gateways.findValuesAsText("coap")).as("to the balancer").contains(GATEWAY + ":5684");
    for (String gateway : GATEWAYS) {
      assertLogsJson(engine, site.container(gateway), "tidemark-gateway");
    }
    assertLogsJson(engine, cloud.container("ingest-2"), "tidemark-ingest");
  }

  /** This machine as containers reach it; the engine does not always tell where that is. */
  private static String fromContainers() throws SocketException {
    return NetworkInterface.getByName("docker0")
        .inetAddresses()
        .filter(Inet4Address.class::isInstance)
        .map(InetAddress::getHostAddress)
        .findFirst()
        .orElseThrow();
  }

  /**
   * Devices of the site, which know nothing but its gateways; and what became of their readings.
   */
  private Engine.Run simulate(Engine engine, String machine, AdminSession administrator)
      throws Exception {
    Path secrets = Files.createDirectory(folder.resolve("secrets"));
    Map<String, Object> devices =
        Map.of("role", "device", "uses", 6, "urls", List.of("https://" + GATEWAY + ":8444"));
    SecretFile.write(secrets, "token", administrator.enrolmentToken(devices));
    SecretFile.write(secrets, "key", administrator.key("site", "viewer", Duration.ofDays(1)));
    Files.copy(folder.resolve("root.pem"), secrets.resolve("root.pem"));
    for (String name : List.of("token", "key", "root.pem", ".")) {
      Files.setAttribute(secrets.resolve(name), "unix:uid", CONTAINERS_USER);
    }
    return engine.tryDocker(
        "run",
        "--rm",
        "--add-host=" + GATEWAY + ":" + machine,
        "-v",
        secrets + ":/run/secrets:ro",
        "tidemark/sim:" + ImageBuild.version(HOME),
        "run",
        "--gateway=ssl://" + GATEWAY + ":8883",
        "--gateway=coaps://" + GATEWAY + ":5684",
        "--enrolment-token-file=/run/secrets/token",
        "--devices=6",
        "--for=10s",
        "--drain=120s",
        "--record=/tmp/record",
        "--api=https://" + machine + ":8443",
        "--api-key-file=/run/secrets/key",
        "--authority=/run/secrets/root.pem");
  }

  /** Through the site's balancer, by the word that its gateways were given for that. */
  private static void assertSeesAll(Engine engine, String machine, Path root, Path viewer)
      throws Exception {
    Engine.Run status =
        engine.tryDocker(
            "run",
            "--rm",
            "--add-host=" + GATEWAY + ":" + machine,
            "--user=0:0",
            "-v",
            root + ":/root.pem:ro",
            "-v",
            viewer + ":/viewer:ro",
            "tidemark/tidemark:" + ImageBuild.version(HOME),
            "gateway",
            "cluster",
            "status",
            "--gateway=https://" + GATEWAY + ":8444",
            "--authority=/root.pem",
            "--token-file=/viewer");
    assertThat(status.exitCode()).as(status.said()).isZero();
    assertThat(status.out()).contains("plant-2-1", "plant-2-2", "plant-2-3");
  }

  private static void assertLogsJson(Engine engine, String container, String program)
      throws IOException, InterruptedException {
    List<String> lines = engine.tryDocker("logs", container).said().lines().toList();
    assertThat(lines).isNotEmpty();
    for (String line : lines) {
      JsonNode said = new ObjectMapper().readTree(line);
      assertThat(said.path("program").asText()).as(line).isEqualTo(program);
      assertThat(said.path("message").asText()).as(line).isNotEmpty();
    }
  }
}
