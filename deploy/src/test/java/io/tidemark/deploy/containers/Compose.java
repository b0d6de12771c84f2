package io.tidemark.deploy.containers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.AdminSession;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.identity.ApiAccess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * A file of {@code deploy/compose} on the tests' engine, by docker-compose as a person runs it:
 * with our images, and with Debian's programs in the place of the public ones. There is no Grafana,
 * which Debian has not. Used by one thread.
 */
final class Compose {
  /** Stands for all images that are not ours. */
  static final String PEERS = "tidemark-test/peers";

  /** Whose images are not ours: {@code TIDEMARK_X_IMAGE} names that of X. */
  private static final List<String> PEERS_PROGRAMS =
      List.of("INFLUXDB", "POSTGRES", "HAPROXY", "NGINX", "PROMETHEUS", "GRAFANA");

  private static final String PEERS_BASE = PEERS + ":base";
  private static final Pattern PRODUCED = Pattern.compile("clean: ([0-9,]+) produced");
  private static final Path HOME = Installation.find().home();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Engine engine;
  private final String project;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> options;

  private Compose(Engine engine, String project) {
    this.engine = engine;
    this.project = project;
    options = new ArrayList<>(List.of("docker-compose", "-p", project));
    // How long it waits for an answer of the engine's; a minute by itself.
    environment.put("COMPOSE_HTTP_TIMEOUT", "600");
    // Grafana is not started, but has to have an image.
    PEERS_PROGRAMS.forEach(program -> environment.put("TIDEMARK_" + program + "_IMAGE", PEERS));
  }

  /** The whole deployment, with the images built as they are in this checkout. Nothing runs yet. */
  static Compose of(Engine engine) throws IOException, InterruptedException {
    engine.base(PEERS_BASE, "peers");
    Path peers = HOME.resolve("deploy/src/test/containers/peers");
    engine.docker(
        "build",
        "--build-arg",
        "BASE=" + PEERS_BASE,
        "-t",
        PEERS,
        "-f",
        peers.resolve("Containerfile").toString(),
        peers.toString());
    for (String image : List.of("gateway", "ingest", "sim", "tidemark")) {
      String unused = engine.image(image);
    }
    return new Compose(engine, "tidemark").file("compose.yaml");
  }

  /** Adds a file of {@code deploy/compose}, or another. */
  Compose file(String name) {
    options.addAll(List.of("-f", HOME.resolve("deploy/compose").resolve(name).toString()));
    return this;
  }

  /** What is set in its environment from now on. */
  Compose with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Another deployment, of another file, on the same engine and with the same images. */
  Compose besides(String other, String file) {
    Compose compose = new Compose(engine, other).file(file);
    compose.environment.putAll(environment);
    return compose;
  }

  /**
   * Runs commands as a page has them, one after the other until one fails, which none may.
   *
   * @param folder where they are run
   * @param commands in which {@code DC} stands for docker-compose with this file
   */
  void script(Path folder, String commands) throws IOException, InterruptedException {
    String script =
        "set -euo pipefail; cd '%s'; DC() { %s \"$@\"; }; %s"
            .formatted(folder, String.join(" ", options), commands);
    Engine.Run run = engine.run(environment, "bash", "-c", script);
    assertThat(run.exitCode()).as("%s: %s", commands, run.said()).isZero();
  }

  /** Runs docker-compose, however it ends. */
  Engine.Run attempt(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(options);
    command.addAll(List.of(arguments));
    return engine.run(environment, command.toArray(String[]::new));
  }

  /** Runs docker-compose, which has to succeed, and returns what it printed. */
  String run(String... arguments) throws IOException, InterruptedException {
    Engine.Run run = attempt(arguments);
    assertThat(run.exitCode())
        .as("docker-compose %s: %s", String.join(" ", arguments), run.said())
        .isZero();
    return run.out().stripTrailing();
  }

  /** Everything, with the simulator. */
  void up() throws IOException, InterruptedException {
    String unused = run("--profile", "simulator", "up", "-d", "--scale", "grafana=0", "--no-color");
  }

  /** Ends the simulator, which sends what it still has, and compares what it sent with the rows. */
  Engine.Run verify() throws IOException, InterruptedException {
    String unused = run("stop", "simulator");
    return compare("--settle=180s");
  }

