package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tidemark token}, with a secured ingest; and what that one does with its keys. */
@Timeout(120)
class TokenCommandTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final int port = Ports.free().ingest();
  private final String api = "https://localhost:" + port;
  private ChildProcess ingest;
  private Path root;

  @TempDir private Path folder;

  private void start() {
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
                        "-Dquarkus.http.ssl-port=" + port,
                        "-Dtidemark.data.dir=" + folder.resolve("data"))));
    ingest.start();
  }

  @AfterEach
  void stop() throws InterruptedException {
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

  private int list(String key, String... how) {
    String[] all = {"token", "list", "--api", api, "--api-key-file", key, how[0], how[1]};
    return run(all);
  }

  @Test
  void tokensAreMadeShownAndWithdrawnByWhoKnowsIngest() throws Exception {
    start();
    Administrator administrator =
        new Administrator(folder.resolve("secrets"), folder.resolve("data"), api);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                Files.exists(root)
                    && new Http().with("", administrator.tls()).isOk(api + "/q/health/ready"));
    administrator.open(ingest);
    String key = administrator.keyFile().toString();
    assertThat(run("token", "list", "--api", api, "--authority", root.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("answers 401: this needs the role admin");
    String[] create = {
      "token",
      "create",
      "--api",
      api,
      "--api-key-file",
      key,
      "--authority",
      root.toString(),
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
    assertThat(run(create)).as(err.toString()).isZero();
    EnrolmentToken token = EnrolmentToken.parse(out.toString());
    byte[] fingerprint = EstClient.fingerprint(Pem.certificates(Files.readString(root)).get(0));
    assertThat(token.authority()).isEqualTo(fingerprint);
    assertThat(token.urls()).containsExactly(URI.create("https://gw:8444"));
    String[] gateway = {
      "token",
      "create",
      "--api",
      api,
      "--api-key-file",
      key,
      "--authority",
      root.toString(),
      "--role",
      "gateway",
      "--host",
      "gw.example",
      "--host",
      "10.0.0.4",
      "--json"
    };
    assertThat(run(gateway)).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("\"role\":\"gateway\"", "\"hosts\":[\"10.0.0.4\",\"gw.example\"]");

    String hex = HexFormat.ofDelimiter(":").formatHex(fingerprint);
    assertThat(list(key, "--trust", "sha256:" + hex)).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("0 of 5", "good", "name boiler, site plant, labels [\"cold\",\"wet\"]")
        .doesNotContain("tmt_");
    assertThat(list(key, "--trust", "sha256:" + "00".repeat(32))).isEqualTo(2);
    assertThat(err.toString()).contains("is not whom the enrolment token is for");
    assertThat(list(key, "--trust", "sha256:1")).isEqualTo(2);
    assertThat(err.toString()).contains("--trust must be sha256: and 64 hexadecimal digits");
    assertThat(run("token", "list", "--api", api)).isEqualTo(2);
    assertThat(err.toString()).contains("with either --authority FILE or --trust");

    String[] withdraw = {
      "token", "withdraw", "--api", api, "--api-key-file", key, "--authority", root.toString(), "1"
    };
    assertThat(run(withdraw)).as(err.toString()).isZero();
    assertThat(list(key, "--authority", root.toString())).isZero();
    assertThat(out.toString()).contains("withdrawn");
    withdraw[8] = "77";
    assertThat(run(withdraw)).isEqualTo(2);
    assertThat(err.toString()).contains("answers 404: there is no enrolment token 77");

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
