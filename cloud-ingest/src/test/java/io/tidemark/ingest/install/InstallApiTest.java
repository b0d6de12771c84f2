package io.tidemark.ingest.install;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.tidemark.ingest.api.Secured;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What devices get the agent from, without a login. */
@QuarkusTest
@TestProfile(Secured.class)
@Timeout(120)
final class InstallApiTest {
  private static final String NAME = "tidemark-agent_0.9.0~snapshot_all.deb";
  private static final byte[] BYTES = "not really a package".getBytes(StandardCharsets.UTF_8);

  @ConfigProperty(name = "tidemark.install.dir")
  Path folder;

  @ConfigProperty(name = "tidemark.identity.dir")
  Path authority;

  @BeforeEach
  void empty() throws IOException {
    Files.createDirectories(folder);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  private void put(String name, byte[] bytes, Instant when) throws IOException {
    Files.write(folder.resolve(name), bytes);
    Files.setLastModifiedTime(folder.resolve(name), FileTime.from(when));
  }

  private static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(AgentPackages.digest().digest(bytes));
  }

  @Test
  void theScriptKnowsThePackageAndTheAuthority() throws Exception {
    put(NAME, BYTES, Instant.now());
    Response answer = given().get("/install");
    String script = answer.then().statusCode(200).extract().asString();
    assertThat(answer.contentType()).isEqualToIgnoringCase("text/x-shellscript; charset=utf-8");
    assertThat(answer.header("ETag"))
        .isEqualTo("\"" + sha256(script.getBytes(StandardCharsets.UTF_8)) + "\"");
    assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
    assertThat(answer.headers().getValues("Date")).hasSize(1);
    assertThat(
            ZonedDateTime.parse(answer.header("Date"), DateTimeFormatter.RFC_1123_DATE_TIME)
                .toInstant())
        .isBetween(Instant.now().minusSeconds(30), Instant.now().plusSeconds(30));
    assertThat(script)
        .startsWith("#!/bin/sh\n")
        .endsWith("\nmain \"$@\"\n")
        .contains("package='" + NAME + "'")
        .contains("bytes='" + BYTES.length + "'")
        .contains("sha256='" + sha256(BYTES) + "'")
        .contains(Files.readString(authority.resolve("root.pem")).strip())
        .doesNotContainPattern("@[A-Z0-9]+@");
  }

  @Test
  void thePackageIsServedAsItIs() throws Exception {
    put(NAME, BYTES, Instant.now());
    Response answer = given().get("/install/" + NAME);
    assertThat(answer.then().statusCode(200).extract().asByteArray()).isEqualTo(BYTES);
    assertThat(answer.contentType()).isEqualTo("application/vnd.debian.binary-package");
    assertThat(answer.header("ETag")).isEqualTo("\"" + sha256(BYTES) + "\"");
    assertThat(answer.header("Content-Length")).isEqualTo(Integer.toString(BYTES.length));
  }

  @Test
  void headSaysTheSameWithoutTheBody() throws Exception {
    put(NAME, BYTES, Instant.now());
    for (String path : new String[] {"/install", "/install/" + NAME}) {
      Response whole = given().get(path);
      Response head = given().head(path);
      head.then().statusCode(200).body(equalTo(""));
      for (String header : new String[] {"Content-Length", "Content-Type", "ETag"}) {
        assertThat(head.header(header))
            .as(header + " of " + path)
            .isNotNull()
            .isEqualTo(whole.header(header));
      }
    }
  }

  @Test
  void whatOneHasAlreadyIsNotSentAgain() throws Exception {
    put(NAME, BYTES, Instant.now());
    for (String path : new String[] {"/install", "/install/" + NAME}) {
      String tag = given().get(path).header("ETag");
      Response again = given().header("If-None-Match", tag).get(path);
      again.then().statusCode(304).body(equalTo(""));
      assertThat(again.header("ETag")).isEqualTo(tag);
      given().header("If-None-Match", "\"other\"").get(path).then().statusCode(200);
    }
  }

  @Test
  void theNewestOfSeveralIsInstalledAndTheOthersStayThere() throws Exception {
    put(NAME, BYTES, Instant.now().minus(Duration.ofDays(1)));
    put("tidemark-agent_0.8.0_all.deb", new byte[] {1}, Instant.now());
    put("tidemark-agent_1.0.0_all.deb.part", new byte[] {2}, Instant.now().plusSeconds(60));
    given().get("/install").then().body(containsString("'tidemark-agent_0.8.0_all.deb'"));
    given().get("/install/" + NAME).then().statusCode(200);
  }

  @Test
  void anotherPackageInItsPlaceIsAnotherScript() throws Exception {
    Instant now = Instant.now();
    put(NAME, BYTES, now);
    String before = given().get("/install").header("ETag");
    byte[] other = BYTES.clone();
    other[0]++;
    put(NAME, other, now.plusSeconds(1));
    Response after = given().get("/install");
    assertThat(after.header("ETag")).isNotEqualTo(before);
    after.then().body(containsString(sha256(other)));
  }

  @Test
  void withoutAPackageItSaysWhatToDo() throws Exception {
    given()
        .get("/install")
        .then()
        .statusCode(404)
        .body("detail", containsString("the folder tidemark.install.dir has no "))
        .body("detail", containsString("deploy/target/tidemark-agent_VERSION_all.deb"));
    Files.delete(folder);
    given().get("/install").then().statusCode(404);
    given().get("/install/" + NAME).then().statusCode(404);
    assertThat(new AgentPackages(null).missing()).contains("set tidemark.install.dir to a folder");
    assertThat(new AgentPackages(null).newest()).isEmpty();
  }

  @Test
  void nothingElseOfTheFolderIsServed() throws Exception {
    put(NAME, BYTES, Instant.now());
    put("secret", new byte[] {1}, Instant.now());
    Files.createDirectory(folder.resolve("tidemark-agent_1_all.deb"));
    for (String other :
        new String[] {
          "secret",
          "..%2Fidentity%2Froot.key",
          "tidemark-agent_1_all.deb",
          "tidemark-agent_2_all.deb"
        }) {
      given()
          .urlEncodingEnabled(false)
          .get("/install/" + other)
          .then()
          .statusCode(404)
          .body(containsString("there is no such package"));
    }
    Files.delete(folder.resolve("tidemark-agent_1_all.deb"));
  }
}