  /** Compares what the simulator, which does not run, has sent with the rows there are. */
  Engine.Run compare(String... options) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "run",
                "--rm",
                "--no-deps",
                "-T",
                "simulator",
                "verify",
                "--record=/var/lib/tidemark/record",
                "--api=https://ingest:8443",
                "--authority=/run/secrets/authority.pem",
                "--api-key-file=/run/secrets/api-key"));
    command.addAll(List.of(options));
    return attempt(command.toArray(String[]::new));
  }

  /** How many readings the simulator has made, all of which have to be rows by this verdict. */
  static long clean(Engine.Run verdict) {
    assertThat(verdict.exitCode()).as(verdict.said()).isZero();
    Matcher produced = PRODUCED.matcher(verdict.out());
    assertThat(produced.find()).as(verdict.said()).isTrue();
    return Long.parseLong(produced.group(1).replace(",", ""));
  }

  /** Lets the simulator go on. */
  void simulate() throws IOException, InterruptedException {
    String unused = run("start", "simulator");
  }

  /** Waits until the simulator has recorded more than now: nothing is sent that is not. */
  void awaitReadings(Duration patience) throws IOException, InterruptedException {
    long now = recorded();
    Awaitility.await("the simulator makes readings")
        .atMost(patience)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> recorded() > now);
  }

  private long recorded() throws IOException, InterruptedException {
    String volume = project + "_simulator:/volume:ro";
    String size =
        engine.docker("run", "--rm", "-v", volume, Engine.BASE, "du", "-sb", "/volume/record");
    return Long.parseLong(size.split("\\s+", 2)[0]);
  }

  /** The certificate by which everybody believes this deployment's ingests, as text. */
  String authority() throws IOException, InterruptedException {
    String file = "/identity/identity/root.pem";
    return run("run", "--rm", "--no-deps", "-T", "--entrypoint", "cat", "access", file);
  }

  /**
   * Somebody who has logged in at its pages, as its administrator.
   *
   * @param root a file with its authority
   */
  AdminSession administrator(Path root) throws IOException, InterruptedException {
    AdminSession session =
        new AdminSession(URI.create("https://127.0.0.1:8443"), ApiAccess.believing(root));
    session.logIn("admin", password());
    return session;
  }

  /** With what the administrator logs in, by the command that is documented for it. */
  String password() throws IOException, InterruptedException {
    String said =
        run("run", "--rm", "--no-deps", "-T", "access", "setup", "password", "--dir", "/secrets");
    Matcher password = Pattern.compile("name admin, password (\\S{43})").matcher(said);
    assertThat(password.find()).as(said).isTrue();
    return password.group(1);
  }

  /** The containers there are, by their services. */
  Map<String, String> containers() throws IOException, InterruptedException {
    Map<String, String> containers = new TreeMap<>();
    engine
        .docker(
            "ps",
            "-a",
            "--filter=label=com.docker.compose.project=" + project,
            "--filter=label=com.docker.compose.oneoff=False",
            "--format",
            "{{.Label \"com.docker.compose.service\"}} {{.ID}}")
        .lines()
        .map(line -> line.split(" ", 2))
        .forEach(line -> containers.put(line[0], line[1]));
    return containers;
  }

  /** What the engine knows of each container, by their services. */
  Map<String, JsonNode> inspect() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("inspect"));
    command.addAll(containers().values());
    Map<String, JsonNode> found = new TreeMap<>();
    for (JsonNode one : JSON.readTree(engine.docker(command.toArray(String[]::new)))) {
      found.put(one.at("/Config/Labels").path("com.docker.compose.service").asText(), one);
    }
    return found;
  }

  /**
   * That each of these may do no more than it must, and has its limits.
   *
   * @param root the one service that is root
   * @param capabilities what that has, as the engine says it
   */
  static void assertHardened(Map<String, JsonNode> containers, String root, String capabilities) {
    assertThat(containers).containsKey(root);
    containers.forEach(
        (service, one) -> {
          JsonNode host = one.path("HostConfig");
          boolean isRoot = service.equals(root);
          assertThat(host.path("ReadonlyRootfs").asBoolean()).as(service).isTrue();
          assertThat(host.path("CapDrop").toString()).as(service).isEqualTo("[\"ALL\"]");
          assertThat(host.path("CapAdd").toString())
              .as(service)
              .isEqualTo(isRoot ? capabilities : "null");
          assertThat(host.path("SecurityOpt").toString()).contains("no-new-privileges");
          assertThat(host.path("Memory").asLong()).as(service).isPositive();
          assertThat(host.path("NanoCpus").asLong()).as(service).isPositive();
          assertThat(host.path("PidsLimit").asLong()).as(service).isPositive();
          assertThat(one.at("/Config/User").asText())
              .as(service)
              .isEqualTo(isRoot ? "0:0" : "10001:10001");
        });
  }

  /** The container of a service. */
  String container(String service) throws IOException, InterruptedException {
    String container = containers().get(service);
    assertThat(container).as("container of " + service).isNotNull();
    return container;
  }

  /**
   * Waits until each of these services is well, by the check that the engine makes of it; who has
   * none has to run. They are asked now: the engine asks so seldom that what it says is of before.
   */
  void awaitWell(Collection<String> services, Duration patience) {
    for (String service : services) {
      Awaitility.await(service + " is well")
          .atMost(patience)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(
              () -> {
                String container = container(service);
                JsonNode one = JSON.readTree(engine.docker("inspect", container)).path(0);
                assertThat(one.at("/State/Status").asText()).as(service).isEqualTo("running");
                Engine.Run check = check(container, one.at("/Config/Healthcheck/Test"));
                assertThat(check.exitCode())
                    .as("%s: %s\n%s", service, check.said(), logs(container))
                    .isZero();
              });
    }
  }

  private Engine.Run check(String container, JsonNode test)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("exec", container));
    if (test.path(0).asText().equals("CMD-SHELL")) {
      words.addAll(List.of("sh", "-c", test.path(1).asText()));
    } else if (test.path(0).asText().equals("CMD")) {
      test.forEach(word -> words.add(word.asText()));
      words.remove(2);
    } else {
      words.add("true");
    }
    return engine.tryDocker(words.toArray(String[]::new));
  }

  /** The last lines of what a container has said. */
  String logs(String container) throws IOException, InterruptedException {
    String said = engine.tryDocker("logs", "--tail=15", container).said();
    return Arrays.stream(said.split("\n")).collect(Collectors.joining("\n    ", "    ", ""));
  }
}
