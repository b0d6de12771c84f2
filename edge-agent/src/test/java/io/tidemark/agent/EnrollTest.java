package io.tidemark.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.EstServer;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code tidemark-agent enroll}, and what a run makes of what it left. */
class EnrollTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");

  @TempDir private Path dir;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private EstServer server;

  @BeforeEach
  void start() throws Exception {
    server = new EstServer(OURS, new Identity(Role.DEVICE, "pi-1"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine line = Agent.commandLine(new Agent(""));
    return line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true)).execute(arguments);
  }

  private String config(String device, String gateway) throws Exception {
    return Files.writeString(
            dir.resolve("agent.yaml"),
            """
            device: %s
            gateways: [%s]
            identity: {dir: %s}
            journal: {dir: %s}
            sensors: [{id: roof, driver: bme280, bus: simulated}]
            """
                .formatted(device, gateway, dir.resolve("identity"), dir.resolve("journal")))
        .toString();
  }

  private String token(TestAuthority authority, URI... urls) throws GeneralSecurityException {
    return new EnrolmentToken(
            new byte[EnrolmentToken.SECRET_BYTES],
            EstClient.fingerprint(authority.root()),
            List.of(urls))
        .text();
  }

  @Test
  void whatIsGotIsKeptAndGotAgainOnlyIfThatIsWanted() throws Exception {
    String config = config("pi-1", "ssl://127.0.0.1:1");
    URI nobody = URI.create("https://127.0.0.1:1");
    Path file = Files.writeString(dir.resolve("token"), token(OURS, nobody, server.url()) + "\n");
    String[] enrol = {"enroll", "--config", config, "--token-file", file.toString()};
    assertThat(run(enrol)).as(err.toString()).isZero();
    assertThat(out.toString())
        .startsWith("Enrolled as device pi-1. The certificate is valid until ")
        .doesNotContain("No gateway");
    CredentialFolder folder = new CredentialFolder(dir.resolve("identity"));
    Credential first = folder.credential().orElseThrow();
    assertThat(first.identity()).isEqualTo(new Identity(Role.DEVICE, "pi-1"));
    assertThat(folder.authorities()).containsExactly(OURS.root());
    assertThat(folder.servers()).containsExactly(nobody, server.url());

    assertThat(run(enrol)).isEqualTo(2);
    assertThat(err.toString()).contains("has a credential already", "--again");
    assertThat(folder.credential()).contains(first);
    assertThat(
            run(
                "enroll",
                "--config",
                config,
                "--again",
                "--json",
                "--token",
                token(OURS, server.url())))
        .isZero();
    assertThat(out.toString()).contains("\"device\":\"pi-1\"", "\"certificateEnds\":\"2");
    assertThat(folder.credential()).isPresent().get().isNotEqualTo(first);
  }

  @Test
  void whatGoesWrongIsSaid() throws Exception {
    String config = config("pi-1", "tcp://127.0.0.1:1883");
    String word = token(OURS, server.url());
    server.answer("/simpleenroll", 403, "the enrolment token was withdrawn");
    assertThat(run("enroll", "--config", config, "--token", word)).isEqualTo(2);
    assertThat(err.toString()).contains("answers 403: the enrolment token was withdrawn");
    assertThat(run("enroll", "--config", config, "--token", token(OTHERS, server.url())))
        .isEqualTo(2);
    assertThat(err.toString()).contains("is not whom the enrolment token is for");
    assertThat(server.asked).noneMatch(asked -> asked.contains("others"));
    assertThat(run("enroll", "--config", config, "--token", "tmt_")).isEqualTo(2);
    assertThat(err.toString()).contains("the enrolment token is cut");
    assertThat(run("enroll", "--config", config)).isEqualTo(64);
    assertThat(run("enroll", "--config", config, "--token-file", dir + "/none")).isEqualTo(2);
    assertThat(err.toString()).contains("the token cannot be read from " + dir + "/none");
    assertThat(dir.resolve("identity")).doesNotExist();
    assertThat(run("enroll", "--config", config, "--token", word)).isZero();
    assertThat(out.toString()).contains("write ssl://HOST in place of tcp://HOST:PORT");
  }

  @Test
  void withoutACredentialOfItsOwnNothingRuns() throws Exception {
    String config = config("pi-1", "ssl://127.0.0.1:1");
    assertThat(run("run", "--config", config)).isEqualTo(2);
    assertThat(err.toString())
        .contains("has no credential", "get an enrolment token for device pi-1");
    assertThat(run("enroll", "--config", config, "--token", token(OURS, server.url()))).isZero();
    String renamed = config("pi-2", "coaps://127.0.0.1:1");
    assertThat(run("run", "--config", renamed)).isEqualTo(2);
    assertThat(err.toString())
        .contains("is that of device pi-1, and the configuration says device pi-2");
    Files.delete(dir.resolve("identity/authorities.pem"));
    assertThat(run("run", "--config", config("pi-1", "ssl://127.0.0.1:1"))).isEqualTo(2);
    assertThat(err.toString()).contains("has no authorities.pem");
  }

  @Test
  void withoutAPasswordThatNobodyElseReadsNothingRunsEither() throws Exception {
    Path password = dir.resolve("password");
    Path file = Path.of(config("pi-1", "ssl://127.0.0.1:1"));
    Files.writeString(
        file,
        Files.readString(file).replace("dir: " + dir + "/identity", "password-file: " + password));
    String[] run = {"run", "--config", file.toString()};
    assertThat(run(run)).isEqualTo(2);
    assertThat(err.toString()).contains("there is no file " + password);
    Files.writeString(password, "\n");
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(run(run)).isEqualTo(2);
    assertThat(err.toString()).contains("chmod 600");
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    assertThat(run(run)).isEqualTo(2);
    assertThat(err.toString()).contains("has 0 characters, but a password has 1 to 256");
    Files.writeString(password, "tmp_secret\n");
    assertThat(run(run)).isEqualTo(2);
    assertThat(err.toString()).contains("has no authorities.pem", "copy root.pem");
  }
}
