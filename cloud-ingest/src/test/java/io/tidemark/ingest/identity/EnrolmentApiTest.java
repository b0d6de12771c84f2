package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tidemark.identity.Credential;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.EstException;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Trust;
import io.tidemark.ingest.registry.Registry;
import io.tidemark.ingest.sql.Sql;
import jakarta.inject.Inject;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * First certificates, and the tokens they are got with, at a secured ingest that real clients ask.
 */
@QuarkusTest
@TestProfile(SecuredIngest.Secured.class)
@Timeout(120)
final class EnrolmentApiTest extends AtSecuredIngest {
  @Inject Registry registry;
  @Inject Sql sql;

  @Test
  void aDeviceMeetsEnrolsAndRenews() throws Exception {
    JsonNode made =
        ingest.made(
            "{\"role\":\"device\",\"site\":\"plant\",\"labels\":[\"wet\"],\"validFor\":\"PT1H\"}");
    EnrolmentToken token = EnrolmentToken.parse(made.path("token").asText());
    assertThat(token.urls()).containsExactly(URI.create("https://" + root.getRawAuthority()));
    assertThat(EstClient.meet(token.urls().get(0), SecuredIngest.TIMEOUT, token.authority()))
        .isEqualTo(ingest.trust().authorities());
    Identity identity = Requests.device("boiler-1");
    Credential first = ingest.est(null).enrol(token.secretText(), identity, List.of());
    assertThat(ingest.trust().verify(first.chain(), Trust.FOR_CLIENTS, SecuredIngest.NOW.instant()))
        .isEqualTo(identity);
    assertThat(Duration.between(first.notBefore(), first.notAfter()))
        .isEqualTo(Duration.ofDays(20).plus(CertificateAuthority.SLACK));
    assertThat(registry.get("boiler-1").content().site()).isEqualTo("plant");
    assertThat(registry.get("boiler-1").content().labels()).containsExactly("wet");
    Credential second = ingest.est(first).renew(identity, List.of());
    assertThat(second.certificate().getPublicKey())
        .isNotEqualTo(first.certificate().getPublicKey());
    assertThat(
            ingest.trust().verify(second.chain(), Trust.FOR_CLIENTS, SecuredIngest.NOW.instant()))
        .isEqualTo(identity);
    assertThat(ingest.est(second).authorities(ingest.trust().authorities()))
        .isEqualTo(ingest.trust().authorities());
    assertThat(issuedBy(second)).isEqualTo("renews " + Issued.serial(first.certificate()));
    assertThat(issuedBy(first)).isEqualTo("token " + made.path("id").asLong());
  }

  private String issuedBy(Credential credential) throws Exception {
    return sql.read(
        connection -> {
          try (var query =
              connection.prepareStatement(
                  "SELECT token, renews FROM certificate WHERE serial = ?")) {
            query.setString(1, Issued.serial(credential.certificate()));
            try (ResultSet row = query.executeQuery()) {
              row.next();
              String renews = row.getString(2);
              return renews == null ? "token " + row.getLong(1) : "renews " + renews;
            }
          }
        });
  }

  @Test
  void commandLineToolsDoToo(@TempDir Path temporary) throws Exception {
    String tool = "tool-" + "x".repeat(50); // longer than its signer's, and yet to come first
    String request =
        openssl(
            temporary,
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -subj /CN=x -addext subjectAltName=URI:urn:tidemark:device:"
                + tool);
    byte[] base64 =
        request.replaceAll("-----.*-----", "").strip().getBytes(StandardCharsets.US_ASCII);
    String proof =
        Base64.getEncoder()
            .encodeToString(
                ("token:" + ingest.secret("{\"role\":\"device\"}"))
                    .getBytes(StandardCharsets.US_ASCII));
    HttpResponse<String> answer =
        ingest.post(
            null,
            EstClient.PATH + "/simpleenroll",
            "application/pkcs10",
            base64,
            "Authorization",
            "Basic " + proof);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type"))
        .contains("application/pkcs7-mime; smime-type=certs-only");
    Files.writeString(
        temporary.resolve("answer.pem"),
        "-----BEGIN PKCS7-----\n" + answer.body() + "-----END PKCS7-----\n");
    assertThat(openssl(temporary, "asn1parse -in answer.pem"))
        .contains("pkcs7-signedData")
        .doesNotContain("l=inf");
    Files.writeString(
        temporary.resolve("chain.pem"), openssl(temporary, "pkcs7 -in answer.pem -print_certs"));
    assertThat(
            openssl(
                temporary,
                "verify -purpose sslclient -x509_strict -CAfile %s -untrusted chain.pem chain.pem"
                    .formatted(folder.resolve("root.pem").toAbsolutePath())))
        .contains("chain.pem: OK");
    // The answer, and not the handshake's end, says that the certificate was believed.
    String session =
        openssl(
            temporary,
            "GET %s/cacerts HTTP/1.1\r\nHost: ingest.example\r\nConnection: close\r\n\r\n"
                .formatted(EstClient.PATH),
            "s_client -connect localhost:%d -CAfile %s -verify_return_error -verify_hostname ingest.example -cert chain.pem -cert_chain chain.pem -key key.pem -brief -ign_eof"
                .formatted(root.getPort(), folder.resolve("root.pem").toAbsolutePath()));
    assertThat(session).contains("Verification: OK", "TLSv1.3", "CN = ingest", "HTTP/1.1 200 OK");
  }

