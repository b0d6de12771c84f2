package io.tidemark.deploy.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.images.ImageBuild;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.identity.SecretFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What operators do with a deployment by compose, under load: other images, one container after the
 * other; a backup, and putting it back where nothing is left. Its PostgreSQL was interrupted at its
 * first start.
 */
@Tag("containers")
@Timeout(3600)
@ExtendWith(OnEngine.class)
class ComposeOperationsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final String NEXT = "next";
  private static final Path HOME = Installation.find().home();
  private static final int UNCLEAN = 1;

  /** As many as docs/containers.md says, but for those that the simulator has. */
  private static final int COAP_DEVICES = 9_900;

  /** In the order of docs/containers.md, and by which variable it gets another image. */
  private static final Map<String, String> SERVICES = new LinkedHashMap<>();

  static {
    for (String ours : List.of("ingest-1", "ingest-2", "gateway-1", "gateway-2", "gateway-3")) {
      SERVICES.put(ours, "TIDEMARK_VERSION");
    }
    SERVICES.put("influxdb", "TIDEMARK_INFLUXDB_IMAGE");
    SERVICES.put("postgres", "TIDEMARK_POSTGRES_IMAGE");
    SERVICES.put("balancer", "TIDEMARK_HAPROXY_IMAGE");
    SERVICES.put("coap-balancer", "TIDEMARK_NGINX_IMAGE");
    SERVICES.put("prometheus", "TIDEMARK_PROMETHEUS_IMAGE");
  }

  @TempDir private Path folder;

  @Test
  void imagesAreReplacedUnderLoadAndABackupIsPutBack(Engine engine) throws Exception {
    Compose compose = Compose.of(engine);
    interruptFirstStart(engine);
    compose.up();
    compose.awaitWell(SERVICES.keySet(), PATIENCE);
    assertThat(engine.tryDocker("logs", compose.container("postgres")).said())
        .contains("The first start was interrupted");
    assertTheDoctorFindsNoFault(compose);
    upgrade(engine, compose);
    long before = Compose.clean(compose.verify());

    compose.simulate();
    compose.awaitReadings(PATIENCE);
    Path backup = Files.createDirectory(folder.resolve("backup"));
    compose.script(backup, documented(true));
    compose.awaitReadings(PATIENCE);
    long produced = Compose.clean(compose.verify());
    manyComeByCoap(engine, compose.container("coap-balancer"));

    loseAllButDevices(engine, compose);
    compose.script(backup, documented(false));
    compose.awaitWell(SERVICES.keySet(), PATIENCE);
    rebuild(engine, compose);
    compose.up();
    compose.awaitReadings(PATIENCE);
    assertNamesWhatCameLater(compose, before, produced);
  }

  /** By the command of docs/containers.md; the machine's disk may be nearly full. */
  private static void assertTheDoctorFindsNoFault(Compose compose) throws Exception {
    String page = Files.readString(HOME.resolve("docs/containers.md"));
    String command = page.split(" run --rm --no-deps access doctor ", 2)[1].split("\n\n", 2)[0];
    List<String> words = new ArrayList<>(List.of("run", "--rm", "--no-deps", "access", "doctor"));
    words.addAll(List.of(command.replace("\\\n", " ").strip().split("\\s+")));
    words.add("--json");
    Engine.Run run = compose.attempt(words.toArray(String[]::new));
    JsonNode findings = new ObjectMapper().readTree(run.out());
    assertThat(findings.path("faults").asInt(-1)).as(run.said()).isZero();
    assertThat(findings.path("findings").findValuesAsText("where"))
        .as(run.said())
        .contains("gateway gateway-3");
  }

  /** What an interrupted first start of PostgreSQL leaves: a version, and no database. */
  private static void interruptFirstStart(Engine engine) throws Exception {
    engine.docker(
        "run",
        "--rm",
        "-v",
        "tidemark_postgres:/volume",
        Engine.BASE,
        "sh",
        "-c",
        "mkdir /volume/pgdata && echo 15 >/volume/pgdata/PG_VERSION && touch /volume/initialising && chown -R 10001 /volume");
  }

  private static void upgrade(Engine engine, Compose compose) throws Exception {
    String version = ImageBuild.version(HOME);
    for (String image : List.of("gateway", "ingest", "sim", "tidemark")) {
      label(engine, "tidemark/%s:%s".formatted(image, version), "tidemark/" + image + ":" + NEXT);
    }
    label(engine, Compose.PEERS, Compose.PEERS + ":" + NEXT);
    for (Map.Entry<String, String> service : SERVICES.entrySet()) {
      long begun = System.nanoTime();
      boolean ours = service.getValue().equals("TIDEMARK_VERSION");
      compose.with(service.getValue(), ours ? NEXT : Compose.PEERS + ":" + NEXT);
      String unused = compose.run("up", "-d", "--no-deps", service.getKey());
      assertUpgraded(engine, compose, service.getKey());
      compose.awaitWell(SERVICES.keySet(), PATIENCE);
      compose.awaitReadings(PATIENCE);
      System.out.printf(
          "%s has another image, all well after %.0f s%n",
          service.getKey(), (System.nanoTime() - begun) / 1e9);
    }
    Map<String, String> upgraded = compose.containers();
    compose.up();
    assertUpgraded(engine, compose, "simulator");
    assertThat(compose.containers())
        .as("nothing is replaced twice")
        .containsAllEntriesOf(
            upgraded.entrySet().stream()
                .filter(container -> SERVICES.containsKey(container.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }

  private static void assertUpgraded(Engine engine, Compose compose, String service)
      throws Exception {
    String label = "{{.Config.Labels.upgraded}}";
    assertThat(engine.docker("inspect", "-f", label, compose.container(service)))
        .as(service)
        .isEqualTo("yes");
  }

  /** The same image under another name, so that whatever runs it has to be made anew. */
  private static void label(Engine engine, String image, String name) throws Exception {
    Path file = Files.createTempFile("labelled", ".Containerfile");
    Files.writeString(file, "FROM %s\nLABEL upgraded=yes\n".formatted(image));
    Path context = Files.createTempDirectory("nothing");
    engine.docker("build", "-t", name, "-f", file.toString(), context.toString());
    Files.delete(file);
    Files.delete(context);
  }

  /** Each is an address and port of its own, for which the balancer has two connections. */
  private static void manyComeByCoap(Engine engine, String balancer) throws Exception {
    String devices =
        engine.docker(
            "run",
            "-d",
            "--network=tidemark_tidemark",
            Engine.BASE,
            "bash",
            "-c",
            """
            to=$(getent hosts coap-balancer | cut -d' ' -f1)
            for i in {1..%d}; do
              exec {fd}>/dev/udp/$to/5684
              all+=($fd)
            done
            while :; do
              for fd in ${all[@]}; do printf x >&$fd; done
            done
            """
                .formatted(COAP_DEVICES));
    await("each has a connection to a gateway")
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        engine
                            .docker("exec", balancer, "sh", "-c", "ls /proc/[0-9]*/fd")
                            .lines()
                            .count())
                    .as(engine.tryDocker("logs", "--tail=3", balancer).said())
                    .isGreaterThan(COAP_DEVICES));
    engine.docker("rm", "-f", devices);
    assertThat(engine.docker("inspect", "-f", "{{.RestartCount}} {{.State.OOMKilled}}", balancer))
        .isEqualTo("0 false");
  }

  /** The machine, with all volumes; but the simulator's are devices, which are elsewhere. */
  private static void loseAllButDevices(Engine engine, Compose compose) throws Exception {
    String unused = compose.run("--profile", "simulator", "down");
    List<String> command = new ArrayList<>(List.of("volume", "rm"));
    engine
        .docker("volume", "ls", "-q", "--filter=label=com.docker.compose.project")
        .lines()
        .filter(volume -> !volume.endsWith("_simulator"))
        .forEach(command::add);
    command.add("tidemark_postgres"); // made by this test, and so without compose's label
    engine.docker(command.toArray(String[]::new));
  }

  private void rebuild(Engine engine, Compose compose) throws Exception {
    Path root = Files.writeString(folder.resolve("root.pem"), compose.authority());
    SecretFile.write(
        folder, "key", compose.administrator(root).key("rebuild", "operator", Duration.ofDays(1)));
    Engine.Run rebuilt =
        engine.run(
            Map.of(),
            "./tidemark",
            "ledger",
            "rebuild",
            "--api=https://127.0.0.1:8443",
            "--authority=" + root,
            "--api-key-file=" + folder.resolve("key"));
    assertThat(rebuilt.exitCode()).as(rebuilt.said()).isIn(0, UNCLEAN);
  }

  /** All that was stored before is there, and of what came since each reading is called missing. */
  private static void assertNamesWhatCameLater(Compose compose, long before, long produced)
      throws Exception {
    String unused = compose.run("stop", "simulator");
    Engine.Run run = compose.compare("--settle=60s", "--json");
    JsonNode verdict = new ObjectMapper().readTree(run.out());
    long missing = verdict.path("missing").asLong();
    assertThat(missing).as(run.out()).isPositive().isLessThanOrEqualTo(produced - before);
    assertThat(verdict.path("produced").asLong()).isGreaterThan(produced);
    assertThat(verdict.path("stored").asLong() + missing)
        .as(run.out())
        .isEqualTo(verdict.path("produced").asLong());
    assertThat(verdict.path("duplicates").asLong()).isZero();
    assertThat(
            StreamSupport.stream(verdict.path("problems").spliterator(), false)
                .map(problem -> problem.path("detail").asText())
                .distinct())
        .singleElement()
        .asString()
        .endsWith("the ledger calls it missing too");
  }

  /**
   * The commands of docs/backup.md, word by word: those that make one, or those that restore it.
   */
  private static String documented(boolean making) throws IOException {
    String page = Files.readString(HOME.resolve("docs/backup.md"));
    String section = page.split("## A deployment by compose\n", 2)[1].split("\n## ", 2)[0];
    String commands = section.split("It is put back where", 2)[making ? 0 : 1];
    return Arrays.stream(commands.split("\n"))
        .filter(line -> line.startsWith("    "))
        .collect(Collectors.joining("\n"));
  }
}
