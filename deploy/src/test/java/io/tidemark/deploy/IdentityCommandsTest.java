package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.AdminSession;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.identity.ApiAccess;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.FirstCertificate;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Pem;
import io.tidemark.identity.Role;
import io.tidemark.identity.SecretFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
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
 * {@code tidemark setup}, {@code token}, {@code device} and {@code gateway shut-out}, with one
 * secured ingest; and what that one does with its keys.
 */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class IdentityCommandsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int PORT = Ports.one();
  private static final String API = "https://localhost:" + PORT;

  @TempDir private static Path folder;
  private static ChildProcess ingest;
  private static Path root;
  private static Path secrets;
  private static String key;
  private static Http api;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void start() throws Exception {
    root = folder.resolve("data/identity/root.pem");
    secrets = folder.resolve("secrets");
    String[] first = {"setup", "secrets", "--dir", secrets.toString(), "--gateway", "g1,g2"};
    assertThat(Tidemark.commandLine().execute(first)).isZero();
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
                        "-Dtidemark.access.setup-token-file="
                            + secrets.resolve("ingest/setup-token"),
                        "-Dtidemark.data.dir=" + folder.resolve("data"))));
    ingest.start();
    assertThat(Tidemark.commandLine().execute(setup())).as("which waits for ingest").isZero();
    AdminSession administrator = new AdminSession(URI.create(API), ApiAccess.believing(root));
    administrator.logIn("admin", Files.readString(secrets.resolve("admin/password")));
    SecretFile.write(folder, "key", administrator.key("demo", "admin", Duration.ofDays(1)));
    key = folder.resolve("key").toString();
    api = asking(folder.resolve("key"));
  }

  private static String[] setup() {
    return new String[] {
      "setup",
      "access",
      "--dir",
      secrets.toString(),
      "--gateway",
      "g1,g2",
      "--api",
      API + ",https://ingest-2:8443",
      "--authority",
      root.toString(),
      "--host",
      "balancer,10.0.0.9,",
      "--timeout",
      PATIENCE.toSeconds() + "s"
    };
  }

  private static Http asking(Path file) throws IOException {
    return new Http().with(ApiAccess.key(file, Map.of()), ApiAccess.believing(root));
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

  /** Before the others, as a gateway of this token's name has no certificate yet. */
  @Test
  @Order(1)
  void aDeploymentIsSetUpOnceAndWhatIsMissingIsMadeAgain() throws Exception {
    assertThat(ingest.logTail()).doesNotContain("tms_").contains("is in " + secrets);
    assertThat(run(setup())).as(err.toString()).isZero();
    assertThat(out.toString()).contains("All was there.");
    for (String program : List.of("admin", "prometheus", "simulator")) {
      assertThat(secrets.resolve(program + "/authority.pem")).hasSameTextualContentAs(root);
    }
    Http prometheus = asking(secrets.resolve("prometheus/api-key"));
    assertThat(prometheus.getText(API + "/q/metrics")).contains("tidemark_ingest_readings");
    assertThat(prometheus.tryPost(API + "/api/v1/keys", "{}").status()).isEqualTo(403);
    assertThat(asking(secrets.resolve("simulator/api-key")).isOk(API + "/api/v1/ledger")).isTrue();

    Path token = secrets.resolve("g2/enrolment-token");
    String before = Files.readString(token);
    EnrolmentToken gateway = EnrolmentToken.parse(before);
    assertThat(gateway.urls())
        .containsExactly(URI.create(API), URI.create("https://ingest-2:8443"));
    JsonNode tokens = api.get(API + "/api/v1/enrolment-tokens?limit=100").path("items");
    assertThat(tokens.toString())
        .contains("\"hosts\":[\"10.0.0.9\",\"balancer\",\"g1\"]", "\"labels\":[\"simulated\"]");
    FirstCertificate enrolled =
        FirstCertificate.get(
            gateway,
            new Identity(Role.GATEWAY, "g2"),
            List.of("g2", "balancer", "10.0.0.9"),
            PATIENCE,
            Clock.systemUTC());
    assertThat(enrolled.from()).isEqualTo(URI.create(API));

    Files.delete(token);
    assertThat(run(setup())).as(err.toString()).isZero();
    assertThat(out.toString()).contains("Made: g2/enrolment-token.");
    assertThat(Files.readString(token)).isNotEqualTo(before);
    assertThat(run("setup", "password", "--dir", secrets.toString())).isZero();
    assertThat(out.toString())
        .contains("name admin, password " + Files.readString(secrets.resolve("admin/password")));
  }

  @Test
  void aSetUpThatCannotGoOnSaysWhy() throws Exception {
    Path password = secrets.resolve("admin/password");
    String kept = Files.readString(password);
    Files.delete(secrets.resolve("prometheus/api-key"));
    Files.writeString(password, "another password");
    assertThat(run(setup())).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            secrets.resolve("prometheus/api-key") + " has to be made, but admin does not log in")
        .contains("put the new one there")
        .doesNotContain("another password");
    Files.writeString(password, kept);
    String[] other = setup();
    other[7] = "https://127.0.0.1:1," + other[7];
    assertThat(run(other)).as("asks the next one: " + err).isZero();
    assertThat(out.toString()).contains("Made: prometheus/api-key.");
    whatIsDueIsKeptWhereItCannotBeMadeAnew(password);
    String[] nobody = setup();
    nobody[7] = "https://127.0.0.1:1";
    nobody[13] = "1ms";
    assertThat(run(nobody)).isEqualTo(2);
    assertThat(err.toString()).contains("Not done: GET /api/v1/session at https://127.0.0.1:1:");
    assertThat(run("setup", "secrets", "--dir", folder + "/x", "--gateway", "admin")).isEqualTo(2);
    assertThat(err.toString()).contains("no gateway can be called admin here");
    assertThat(run("setup", "password", "--dir", folder + "/x")).isEqualTo(2);
    assertThat(err.toString()).contains("tidemark setup secrets makes it");
  }

  private void whatIsDueIsKeptWhereItCannotBeMadeAnew(Path password) throws Exception {
    Path token = secrets.resolve("simulator/enrolment-token");
    String before = Files.readString(token);
    FileTime old = FileTime.from(Instant.now().minus(Duration.ofDays(4)));
    Files.setLastModifiedTime(token, old);
    Files.setLastModifiedTime(secrets.resolve("g1/enrolment-token"), old);
    String first = Files.readString(password);
    Files.writeString(password, "another password");
    assertThat(run(setup())).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("All was there.", "time is over: g1/enrolment-token, simulator/enrolment-token, ")
        .contains("does not log in with the password in " + password, "put the new one there")
        .doesNotContain("another password");
    assertThat(token).hasContent(before);
    Files.writeString(password, first);
    assertThat(run(setup())).as(err.toString()).isZero();
    assertThat(out.toString()).contains("Made: g1/enrolment-token, simulator/enrolment-token.");
    assertThat(out.toString()).doesNotContain("Kept");
    assertThat(Files.readString(token)).isNotEqualTo(before);
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

  @Test
  void keysAreMadeShownAndRevoked() throws Exception {
    String[] create = {"key", "create", "--name", "watch", "--role", "viewer", "--for", "2h"};
    assertThat(ask(create)).as(err.toString()).isZero();
    Path file = folder.resolve("watch");
    SecretFile.write(folder, "watch", out.toString());
    assertThat(asking(file).isOk(API + "/api/v1/ledger")).isTrue();
    assertThat(asking(file).tryPost(API + "/api/v1/keys", "{}").status()).isEqualTo(403);
    assertThat(ask("key", "list", "--json")).isZero();
    JsonNode made = new ObjectMapper().readTree(out.toString()).path("items").path(0);
    assertThat(made.path("name").asText()).isEqualTo("watch");
    assertThat(Instant.parse(made.path("expiresAt").asText()))
        .isBetween(Instant.now().plusSeconds(7_100), Instant.now().plusSeconds(7_200));
    assertThat(ask("key", "revoke", made.path("id").asText())).as(err.toString()).isZero();
    assertThat(out.toString()).contains("Key " + made.path("id") + ", watch, is void.");
    assertThat(asking(file).isOk(API + "/api/v1/ledger")).isFalse();
    assertThat(ask("key", "list")).isZero();
    assertThat(out.toString())
        .containsPattern("(?m)^ +" + made.path("id") + " viewer +revoked +20\\S+ +watch$")
        .containsPattern("(?m)^ +\\d+ admin +20\\S+ +20\\S+ +demo$")
        .doesNotContain(Files.readString(file).strip());
    assertThat(ask("key", "create", "--name", "x", "--role", "king")).isEqualTo(2);
    assertThat(err.toString()).contains("answers 400:");
    assertThat(ask("key", "revoke", "777")).isEqualTo(2);
    assertThat(err.toString()).contains("answers 404:");
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
    await().atMost(PATIENCE).until(() -> !api.get(state).path("shutOut").asBoolean(true));
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

  private int becomeAdministrator(String token, String password, Path keyFile) {
    return becomeAdministrator(token, password, keyFile, API, "2h");
  }

  private int becomeAdministrator(
      String token, String password, Path keyFile, String ingestUrl, String validFor) {
    InputStream before = System.in;
    String said = token + "\n" + password + "\n";
    System.setIn(new ByteArrayInputStream(said.getBytes(StandardCharsets.UTF_8)));
    try {
      String[] asked = {
        "setup",
        "administrator",
        "--api",
        ingestUrl,
        "--authority",
        root.toString(),
        "--name",
        "_ada"
      };
      List<String> all = new ArrayList<>(List.of(asked));
      all.addAll(List.of("--key-file", keyFile.toString(), "--for", validFor));
      return run(all.toArray(String[]::new));
    } finally {
      System.setIn(before);
    }
  }

  /** Comes late, as ingest is started anew for it. */
  @Test
  @Order(Integer.MAX_VALUE - 1)
  void aPersonBecomesAnAdministratorByTheTokenInTheLog() throws Exception {
    ingest.kill();
    Files.createFile(folder.resolve("data/new-admin-token"));
    ingest.start();
    await().atMost(PATIENCE).until(() -> api.isOk(API + "/api/v1/ledger"));
    String token = Files.readString(secrets.resolve("ingest/setup-token"));
    Path ada = folder.resolve("person/key");
    assertThat(becomeAdministrator("tms_x", "a password that is long", ada)).isEqualTo(2);
    assertThat(err.toString()).contains("Not done: ", "this is not the token");
    assertThat(becomeAdministrator(token, "too short", ada)).isEqualTo(2);
    assertThat(err.toString()).contains("Not done: ", "12 to 256").doesNotContain("too short");
    assertThat(becomeAdministrator(token, "", ada)).isEqualTo(2);
    assertThat(err.toString()).contains("nothing was said to: A password of 12 characters or more");
    assertThat(becomeAdministrator(token, " a password that is long", ada)).isEqualTo(2);
    assertThat(err.toString()).contains("begins or ends with a blank");
    String plain = API.replace("https://", "http://");
    assertThat(becomeAdministrator(token, "a password that is long", ada, plain, "2h"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("--api has to be like https://").contains(plain);
    assertThat(becomeAdministrator(token, "a password that is long", ada, API, "0s")).isEqualTo(2);
    assertThat(err.toString()).contains("--for has to be longer than nothing");
    assertThat(ada).doesNotExist();

    assertThat(becomeAdministrator(token, "a password that is long", ada))
        .as(err.toString())
        .isZero();
    assertThat(out.toString()).contains("_ada is an administrator of " + API, ada.toString());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ada)))
        .isEqualTo("rw-------");
    JsonNode made = asking(ada).get(API + "/api/v1/keys").path("items").path(0);
    assertThat(made.path("createdBy").asText()).isEqualTo("_ada");
    assertThat(Instant.parse(made.path("expiresAt").asText()))
        .isBetween(Instant.now().plusSeconds(7_000), Instant.now().plusSeconds(7_200));
    assertThat(becomeAdministrator(token, "a password that is long", ada)).isEqualTo(2);
    assertThat(err.toString()).contains(ada + " is there already");
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
