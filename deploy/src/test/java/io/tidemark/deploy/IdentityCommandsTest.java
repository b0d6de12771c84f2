package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.Administrator;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.Pem;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code tidemark token}, {@code device} and {@code gateway shut-out}, with one secured ingest; and
 * what that one does with its keys.
 */
@Timeout(120)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class IdentityCommandsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PORT = Ports.free().ingest();
  private static final String API = "https://localhost:" + PORT;

  @TempDir private static Path folder;
  private static ChildProcess ingest;
  private static Path root;
  private static String key;
  private static Http api;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void start() throws Exception {
    root = folder.resolve("data/identity/root.pem");
    ingest =
        new ChildProcess(
            "ingest",
            folder,
            Map.of(),
            Installation.find()
                .java(
                    "cloud-ingest/target/quarkus-app/quarkus-run.jar",
                    List.of(
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dquarkus.http.host=127.0.0.1",
                        "-Dquarkus.http.ssl-port=" + PORT,
                        "-Dtidemark.data.dir=" + folder.resolve("data"))));
    ingest.start();
    Administrator administrator =
        new Administrator(folder.resolve("secrets"), folder.resolve("data"), API);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                Files.exists(root)
                    && new Http().with("", administrator.tls()).isOk(API + "/q/health/ready"));
    api = administrator.open(ingest);
    key = administrator.keyFile().toString();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    ingest.kill();
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Tidemark.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  /** By who knows ingest, and has the administrator's key. */
  private int ask(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--api", API, "--api-key-file", key, "--authority", root.toString()));
    return run(all.toArray(String[]::new));
  }

  private int list(String... how) {
    return run("token", "list", "--api", API, "--api-key-file", key, how[0], how[1]);
  }

  @Test
  void tokensAreMadeShownAndWithdrawnByWhoKnowsIngest() throws Exception {
    assertThat(run("token", "list", "--api", API, "--authority", root.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("answers 401: this needs the role admin");
    String[] create = {
      "token",
      "create",
      "--role",
      "device",
      "--uses",
      "5",
      "--for",
      "2h",
      "--site",
      "plant",
      "--label",
      "cold",
      "--label",
      "wet",
      "--name",
      "boiler",
      "--url",
      "https://gw:8444"
    };
    assertThat(ask(create)).as(err.toString()).isZero();
    EnrolmentToken token = EnrolmentToken.parse(out.toString());
    byte[] fingerprint = EstClient.fingerprint(Pem.certificates(Files.readString(root)).get(0));
    assertThat(token.authority()).isEqualTo(fingerprint);
    assertThat(token.urls()).containsExactly(URI.create("https://gw:8444"));
    String[] gateway = {
      "token", "create", "--role", "gateway", "--host", "gw.example", "--host", "10.0.0.4", "--json"
    };
    assertThat(ask(gateway)).as(err.toString()).isZero();
    JsonNode made = new ObjectMapper().readTree(out.toString());
    assertThat(made.path("role").asText()).isEqualTo("gateway");
    assertThat(made.path("hosts")).hasToString("[\"10.0.0.4\",\"gw.example\"]");

    String hex = HexFormat.ofDelimiter(":").formatHex(fingerprint);
    assertThat(list("--trust", "sha256:" + hex)).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("0 of 5", "good", "name boiler, site plant, labels [\"cold\",\"wet\"]")
        .doesNotContain("tmt_");
    assertThat(list("--trust", "sha256:" + "00".repeat(32))).isEqualTo(2);
    assertThat(err.toString()).contains("is not whom the enrolment token is for");
    assertThat(list("--trust", "sha256:1")).isEqualTo(2);
    assertThat(err.toString()).contains("--trust must be sha256: and 64 hexadecimal digits");
    assertThat(run("token", "list", "--api", API)).isEqualTo(2);
    assertThat(err.toString()).contains("with either --authority FILE or --trust");

    String id = made.path("id").asText();
    assertThat(ask("token", "withdraw", id)).as(err.toString()).isZero();
    assertThat(list("--authority", root.toString())).isZero();
    assertThat(out.toString()).containsPattern("(?m)^ *" + id + " gateway +withdrawn");
    assertThat(ask("token", "withdraw", "77")).isEqualTo(2);
    assertThat(err.toString()).contains("answers 404: there is no enrolment token 77");
  }

  /** Enrolled as a person has it done. */
  private EnrolledGateway enrolled(String name) throws Exception {
    assertThat(ask("token", "create", "--role", "gateway", "--name", name)).isZero();
    return new EnrolledGateway(name, API, EnrolmentToken.parse(out.toString()));
  }

  @Test
  void aDeviceIsShutOutAndLetBackInWhileGatewaysAreToldOfIt() throws Exception {
    EnrolledGateway gateway = enrolled("g1");
    PostedDevice boiler = new PostedDevice("boiler-1", 1, List.of("bme280"), 0);
    gateway.forwards().post(Instant.now(), List.of(boiler.sample(Instant.now(), 1)));
    assertThat(gateway.report(0)).isEqualTo(204);

    String[] shutOut = {"device", "shut-out", "boiler-1", "--why", "stolen", "--timeout", "1ms"};
    long begun = System.nanoTime();
    assertThat(ask(shutOut)).as(err.toString()).isEqualTo(1);
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .as("what it waits for if not told otherwise")
        .isLessThan(Duration.ofSeconds(10));
    assertThat(out.toString())
        .containsPattern("device boiler-1 is shut out since 20\\S+Z, by key demo: stolen\\R")
        .containsPattern("(?m)^g1 +5ea51de0c1057e12 +not yet$");
    assertThat(err.toString()).contains("not known yet to g1");
    assertThat(gateway.report(gateway.newest())).isEqualTo(204);
    assertThat(ask("device", "shut-out", "boiler-1", "--why", "again")).isZero();
    assertThat(out.toString())
        .contains("device boiler-1 is shut out already, since", "by key demo: stolen")
        .containsPattern("(?m)^g1 +5ea51de0c1057e12 +yes$");
    assertThat(ask("device", "list")).isZero();
    assertThat(out.toString()).containsPattern("(?m)^boiler-1 +online +20\\S+Z +20\\S+Z$");

    CompletableFuture<Integer> letIn =
        CompletableFuture.supplyAsync(() -> ask("device", "let-in", "boiler-1", "--timeout", "1m"));
    String state = API + "/api/v1/devices/boiler-1/shut-out";
    await().until(() -> !api.get(state).path("shutOut").asBoolean(true));
    assertThat(gateway.report(gateway.newest())).isEqualTo(204);
    assertThat(letIn.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(err.toString()).isZero();
    assertThat(out.toString()).contains("device boiler-1 is let back in. It was shut out from 20");
    assertThat(ask("device", "let-in", "boiler-1")).isZero();
    assertThat(out.toString()).contains("device boiler-1 is not shut out.");
    assertThat(ask("device", "let-in", "boiler-1", "--json")).isZero();
    JsonNode view = new ObjectMapper().readTree(out.toString());
    assertThat(view.path("periods").path(0).path("letInBy").asText()).isEqualTo("key demo");
    assertThat(ask("device", "list", "--json")).isZero();
    assertThat(new ObjectMapper().readTree(out.toString()).findValues("shutOutSince").toString())
        .isEqualTo("[null]");
  }

  @Test
  void aGatewayIsShutOutToo() throws Exception {
    EnrolledGateway gateway = enrolled("g7");
    assertThat(gateway.report(gateway.newest())).isEqualTo(204);
    String[] shutOut = {"gateway", "shut-out", "g7", "--why", "sold", "--timeout", "1ms", "--json"};
    assertThat(ask(shutOut)).as(err.toString()).isLessThanOrEqualTo(1); // others may not know yet
    JsonNode view = new ObjectMapper().readTree(out.toString());
    assertThat(view.path("shutOut").asBoolean()).isTrue();
    assertThat(view.path("periods").path(0).path("why").asText()).isEqualTo("sold");
    assertThat(gateway.report(1)).isEqualTo(401);
    assertThat(ask("gateway", "let-in", "g7", "--timeout", "1ms")).isEqualTo(1);
    assertThat(out.toString()).contains("gateway g7 is let back in. It was shut out from 20");
    assertThat(gateway.report(gateway.newest())).isEqualTo(204);
  }

  @Test
  void whatIsWrongIsNamed() {
    assertThat(ask("device", "shut-out", "unheard-of", "--why", "x")).isEqualTo(2);
    assertThat(err.toString()).contains("answers 404: nobody has heard of device unheard-of");
    assertThat(ask("gateway", "let-in", "unheard-of")).isEqualTo(2);
    assertThat(err.toString()).contains("answers 404: nobody has heard of gateway unheard-of");
    assertThat(ask("device", "shut-out", "boiler/1", "--why", "x")).isEqualTo(2);
    assertThat(err.toString()).contains("Not done: a device is named by 1 to 128 of");
  }

  /** Comes last: ingest is not there any more. */
  @Test
  @Order(Integer.MAX_VALUE)
  void keysThatOthersCanReadStopTheStart() throws Exception {
    ingest.kill();
    Files.setPosixFilePermissions(
        folder.resolve("data/identity/intermediate.key"),
        PosixFilePermissions.fromString("rw-r--r--"));
    ingest.start();
    assertThat(ingest.waitFor(PATIENCE)).isTrue();
    assertThat(ingest.exitCode()).isEqualTo(2);
    assertThat(ingest.logTail())
        .contains("ingest does not start", "intermediate.key has a key in it", "chmod 600");
  }
}