  private static String openssl(Path folder, String arguments) throws Exception {
    return openssl(folder, "", arguments);
  }

  private static String openssl(Path folder, String input, String arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder();
    builder.command().add("openssl");
    builder.command().addAll(List.of(arguments.split(" ")));
    Process process = builder.directory(folder.toFile()).redirectErrorStream(true).start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.US_ASCII));
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  private void refused(int status, String words, String secret, Identity identity, String... hosts)
      throws Exception {
    assertThatThrownBy(() -> ingest.est(null).enrol(secret, identity, List.of(hosts)))
        .hasMessageContaining(words)
        .isInstanceOfSatisfying(EstException.class, e -> assertThat(e.status()).isEqualTo(status));
  }

  @Test
  void aTokenAllowsWhatItSaysAndNoMore() throws Exception {
    refused(403, "there is no such enrolment token", "nothing", Requests.device("a"));
    refused(
        403,
        "the enrolment token was good until",
        ingest.secret("{\"role\":\"device\",\"validFor\":\"PT0.001S\"}"),
        Requests.device("a"));
    String once = ingest.secret("{\"role\":\"device\"}");
    assertThat(ingest.est(null).enrol(once, Requests.device("once"), List.of())).isNotNull();
    double before = ingest.notGiven("used_token");
    refused(403, "could be used 1 times, and was", once, Requests.device("twice"));
    refused(403, "could be used 1 times, and was", once, Requests.device("once"));
    assertThat(ingest.notGiven("used_token") - before).isEqualTo(2);
    String many = ingest.secret("{\"role\":\"device\",\"uses\":5}");
    refused(409, "device once has a certificate already", many, Requests.device("once"));
    refused(403, "is for a device, not for gateway g9", many, Requests.gateway("g9"));
    String named = ingest.secret("{\"role\":\"device\",\"name\":\"once\"}");
    refused(403, "is for device once, not for device other", named, Requests.device("other"));
    assertThat(ingest.est(null).enrol(named, Requests.device("once"), List.of())).isNotNull();
  }

  @Test
  void aWithdrawnTokenAllowsNothing() throws Exception {
    JsonNode made = ingest.made("{\"role\":\"device\",\"uses\":3,\"name\":\"w\"}");
    String secret = EnrolmentToken.parse(made.path("token").asText()).secretText();
    String path = SecuredIngest.TOKENS + "/" + made.path("id").asLong();
    assertThat(
            ingest
                .http(null)
                .send(ingest.delete(path), HttpResponse.BodyHandlers.ofString())
                .statusCode())
        .isEqualTo(204);
    refused(403, "the enrolment token was withdrawn", secret, Requests.device("w"));
    assertThat(
            ingest
                .http(null)
                .send(
                    ingest.delete(SecuredIngest.TOKENS + "/999999"),
                    HttpResponse.BodyHandlers.ofString())
                .statusCode())
        .isEqualTo(404);
    JsonNode page = new ObjectMapper().readTree(ingest.get(SecuredIngest.TOKENS + "?limit=1"));
    assertThat(page.path("items")).hasSize(1);
    assertThat(page.path("items").get(0).has("token")).isFalse();
    assertThat(ingest.get(SecuredIngest.TOKENS))
        .contains("\"state\":\"withdrawn\"")
        .doesNotContain("tmt_", secret);
  }

  @Test
  void aTokenThatCannotBeIsNotMade() throws Exception {
    Map<String, String> wrong = new HashMap<>();
    wrong.put("{}", "role");
    wrong.put("{\"role\":\"ingest\"}", "role");
    wrong.put("{\"role\":\"device\",\"uses\":0}", "uses");
    wrong.put("{\"role\":\"device\",\"uses\":100001}", "uses");
    wrong.put("{\"role\":\"device\",\"validFor\":\"1d\"}", "validFor");
    wrong.put("{\"role\":\"device\",\"validFor\":\"P366D\"}", "validFor");
    wrong.put("{\"role\":\"device\",\"name\":\"a b\"}", "name");
    wrong.put("{\"role\":\"device\",\"hosts\":[\"h\"]}", "hosts");
    wrong.put("{\"role\":\"gateway\",\"hosts\":[\"a b\"]}", "hosts");
    wrong.put("{\"role\":\"gateway\",\"site\":\"s\"}", "site");
    wrong.put("{\"role\":\"device\",\"labels\":[\"a,b\"]}", "labels");
    wrong.put("{\"role\":\"device\",\"urls\":[\"http://h:1\"]}", "urls");
    wrong.put("{\"role\":\"device\",\"urls\":[\"https://h:1/x\"]}", "urls");
    for (Map.Entry<String, String> one : wrong.entrySet()) {
      HttpResponse<String> answer =
          ingest.post(
              null,
              SecuredIngest.TOKENS,
              "application/json",
              one.getKey().getBytes(StandardCharsets.UTF_8),
              "Authorization",
              ingest.administrator());
      assertThat(answer.statusCode()).as(one.getKey()).isEqualTo(400);
      assertThat(answer.body()).contains("\"parameter\":\"" + one.getValue() + "\"");
    }
    EnrolmentToken token =
        EnrolmentToken.parse(
            ingest
                .made("{\"role\":\"device\",\"urls\":[\"https://gw1:8444\",\"https://gw2:8445\"]}")
                .path("token")
                .asText());
    assertThat(token.urls())
        .containsExactly(URI.create("https://gw1:8444"), URI.create("https://gw2:8445"));
  }

  @Test
  void aGatewayHasTheHostsItsTokenAllows() throws Exception {
    String secret =
        ingest.secret("{\"role\":\"gateway\",\"uses\":2,\"hosts\":[\"gw.example\",\"10.0.0.1\"]}");
    Identity identity = Requests.gateway("gh");
    refused(403, "does not allow the host other.example", secret, identity, "other.example");
    Credential first = ingest.est(null).enrol(secret, identity, List.of("GW.example", "10.0.0.1"));
    assertThat(first.certificate().getSubjectAlternativeNames())
        .contains(List.of(2, "gw.example"), List.of(7, "10.0.0.1"));
    assertThat(Duration.between(first.notBefore(), first.notAfter()))
        .isEqualTo(Duration.ofDays(10).plus(CertificateAuthority.SLACK));
    assertThat(ingest.est(first).renew(identity, List.of("gw.example"))).isNotNull();
    assertThatThrownBy(
            () -> ingest.est(first).renew(identity, List.of("gw.example", "more.example")))
        .hasMessageContaining("its certificate does not allow the host more.example");
    refused(
        403,
        "does not allow the host d.example, but none",
        ingest.secret("{\"role\":\"device\"}"),
        Requests.device("with-host"),
        "d.example");
  }

  @Test
  void whatIsNoRequestIsRefusedInWords() throws Exception {
    double before = ingest.notGiven("broken_request");
    String proof =
        Base64.getEncoder().encodeToString("token:x".getBytes(StandardCharsets.US_ASCII));
    String path = EstClient.PATH + "/simpleenroll";
    HttpResponse<String> answer =
        ingest.post(
            null,
            path,
            "application/pkcs10",
            "hello".getBytes(StandardCharsets.UTF_8),
            "Authorization",
            "Basic " + proof);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(answer.body()).contains("this is no request for a certificate");
    assertThat(ingest.notGiven("broken_request") - before).isEqualTo(1);
    answer =
        ingest.post(
            null, path, "application/pkcs10", new byte[20_000], "Authorization", "Basic " + proof);
    assertThat(answer.statusCode()).isEqualTo(413);
    answer = ingest.post(null, path, "application/pkcs10", Requests.of(Requests.device("n")));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate"))
        .contains("Basic realm=\"enrolment token\"");
    assertThat(answer.body()).contains("a first certificate needs an enrolment token");
  }
}
