package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.DeviceClock;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.EstException;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Pem;
import io.tidemark.identity.Renewal;
import io.tidemark.identity.SecretFile;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Trust;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.Role;
import io.tidemark.ingest.api.TemporaryData;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.AuditQuery;
import io.tidemark.ingest.registry.Registry;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.Routes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A secured ingest, asked by real clients. */
@QuarkusTest
@TestProfile(EnrolmentApiTest.Secured.class)
@Timeout(120)
final class EnrolmentApiTest {
  private static final Clock NOW = Clock.systemUTC();
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final String TOKENS = "/api/v1/enrolment-tokens";

  /** Security on, in a folder whose authority was made long ago. */
  public static final class Secured implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> values = new HashMap<>(new TemporaryData().start());
      Path folder = Path.of(values.get("tidemark.data.dir"), "elsewhere");
      Clock past = Clock.fixed(Instant.now().minus(Duration.ofDays(450)), ZoneOffset.UTC);
      try (ServerSocket free = new ServerSocket(0)) {
        new CertificateAuthority(folder, past).open();
        values.put("quarkus.http.test-port", Integer.toString(free.getLocalPort()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      values.put("tidemark.security", "on");
      values.put("tidemark.identity.dir", folder.toString());
      values.put("tidemark.identity.hosts", "localhost,127.0.0.1,ingest.example");
      values.put("tidemark.identity.device-validity", "20d");
      values.put("tidemark.identity.gateway-validity", "10d");
      values.put("tidemark.identity.grace", "60d");
      return values;
    }
  }

  @TestHTTPResource(value = "/", tls = true)
  URI root;

  @ConfigProperty(name = "tidemark.identity.dir")
  Path folder;

  @ConfigProperty(name = "quarkus.http.test-port")
  int plainPort;

  @Inject MeterRegistry meters;
  @Inject Registry registry;
  @Inject ServerIdentity server;
  @Inject CertificateAuthority authority;
  @Inject Sql sql;
  @Inject Access access;

  private Trust trust;

  @BeforeEach
  void trust() throws Exception {
    trust = new Trust(Pem.certificates(Files.readString(folder.resolve("root.pem"))));
  }

  private ServerTrust servers() {
    return new ServerTrust(trust, certificate -> NOW.instant());
  }

  private EstClient est(@Nullable Credential own) throws Exception {
    return EstClient.of(root, TIMEOUT, servers(), own == null ? null : new OwnCredential(own));
  }

  private HttpClient http(@Nullable Credential own) throws Exception {
    return HttpClient.newBuilder()
        .sslContext(
            io.tidemark.identity.Tls.client(servers(), own == null ? null : new OwnCredential(own)))
        .version(HttpClient.Version.HTTP_1_1)
        .build();
  }

  private HttpResponse<String> post(
      @Nullable Credential own, String path, String type, byte[] body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(root.resolve(path))
            .timeout(TIMEOUT)
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http(own).send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> heartbeat(@Nullable Credential own) throws Exception {
    return post(
        own,
        Routes.FORWARD_PATH,
        Routes.FORWARD_CONTENT_TYPE,
        ForwardCodec.encodeRequest(new ForwardRequest("g1", 1, 0, 0, List.of())));
  }

  private HttpResponse<String> renew(@Nullable Credential own, Identity identity, String... headers)
      throws Exception {
    return post(
        own,
        EstClient.PATH + "/simplereenroll",
        "application/pkcs10",
        Requests.of(identity),
        headers);
  }

  /** What an administrator's program sends. */
  private String administrator() throws Exception {
    long end = NOW.instant().plusSeconds(600).toEpochMilli() * 1_000_000;
    return "Bearer " + access.keys().make(Actor.INGEST, "test", Role.ADMIN, end).secret();
  }

  private JsonNode made(String json) throws Exception {
    HttpResponse<String> answer =
        post(
            null,
            TOKENS,
            "application/json",
            json.getBytes(StandardCharsets.UTF_8),
            "Authorization",
            administrator());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return new ObjectMapper().readTree(answer.body());
  }

  private String secret(String json) throws Exception {
    return EnrolmentToken.parse(made(json).path("token").asText()).secretText();
  }

  private Credential credential(Identity identity) throws Exception {
    KeyPair keys = Certificates.keys();
    return new Credential(
        keys.getPrivate(),
        authority.issue(identity, keys.getPublic(), List.of(), Duration.ofDays(1)));
  }

  private Credential issued(Duration before, Identity identity) throws Exception {
    return Requests.issued(folder, NOW, before, identity);
  }

  private void refused(int status, String words, String secret, Identity identity, String... hosts)
      throws Exception {
    assertThatThrownBy(() -> est(null).enrol(secret, identity, List.of(hosts)))
        .hasMessageContaining(words)
        .isInstanceOfSatisfying(EstException.class, e -> assertThat(e.status()).isEqualTo(status));
  }

  private double untrusted(String reason) {
    return meters.get("tidemark.ingest.untrusted").tag("reason", reason).counter().count();
  }

  private double notGiven(String reason) {
    return meters
        .get("tidemark.ingest.certificates.refused")
        .tag("reason", reason)
        .counter()
        .count();
  }

  @Test
  void aDeviceMeetsEnrolsAndRenews() throws Exception {
    JsonNode made =
        made("{\"role\":\"device\",\"site\":\"plant\",\"labels\":[\"wet\"],\"validFor\":\"PT1H\"}");
    EnrolmentToken token = EnrolmentToken.parse(made.path("token").asText());
    assertThat(token.urls()).containsExactly(URI.create("https://" + root.getRawAuthority()));
    assertThat(EstClient.meet(token.urls().get(0), TIMEOUT, token.authority()))
        .isEqualTo(trust.authorities());
    Identity identity = Requests.device("boiler-1");
    Credential first = est(null).enrol(token.secretText(), identity, List.of());
    assertThat(trust.verify(first.chain(), Trust.FOR_CLIENTS, NOW.instant())).isEqualTo(identity);
    assertThat(Duration.between(first.notBefore(), first.notAfter()))
        .isEqualTo(Duration.ofDays(20).plus(CertificateAuthority.SLACK));
    assertThat(registry.get("boiler-1").content().site()).isEqualTo("plant");
    assertThat(registry.get("boiler-1").content().labels()).containsExactly("wet");
    Credential second = est(first).renew(identity, List.of());
    assertThat(second.certificate().getPublicKey())
        .isNotEqualTo(first.certificate().getPublicKey());
    assertThat(trust.verify(second.chain(), Trust.FOR_CLIENTS, NOW.instant())).isEqualTo(identity);
    assertThat(est(second).authorities(trust.authorities())).isEqualTo(trust.authorities());
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
  void aDeviceIsGivenAPasswordAndAKeyWhichAreShownOnce() throws Exception {
    HttpResponse<String> made = secretOf("thermo:1", "POST", "", "{\"kind\":\"password\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    assertThat(made.headers().firstValue("Cache-Control")).contains("no-store");
    String password = new ObjectMapper().readTree(made.body()).path("secret").asText();
    assertThat(password).startsWith("tmp_");
    assertThat(made.body()).doesNotContain("hex");
    JsonNode key =
        new ObjectMapper().readTree(secretOf("thermo:1", "POST", "", "{\"kind\":\"psk\"}").body());
    assertThat(key.path("secret").asText()).hasSize(32);
    assertThat(HexFormat.of().parseHex(key.path("hex").asText()))
        .isEqualTo(key.path("secret").asText().getBytes(StandardCharsets.US_ASCII));

    HttpResponse<String> listed = secretOf("thermo:1", "GET", "", "");
    assertThat(listed.body()).doesNotContain(password, key.path("secret").asText(), "argon2");
    JsonNode items = new ObjectMapper().readTree(listed.body()).path("items");
    assertThat(items).hasSize(2);
    assertThat(items.get(0).path("kind").asText()).isEqualTo("password");
    assertThat(items.get(0).path("madeBy").asText()).isEqualTo("key test");
    assertThat(Instant.parse(items.get(0).path("madeAt").asText()))
        .isBetween(NOW.instant().minusSeconds(60), NOW.instant());

    assertThat(secretOf("thermo:1", "DELETE", "/password", "").statusCode()).isEqualTo(204);
    HttpResponse<String> again = secretOf("thermo:1", "DELETE", "/password", "");
    assertThat(again.statusCode()).isEqualTo(404);
    assertThat(again.body()).contains("device thermo:1 has no password");
    assertThat(secretOf("thermo:1", "GET", "", "").body())
        .contains("psk")
        .doesNotContain("\"password");
    assertThat(secretOf("thermo:1", "POST", "", "{\"kind\":\"pin\"}").body())
        .contains("kind must be password or psk, but is \\\"pin\\\"");
    assertThat(secretOf("a%20b", "POST", "", "{\"kind\":\"psk\"}").statusCode()).isEqualTo(400);
    assertThat(
            access.audit(new AuditQuery(null, null, 0, Long.MAX_VALUE, Long.MAX_VALUE, 10)).stream()
                .filter(entry -> entry.subject().equals("thermo:1")))
        .extracting(entry -> entry.what().code())
        .containsExactly("secret.withdraw", "secret.make", "secret.make");
  }

  private HttpResponse<String> secretOf(String device, String method, String kind, String json)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(root.resolve("/api/v1/devices/" + device + "/secret" + kind))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .header("Authorization", administrator())
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .build();
    return http(null).send(request, HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void commandLineToolsDoToo(@TempDir Path temporary) throws Exception {
    String request =
        openssl(
            temporary,
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -subj /CN=x -addext subjectAltName=URI:urn:tidemark:device:tool");
    byte[] base64 =
        request.replaceAll("-----.*-----", "").strip().getBytes(StandardCharsets.US_ASCII);
    String proof =
        Base64.getEncoder()
            .encodeToString(
                ("token:" + secret("{\"role\":\"device\"}")).getBytes(StandardCharsets.US_ASCII));
    HttpResponse<String> answer =
        post(
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
    Files.writeString(
        temporary.resolve("chain.pem"), openssl(temporary, "pkcs7 -in answer.pem -print_certs"));
    assertThat(
            openssl(
                temporary,
                "verify -purpose sslclient -x509_strict -CAfile %s -untrusted chain.pem chain.pem"
                    .formatted(folder.resolve("root.pem").toAbsolutePath())))
        .contains("chain.pem: OK");
    String session =
        openssl(
            temporary,
            "s_client -connect localhost:%d -CAfile %s -verify_return_error -verify_hostname ingest.example -cert chain.pem -cert_chain chain.pem -key key.pem -brief"
                .formatted(root.getPort(), folder.resolve("root.pem").toAbsolutePath()));
    assertThat(session).contains("Verification: OK", "TLSv1.3", "CN = ingest");
  }

  private static String openssl(Path folder, String arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder();
    builder.command().add("openssl");
    builder.command().addAll(List.of(arguments.split(" ")));
    Process process = builder.directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  @Test
  void aTokenAllowsWhatItSaysAndNoMore() throws Exception {
    refused(403, "there is no such enrolment token", "nothing", Requests.device("a"));
    refused(
        403,
        "the enrolment token was good until",
        secret("{\"role\":\"device\",\"validFor\":\"PT0.001S\"}"),
        Requests.device("a"));
    String once = secret("{\"role\":\"device\"}");
    assertThat(est(null).enrol(once, Requests.device("once"), List.of())).isNotNull();
    double before = notGiven("used_token");
    refused(403, "could be used 1 times, and was", once, Requests.device("twice"));
    refused(403, "could be used 1 times, and was", once, Requests.device("once"));
    assertThat(notGiven("used_token") - before).isEqualTo(2);
    String many = secret("{\"role\":\"device\",\"uses\":5}");
    refused(409, "device once has a certificate already", many, Requests.device("once"));
    refused(403, "is for a device, not for gateway g9", many, Requests.gateway("g9"));
    String named = secret("{\"role\":\"device\",\"name\":\"once\"}");
    refused(403, "is for device once, not for device other", named, Requests.device("other"));
    assertThat(est(null).enrol(named, Requests.device("once"), List.of())).isNotNull();
  }

  @Test
  void aWithdrawnTokenAllowsNothing() throws Exception {
    JsonNode made = made("{\"role\":\"device\",\"uses\":3,\"name\":\"w\"}");
    String secret = EnrolmentToken.parse(made.path("token").asText()).secretText();
    String path = TOKENS + "/" + made.path("id").asLong();
    assertThat(http(null).send(delete(path), HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(204);
    refused(403, "the enrolment token was withdrawn", secret, Requests.device("w"));
    assertThat(
            http(null)
                .send(delete(TOKENS + "/999999"), HttpResponse.BodyHandlers.ofString())
                .statusCode())
        .isEqualTo(404);
    JsonNode page = new ObjectMapper().readTree(get(TOKENS + "?limit=1"));
    assertThat(page.path("items")).hasSize(1);
    assertThat(page.path("items").get(0).has("token")).isFalse();
    assertThat(get(TOKENS)).contains("\"state\":\"withdrawn\"").doesNotContain("tmt_", secret);
  }

  private HttpRequest delete(String path) throws Exception {
    return HttpRequest.newBuilder(root.resolve(path))
        .header("Authorization", administrator())
        .DELETE()
        .build();
  }

  private String get(String path) throws Exception {
    return http(null)
        .send(
            HttpRequest.newBuilder(root.resolve(path))
                .header("Authorization", administrator())
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
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
          post(
              null,
              TOKENS,
              "application/json",
              one.getKey().getBytes(StandardCharsets.UTF_8),
              "Authorization",
              administrator());
      assertThat(answer.statusCode()).as(one.getKey()).isEqualTo(400);
      assertThat(answer.body()).contains("\"parameter\":\"" + one.getValue() + "\"");
    }
    EnrolmentToken token =
        EnrolmentToken.parse(
            made("{\"role\":\"device\",\"urls\":[\"https://gw1:8444\",\"https://gw2:8445\"]}")
                .path("token")
                .asText());
    assertThat(token.urls())
        .containsExactly(URI.create("https://gw1:8444"), URI.create("https://gw2:8445"));
  }

  @Test
  void aGatewayHasTheHostsItsTokenAllows() throws Exception {
    String secret =
        secret("{\"role\":\"gateway\",\"uses\":2,\"hosts\":[\"gw.example\",\"10.0.0.1\"]}");
    Identity identity = Requests.gateway("gh");
    refused(403, "does not allow the host other.example", secret, identity, "other.example");
    Credential first = est(null).enrol(secret, identity, List.of("GW.example", "10.0.0.1"));
    assertThat(first.certificate().getSubjectAlternativeNames())
        .contains(List.of(2, "gw.example"), List.of(7, "10.0.0.1"));
    assertThat(Duration.between(first.notBefore(), first.notAfter()))
        .isEqualTo(Duration.ofDays(10).plus(CertificateAuthority.SLACK));
    assertThat(est(first).renew(identity, List.of("gw.example"))).isNotNull();
    assertThatThrownBy(() -> est(first).renew(identity, List.of("gw.example", "more.example")))
        .hasMessageContaining("its certificate does not allow the host more.example");
    refused(
        403,
        "does not allow the host d.example, but none",
        secret("{\"role\":\"device\"}"),
        Requests.device("with-host"),
        "d.example");
  }

  @Test
  void whatIsNoRequestIsRefusedInWords() throws Exception {
    double before = notGiven("broken_request");
    String proof =
        Base64.getEncoder().encodeToString("token:x".getBytes(StandardCharsets.US_ASCII));
    String path = EstClient.PATH + "/simpleenroll";
    HttpResponse<String> answer =
        post(
            null,
            path,
            "application/pkcs10",
            "hello".getBytes(StandardCharsets.UTF_8),
            "Authorization",
            "Basic " + proof);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(answer.body()).contains("this is no request for a certificate");
    assertThat(notGiven("broken_request") - before).isEqualTo(1);
    answer =
        post(null, path, "application/pkcs10", new byte[20_000], "Authorization", "Basic " + proof);
    assertThat(answer.statusCode()).isEqualTo(413);
    answer = post(null, path, "application/pkcs10", Requests.of(Requests.device("n")));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate"))
        .contains("Basic realm=\"enrolment token\"");
    assertThat(answer.body()).contains("a first certificate needs an enrolment token");
  }

  @Test
  void onlyOnesOwnCertificateIsRenewed() throws Exception {
    Credential device = credential(Requests.device("mine"));
    HttpResponse<String> answer = renew(device, Requests.device("yours"));
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body())
        .contains("device mine can have its own certificate renewed, not that of device yours");
    answer = renew(null, Requests.device("mine"));
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("has to be shown at the handshake");
  }

  @Test
  void whoseTimeIsOverMayDoNothingButRenew() throws Exception {
    Identity identity = Requests.gateway("sleeper");
    Credential lapsed = issued(Duration.ofDays(80), identity);
    assertThat(lapsed.notAfter()).isBefore(NOW.instant().minus(Duration.ofDays(49)));
    double before = untrusted("expired");
    HttpResponse<String> answer = heartbeat(lapsed);
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).contains("was valid until", "simplereenroll");
    assertThat(untrusted("expired") - before).isEqualTo(1);
    Credential renewed = est(lapsed).renew(identity, List.of());
    assertThat(heartbeat(renewed).statusCode()).isEqualTo(200);
    answer = renew(issued(Duration.ofDays(100), identity), identity);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("could be renewed for 60 days after that");
  }

  @Test
  void whoIsNotBelievedIsNotHeard(@TempDir Path temporary) throws Exception {
    CertificateAuthority other = new CertificateAuthority(temporary, NOW);
    other.open();
    Identity identity = Requests.gateway("stranger");
    double before = untrusted("unknown_authority");
    assertThatThrownBy(() -> heartbeat(Requests.issued(temporary, NOW, Duration.ZERO, identity)))
        .isInstanceOf(IOException.class);
    assertThat(untrusted("unknown_authority") - before).isPositive();
    before = untrusted("not_yet_valid");
    Credential early = issued(Duration.ofDays(-2), identity);
    assertThatThrownBy(() -> heartbeat(early)).isInstanceOf(IOException.class);
    assertThat(untrusted("not_yet_valid") - before).isPositive();
  }

  @Test
  void onlyGatewaysDeliver() throws Exception {
    double nobody = untrusted("no_certificate");
    double others = untrusted("wrong_role");
    HttpResponse<String> answer = heartbeat(null);
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body()).contains("this is for gateways, which show their certificate");
    answer = heartbeat(credential(Requests.device("d")));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).contains("this is for gateways, not for device d");
    assertThat(
            post(null, Routes.REPORT_PATH + ";a=b", Routes.REPORT_CONTENT_TYPE, new byte[1])
                .statusCode())
        .isEqualTo(401);
    assertThat(untrusted("no_certificate") - nobody).isEqualTo(2);
    assertThat(untrusted("wrong_role") - others).isEqualTo(1);
    Credential gateway = credential(Requests.gateway("g1"));
    assertThat(heartbeat(gateway).statusCode()).isEqualTo(200);
    assertThat(
            post(gateway, Routes.REPORT_PATH, Routes.REPORT_CONTENT_TYPE, new byte[1]).statusCode())
        .isEqualTo(400);
  }

  @Test
  void aGatewayNamesWhoIsBehindIt() throws Exception {
    Credential gateway = credential(Requests.gateway("g1"));
    Identity identity = Requests.device("behind");
    String lapsed = header(issued(Duration.ofDays(40), identity).certificate());
    assertThat(renew(gateway, identity, "Client-Cert", lapsed).statusCode()).isEqualTo(200);
    Credential device = credential(Requests.device("other"));
    refused("only from a gateway: this is for gateways, not", device, identity, lapsed);
    refused("only from a gateway: this is for gateways, which", null, identity, lapsed);
    Credential lapsedGateway = issued(Duration.ofDays(40), Requests.gateway("g1"));
    refused("only from a gateway: the certificate of", lapsedGateway, identity, lapsed);
    String other = header(credential(Requests.gateway("g2")).certificate());
    refused("devices are renewed, and not gateway g2", gateway, Requests.gateway("g2"), other);
    String own = header(gateway.certificate());
    refused("devices are renewed, and not gateway g1", gateway, Requests.gateway("g1"), own);
    HttpResponse<String> passed =
        renew(gateway, Requests.gateway("g1"), "Via", "1.1 gateway"); // somebody's who has none
    assertThat(passed.statusCode()).isEqualTo(403);
    assertThat(passed.body()).contains("has to be shown at the handshake");
    refused("must be one certificate in DER", gateway, identity, "nothing");
    refused("must be one certificate in DER", gateway, identity, ":AAAA:");
    refused("must be one certificate in DER", gateway, identity, ":A");
    refused("is for something else", gateway, identity, header(server.own().now().certificate()));
    refused("an authority's own certificate", gateway, identity, header(authority.root()));
    String early = header(issued(Duration.ofDays(-2), identity).certificate());
    refused("is a clock wrong?", gateway, identity, early);
  }

  private void refused(String words, @Nullable Credential own, Identity identity, String clientCert)
      throws Exception {
    HttpResponse<String> answer = renew(own, identity, "Client-Cert", clientCert);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains(words);
  }

  private static String header(X509Certificate certificate) throws Exception {
    return ":" + Base64.getEncoder().encodeToString(certificate.getEncoded()) + ":";
  }

  @Test
  void thereIsNothingButTlsOfToday() throws Exception {
    assertThatThrownBy(() -> new Socket("localhost", plainPort))
        .isInstanceOf(ConnectException.class);
    var sockets = io.tidemark.identity.Tls.client(servers(), null).getSocketFactory();
    try (SSLSocket socket = (SSLSocket) sockets.createSocket("localhost", root.getPort())) {
      assertThat(Arrays.asList(socket.getSupportedProtocols())).contains("TLSv1.1");
      socket.setEnabledProtocols(new String[] {"TLSv1.1"});
      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
    }
    try (SSLSocket socket = (SSLSocket) sockets.createSocket("localhost", root.getPort())) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
    }
  }

  @Test
  void ingestsOwnCertificateIsRenewedWithoutARestart() throws Exception {
    OwnCredential own = server.own();
    KeyPair keys = Certificates.keys();
    own.replace(
        new Credential(
            keys.getPrivate(),
            authority.issue(
                own.now().identity(), keys.getPublic(), List.of("localhost"), Duration.ofDays(1))));
    try (SSLSocket socket =
        (SSLSocket)
            io.tidemark.identity.Tls.client(servers(), null)
                .getSocketFactory()
                .createSocket("localhost", root.getPort())) {
      socket.startHandshake();
      assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(own.now().certificate());
    }
  }

  /** Devices that were away meanwhile, and go by their own clock. */
  @Test
  void whoSleptThroughTheChangeOfWhoSignsGetsBackIn(@TempDir Path temporary) throws Exception {
    Map<Path, String> files = files();
    try {
      X509Certificate first = authority.root();
      Credential gateway = credential(Requests.gateway("g1"));
      Credential asleep = issued(Duration.ofDays(40), Requests.device("asleep"));
      Credential deeper = issued(Duration.ofDays(40), Requests.device("deeper"));
      Credential behind = issued(Duration.ofDays(40), Requests.device("behind-it"));
      Credential clockless = issued(Duration.ofDays(40), Requests.device("clockless"));
      assertThat(authority.renewIntermediate()).isTrue();
      assertThat(server.renewIfDue()).isTrue();
      assertThat(awake(asleep, NOW, temporary.resolve("asleep")).authorities())
          .containsExactly(first);

      assertThat(authority.replaceRoot()).isTrue();
      assertThat(server.renewIfDue()).isTrue();
      X509Certificate second = authority.root();
      CredentialFolder woken = awake(deeper, NOW, temporary.resolve("deeper"));
      assertThat(woken.authorities()).containsExactlyInAnyOrder(first, second);
      Credential renewed = woken.credential().orElseThrow();
      for (X509Certificate known : List.of(first, second)) {
        assertThat(
                new Trust(List.of(known)).verify(renewed.chain(), Trust.FOR_CLIENTS, NOW.instant()))
            .isEqualTo(Requests.device("deeper"));
      }
      Clock none = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
      assertThat(awake(clockless, none, temporary.resolve("clockless")).authorities())
          .containsExactlyInAnyOrder(first, second);

      String header = header(behind.certificate());
      assertThat(renew(gateway, behind.identity(), "Client-Cert", header).statusCode())
          .isEqualTo(200);
      assertThat(heartbeat(gateway).statusCode()).isEqualTo(200); // as it knows the first alone
      assertThat(heartbeat(credential(Requests.gateway("g1"))).statusCode()).isEqualTo(200);
      assertThat(EstClient.meet(root, TIMEOUT, EstClient.fingerprint(first)))
          .containsExactly(first, second);
      assertThat(EstClient.meet(root, TIMEOUT, EstClient.fingerprint(second)))
          .containsExactly(second, first);
      JsonNode shown = new ObjectMapper().readTree(get("/api/v1/authority"));
      assertThat(shown.path("rootKeyHere").asBoolean()).isTrue();
      assertThat(shown.path("roots")).hasSize(2);
      assertThat(shown.path("roots").get(0).path("fingerprint").asText())
          .isEqualTo(Root.of(second).fingerprint());
      assertThat(shown.path("roots").get(0).path("believedUntil").isNull()).isTrue();
      assertThat(shown.path("roots").get(1).path("believedUntil").asText()).startsWith("20");
      assertThat(shown.path("intermediates").get(0).path("root").asText())
          .isEqualTo(shown.path("roots").get(0).path("name").asText());
    } finally {
      restore(files);
    }
  }

  /**
   * Has its certificate, which has ended, renewed as a device does that knows the first root alone;
   * one that goes by a wrong clock does so since a gateway has refused it.
   */
  private CredentialFolder awake(Credential asleep, Clock clock, Path where) throws Exception {
    CredentialFolder kept = new CredentialFolder(where);
    OwnCredential own = new OwnCredential(asleep);
    Trust known = new Trust(trust.authorities());
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    kept.store(known.authorities());
    try (Renewal renewal =
        new Renewal(
            own,
            known,
            new ServerTrust(known, new DeviceClock(clock, () -> own.now().notBefore())),
            kept,
            List.of(root),
            List.of(),
            clock,
            new Random(7),
            new Renewal.Listener() {
              @Override
              public void renewed(Credential credential) {
                told.add("renewed");
              }

              @Override
              public void failed(String why) {
                told.add(why);
              }
            })) {
      renewal.start();
      if (clock != NOW) {
        assertThat(told).isEmpty();
        renewal.soon();
      }
      assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("renewed");
    }
    assertThat(kept.credential().orElseThrow().notAfter()).isAfter(NOW.instant());
    return kept;
  }

  private Map<Path, String> files() throws IOException {
    Map<Path, String> files = new HashMap<>();
    try (var names = Files.list(folder)) {
      for (Path file : names.toList()) {
        files.put(file, Files.readString(file));
      }
    }
    return files;
  }

  /** The other tests' certificates were signed long ago. */
  private void restore(Map<Path, String> files) throws Exception {
    for (Path file : files().keySet()) {
      Files.delete(file);
    }
    for (Map.Entry<Path, String> file : files.entrySet()) {
      SecretFile.write(folder, file.getKey().getFileName().toString(), file.getValue());
    }
    authority.open();
    boolean unused = server.renewIfDue();
  }
}
