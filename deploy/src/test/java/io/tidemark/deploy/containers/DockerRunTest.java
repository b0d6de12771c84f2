package io.tidemark.deploy.containers;

import static io.tidemark.deploy.containers.Containers.awaitHealth;
import static io.tidemark.deploy.containers.Containers.exit;
import static io.tidemark.deploy.images.HardenedRun.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.AdminSession;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.identity.ApiAccess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A single gateway, and an agent, by the commands of docs/containers.md; ingest is there already.
 */
@Tag("containers")
@Timeout(1800)
@ExtendWith(OnEngine.class)
class DockerRunTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String API = "https://127.0.0.1:8443";
  private static final String INGEST = "https://ingest:8443";

  /** So that it is not waited for. */
  private static final List<String> ASKED_OFTEN =
      List.of("--health-interval=1s", "--health-timeout=20s", "--health-retries=1");

  private final Path folder;
  private final List<String> options = new ArrayList<>(ASKED_OFTEN);
  private Http http = new Http();

  DockerRunTest(@TempDir Path folder) {
    this.folder = folder;
    options.addAll(List.of("--network=site", "-e", "TIDEMARK_LOG_FORMAT=json"));
  }

  @Test
  void aGatewayAndAnAgentAreEnrolledAndKeepWhatTheyHave(Engine engine) throws Exception {
    engine.docker("network", "create", "site");
    startIngest(engine);
    token(
        engine, "g1.token", "--role=gateway", "--name=g1", "--host=gw.example", "--host=127.0.0.1");
    token(engine, "pi-1.token", "--role=device", "--name=pi-1");
    secret("viewer", "0123456789abcdef0123456789abcdef");
    startGateway(engine, mount("g1.token", "enrolment-token"));
    awaitHealth(engine, "g1", "healthy");
    theHeapIsAPartOfTheLimit();

    String identity = sum(engine);
    startAgent(engine);
    awaitHealth(engine, "pi-1", "healthy");
    await("the agent's readings are stored").atMost(PATIENCE).until(() -> stored() > 0);

    // What the gateway takes while ingest is away is in its volume, and goes on from a new
    // container, which needs no token.
    engine.docker("stop", "--time=60", "ingest");
    long acknowledged = acknowledged(engine);
    await("readings without ingest")
        .atMost(PATIENCE)
        .until(() -> acknowledged(engine) > acknowledged + 5);
    engine.docker("stop", "--time=60", "g1");
    assertThat(exit(engine, "g1")).isEqualTo("143 false");
    onlyJson(engine, "g1", "tidemark-gateway");
    engine.docker("rm", "g1");
    startGateway(engine, List.of());
    awaitHealth(engine, "g1", "healthy");
    assertThat(sum(engine)).isEqualTo(identity);
    engine.docker("start", "ingest");
    awaitHealth(engine, "ingest", "healthy");

    aFrozenOneIsUnhealthy(engine);
    engine.docker("stop", "--time=60", "pi-1");
    assertThat(exit(engine, "pi-1")).as("nothing waits").isEqualTo("0 false");
    onlyJson(engine, "pi-1", "tidemark-agent");
    await("all is stored")
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              JsonNode ledger = http.get(API + "/api/v1/devices/pi-1/ledger");
              assertThat(ledger.path("verdict").asText()).as(ledger.toString()).isEqualTo("clean");
              assertThat(ledger.path("totals").path("stored").asLong())
                  .isEqualTo(ledger.path("totals").path("produced").asLong())
                  .isGreaterThan(acknowledged);
            });
  }

  private void startIngest(Engine engine) throws Exception {
    engine.docker(
        command(
            "run",
            with(
                "--name=ingest",
                "--memory=768m",
                "-p",
                "8443:8443",
                "-e",
                "TIDEMARK_IDENTITY_HOSTS=ingest,127.0.0.1",
                "-v",
                "rows:/var/lib/tidemark"),
            engine.image("ingest")));
    awaitHealth(engine, "ingest", "healthy");
    String log = engine.tryDocker("logs", "ingest").err();
    Matcher setup = Pattern.compile("tms_[A-Za-z0-9_-]{43}").matcher(log);
    assertThat(setup.find()).as(log).isTrue();
    engine.docker("cp", "ingest:/var/lib/tidemark/identity/root.pem", authority());
    AdminSession session = new AdminSession(URI.create(API), ApiAccess.believing(root()));
    String password = "correct horse battery staple 9";
    session.setUp(setup.group(), "admin", password);
    session.logIn("admin", password);
    String key = session.key("test", "admin", Duration.ofDays(1));
    secret("key.txt", key);
    http = http.with(key, ApiAccess.believing(root()));
  }

  /** By the documented command; the file is user 10001's alone. */
  private void token(Engine engine, String file, String... more) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of(
                "./tidemark",
                "token",
                "create",
                "--api=" + API,
                "--authority=" + authority(),
                "--api-key-file=" + folder.resolve("key.txt"),
                "--url=" + INGEST));
    words.addAll(List.of(more));
    Engine.Run run = engine.run(Map.of(), words.toArray(String[]::new));
    assertThat(run.exitCode()).as(run.said()).isZero();
    Matcher token = Pattern.compile("tmt_\\S+").matcher(run.out());
    assertThat(token.find()).as(run.said()).isTrue();
    secret(file, token.group());
  }

  private void secret(String name, String word) throws Exception {
    Path file = Files.writeString(folder.resolve(name), word + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    if (!name.equals("key.txt")) {
      Files.setAttribute(file, "unix:uid", 10001);
    }
  }

  private void startGateway(Engine engine, List<String> more) throws Exception {
    List<String> all =
        with(
            "--name=g1",
            "--network-alias=gw.example",
            "--memory=512m",
            "--stop-timeout=30",
            "-v",
            "g1-data:/var/lib/tidemark",
            "-e",
            "TIDEMARK_GATEWAY_ID=g1",
            "-e",
            "TIDEMARK_IDENTITY_HOSTS=gw.example",
            "-e",
            "TIDEMARK_INGEST_URLS=" + INGEST,
            "-e",
            "TIDEMARK_HTTP_VIEWER_TOKEN_FILE=/run/secrets/viewer",
            "-p",
            "8883:8883",
            "-p",
            "5684:5684/udp",
            "-p",
            "8444:8444");
    all.addAll(mount("viewer", "viewer"));
    all.addAll(more);
    if (!more.isEmpty()) {
      all.addAll(
          List.of("-e", "TIDEMARK_IDENTITY_ENROLMENT_TOKEN_FILE=/run/secrets/enrolment-token"));
    }
    engine.docker(command("run", all, engine.image("gateway")));
  }

  private void startAgent(Engine engine) throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("agent.yaml"),
            """
            device: pi-1
            gateways: ["ssl://gw.example", "coaps://gw.example"]
            journal: {dir: /var/lib/tidemark}
            sensors:
              - {id: roof, driver: bme280, bus: simulated, interval: 200ms}
            """);
    List<String> both =
        List.of(
            "--network=site",
            "--memory=128m",
            "-v",
            "pi-1-data:/var/lib/tidemark",
            "-v",
            config + ":/etc/tidemark-agent/agent.yaml:ro");
    List<String> once = new ArrayList<>(both);
    once.add("--rm");
    once.addAll(mount("pi-1.token", "enrolment-token"));
    Engine.Run enrolled =
        engine.tryDocker(
            command(
                "run",
                once,
                engine.image("agent"),
                "enroll",
                "--token-file",
                "/run/secrets/enrolment-token"));
    assertThat(enrolled.exitCode()).as(enrolled.said()).isZero();
    List<String> all = with("--name=pi-1");
    all.addAll(both.subList(1, both.size()));
    engine.docker(command("run", all, engine.image("agent"), "run", "--drain", "30s"));
  }

  private List<String> with(String... more) {
    List<String> all = new ArrayList<>(List.of("-d"));
    all.addAll(options);
    all.addAll(List.of(more));
    return all;
  }

  private List<String> mount(String file, String name) {
    return List.of("-v", folder.resolve(file) + ":/run/secrets/" + name + ":ro");
  }

  /** 40 % of 512 MiB, of which one of the two spaces for survivors is not counted. */
  private void theHeapIsAPartOfTheLimit() throws Exception {
    String metrics =
        new Http()
            .with(Files.readString(folder.resolve("viewer")).strip(), ApiAccess.believing(root()))
            .getText("https://127.0.0.1:8444/q/metrics");
    double heap =
        metrics
            .lines()
            .filter(line -> line.startsWith("jvm_memory_max_bytes{area=\"heap\""))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
            .sum();
    assertThat(heap / (1 << 20)).isBetween(180.0, 206.0);
  }

  /** Of the gateway's certificate and key, in its volume. */
  private static String sum(Engine engine) throws Exception {
    return engine.docker(
        "exec", "g1", "sh", "-c", "cat /var/lib/tidemark/identity/credential.pem | sha256sum");
  }

  private long stored() throws IOException, InterruptedException {
    return http.get(API + "/api/v1/ledger").path("totals").path("stored").asLong();
  }

  /** Readings that a gateway has taken from the agent, by the agent's own journal. */
  private static long acknowledged(Engine engine) throws Exception {
    JsonNode epochs =
        new ObjectMapper()
            .readTree(
                engine.docker(
                    "exec",
                    "pi-1",
                    "java",
                    "-Xmx16m",
                    "-jar",
                    "/opt/tidemark/edge-agent/target/edge-agent.jar",
                    "journal",
                    "--json"));
    return epochs.path(0).path("oldestKept").asLong();
  }

  /** The agent is stopped where it is, and a simulator that is to produce. */
  private static void aFrozenOneIsUnhealthy(Engine engine) throws Exception {
    List<String> options = new ArrayList<>(List.of("-d", "--name=sim", "--memory=256m"));
    options.addAll(ASKED_OFTEN);
    engine.docker(
        command(
            "run",
            options,
            engine.image("sim"),
            "run",
            "--gateway=tcp://127.0.0.1:1",
            "--devices=1",
            "--rate=1"));
    awaitHealth(engine, "sim", "healthy");
    for (String one : List.of("sim", "pi-1")) {
      engine.docker("kill", "--signal=STOP", one);
    }
    for (String one : List.of("sim", "pi-1")) {
      awaitHealth(engine, one, "unhealthy");
      engine.docker("kill", "--signal=CONT", one);
      awaitHealth(engine, one, "healthy");
    }
    engine.docker("rm", "-f", "sim");
  }

  private static void onlyJson(Engine engine, String container, String program) throws Exception {
    List<String> lines = engine.tryDocker("logs", container).said().lines().toList();
    assertThat(lines).isNotEmpty();
    for (String line : lines) {
      assertThat(line).startsWith("{");
      assertThat(new ObjectMapper().readTree(line).path("program").asText()).isEqualTo(program);
    }
  }

  private Path root() {
    return folder.resolve("root.pem");
  }

  private String authority() {
    return root().toString();
  }
}
