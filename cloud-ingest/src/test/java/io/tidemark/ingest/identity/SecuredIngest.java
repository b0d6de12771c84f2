package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.tidemark.identity.Credential;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Pem;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Trust;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.Role;
import io.tidemark.ingest.api.TemporaryData;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.testing.FreePort;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.Routes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A secured ingest, and what real clients ask it with. */
final class SecuredIngest {
  static final String TOKENS = "/api/v1/enrolment-tokens";
  static final Clock NOW = Clock.systemUTC();
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Security on, in a folder whose authority was made long ago. */
  public static final class Secured implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> values = new HashMap<>(new TemporaryData().start());
      Path folder = Path.of(values.get("tidemark.data.dir"), "elsewhere");
      Clock past = Clock.fixed(Instant.now().minus(Duration.ofDays(450)), ZoneOffset.UTC);
      try {
        new CertificateAuthority(folder, past).open();
        values.put("quarkus.http.test-port", Integer.toString(FreePort.next()));
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

  private final URI root;
  private final Path folder;
  private final Access access;
  private final CertificateAuthority authority;
  private final MeterRegistry meters;
  private final Trust trust;

  /**
   * @param root its base address
   * @param folder with its authority
   */
  SecuredIngest(
      URI root, Path folder, Access access, CertificateAuthority authority, MeterRegistry meters)
      throws Exception {
    this.root = root;
    this.folder = folder;
    this.access = access;
    this.authority = authority;
    this.meters = meters;
    trust = new Trust(Pem.certificates(Files.readString(folder.resolve("root.pem"))));
  }

  /** Whoever its root has signed. */
  Trust trust() {
    return trust;
  }

  ServerTrust servers() {
    return new ServerTrust(trust, certificate -> NOW.instant());
  }

  EstClient est(@Nullable Credential own) throws Exception {
    return EstClient.of(root, TIMEOUT, servers(), own == null ? null : new OwnCredential(own));
  }

  HttpClient http(@Nullable Credential own) throws Exception {
    return HttpClient.newBuilder()
        .sslContext(
            io.tidemark.identity.Tls.client(servers(), own == null ? null : new OwnCredential(own)))
        .version(HttpClient.Version.HTTP_1_1)
        .build();
  }

  HttpResponse<String> post(
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

  HttpResponse<String> heartbeat(@Nullable Credential own) throws Exception {
    return post(
        own,
        Routes.FORWARD_PATH,
        Routes.FORWARD_CONTENT_TYPE,
        ForwardCodec.encodeRequest(new ForwardRequest("g1", 1, 0, 0, List.of())));
  }

  HttpResponse<String> renew(@Nullable Credential own, Identity identity, String... headers)
      throws Exception {
    return post(
        own,
        EstClient.PATH + "/simplereenroll",
        "application/pkcs10",
        Requests.of(identity),
        headers);
  }

  /** What an administrator's program sends. */
  String administrator() throws Exception {
    long end = NOW.instant().plusSeconds(600).toEpochMilli() * 1_000_000;
    return "Bearer " + access.keys().make(Actor.INGEST, "test", Role.ADMIN, end).secret();
  }

  JsonNode made(String json) throws Exception {
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

  String secret(String json) throws Exception {
    return EnrolmentToken.parse(made(json).path("token").asText()).secretText();
  }

  Credential credential(Identity identity) throws Exception {
    KeyPair keys = Certificates.keys();
    return new Credential(
        keys.getPrivate(),
        authority.issue(identity, keys.getPublic(), List.of(), Duration.ofDays(1)));
  }

  Credential issued(Duration before, Identity identity) throws Exception {
    return Requests.issued(folder, NOW, before, identity);
  }

  String get(String path) throws Exception {
    return http(null)
        .send(
            HttpRequest.newBuilder(root.resolve(path))
                .header("Authorization", administrator())
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  HttpRequest delete(String path) throws Exception {
    return HttpRequest.newBuilder(root.resolve(path))
        .header("Authorization", administrator())
        .DELETE()
        .build();
  }

  double untrusted(String reason) {
    return meters.get("tidemark.ingest.untrusted").tag("reason", reason).counter().count();
  }

  double notGiven(String reason) {
    return meters
        .get("tidemark.ingest.certificates.refused")
        .tag("reason", reason)
        .counter()
        .count();
  }
}
