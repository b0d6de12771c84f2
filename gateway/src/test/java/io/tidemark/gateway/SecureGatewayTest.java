package io.tidemark.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import io.tidemark.gateway.forward.FakeIngest;
import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.SecretFile;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.Tls;
import io.tidemark.identity.password.Argon2id;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessList.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway with security on: how it comes to a credential, and what it does with it. */
@Timeout(60)
class SecureGatewayTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final Identity G1 = new Identity(Role.GATEWAY, "g1");
  private static final byte[] SECRET = new byte[EnrolmentToken.SECRET_BYTES];

  @TempDir Path folder = Path.of("set by JUnit");

  private final ExecutorService starter = Executors.newSingleThreadExecutor();
  private @Nullable SecureRig started;

  /** Whether ingest gives no certificate now. */
  private static volatile boolean busy;

  @BeforeEach
  void start() throws Exception {
    SecureRig rig = new SecureRig(OURS, folder);
    FakeIngest made = rig.ingest;
    made.answer(EstClient.PATH + "/cacerts", exchange -> answer(exchange, List.of(OURS.root())));
    made.answer(EstClient.PATH + "/simpleenroll", SecureGatewayTest::enrol);
    made.answer(
        EstClient.PATH + "/simplereenroll",
        exchange -> {
          await().until(() -> !made.shown().isEmpty()); // there is a connection with the first
          sign(exchange);
        });
    started = rig;
  }

  @AfterEach
  void stop() throws Exception {
    busy = false;
    starter.shutdownNow();
    rig().close();
  }

  private SecureRig rig() {
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    return started;
  }

  private FakeIngest ingest() {
    return rig().ingest;
  }

  private static void enrol(HttpExchange exchange) throws IOException {
    if (busy) {
      try (exchange) {
        exchange.sendResponseHeaders(503, -1);
      }
      return;
    }
    String proof = exchange.getRequestHeaders().getFirst("Authorization");
    assertThat(new String(Base64.getDecoder().decode(proof.substring(6)), StandardCharsets.UTF_8))
        .isEqualTo("token:" + Base64.getUrlEncoder().withoutPadding().encodeToString(SECRET));
    sign(exchange);
  }

  private static void sign(HttpExchange exchange) throws IOException {
    try {
      PKCS10CertificationRequest request =
          new PKCS10CertificationRequest(
              Base64.getMimeDecoder().decode(exchange.getRequestBody().readAllBytes()));
      Instant now = Instant.now();
      answer(
          exchange,
          List.of(
              OURS.sign(
                  new KeyPair(new JcaPKCS10CertificationRequest(request).getPublicKey(), null),
                  G1.uri(),
                  List.of("127.0.0.1"),
                  now.minusSeconds(60),
                  now.plusSeconds(3_600)),
              OURS.intermediate()));
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static void answer(HttpExchange exchange, List<X509Certificate> certificates)
      throws IOException {
    try (exchange) {
      byte[] body =
          Base64.getMimeEncoder()
              .encode(
                  CertificateFactory.getInstance("X.509")
                      .generateCertPath(certificates)
                      .getEncoded("PKCS7"));
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private Path token() throws Exception {
    EnrolmentToken token =
        new EnrolmentToken(SECRET, EstClient.fingerprint(OURS.root()), List.of(ingest().url()));
    Path file = folder.resolve("token");
    Files.writeString(file, token.text() + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private Gateway gateway(Map<String, String> more) {
    return rig().gateway(more);
  }

  private void assertDoesNotStart(Map<String, String> settings, String... why) {
    assertThatThrownBy(() -> gateway(settings).start())
        .isInstanceOf(IOException.class)
        .satisfies(thrown -> assertThat(thrown.getMessage()).contains(why));
    assertThat(folder.resolve("log")).doesNotExist();
  }

  @Test
  void withoutCredentialOrTokenItDoesNotStart() throws Exception {
    assertDoesNotStart(
        Map.of(),
        "there is no credential in " + folder.resolve("identity"),
        "tidemark.identity.enrolment-token-file");
    String missing = folder.resolve("none").toString();
    assertDoesNotStart(
        Map.of("tidemark.identity.enrolment-token-file", missing), "there is no file " + missing);
    Path file = token();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertDoesNotStart(
        Map.of("tidemark.identity.enrolment-token-file", file.toString()), "chmod 600");
    EnrolmentToken others = new EnrolmentToken(SECRET, new byte[32], List.of(ingest().url()));
    assertDoesNotStart(
        Map.of("tidemark.identity.enrolment-token", others.text()), "has another authority");
    new CredentialFolder(folder.resolve("of-g2"))
        .store(OURS.credential(new Identity(Role.GATEWAY, "g2")));
    new CredentialFolder(folder.resolve("of-g2")).store(List.of(OURS.root()));
    assertDoesNotStart(
        Map.of("tidemark.identity.dir", folder.resolve("of-g2").toString()),
        "is that of gateway g2, and tidemark.gateway.id is g1");
  }

  @Test
  void itWaitsForIngestAndNotForWhatIsRefused() throws Exception {
    EnrolmentToken token =
        new EnrolmentToken(
            SECRET,
            EstClient.fingerprint(OURS.root()),
            List.of(URI.create("https://127.0.0.1:1"), ingest().url()));
    Map<String, String> settings = Map.of("tidemark.identity.enrolment-token", token.text());
    busy = true;
    Gateway gateway = gateway(settings);
    Future<?> starting = starter.submit(() -> start(gateway));
    await().until(() -> gateway.logState().detail().contains("waits until it can be enrolled"));
    assertThat(gateway.logState().detail()).contains("127.0.0.1:1: ", "answers 503");
    assertThat(starting).isNotDone();
    busy = false;
    starting.get();
    assertThat(gateway.started()).isTrue();
    gateway.stop();
  }

  @Test
  void itCanBeStoppedWhileItWaits() throws Exception {
    busy = true;
    Gateway gateway = gateway(Map.of("tidemark.identity.enrolment-token-file", token().toString()));
    Future<?> starting = starter.submit(() -> start(gateway));
    await().until(() -> gateway.logState().detail().contains("waits until it can be enrolled"));
    gateway.stop();
    assertThatThrownBy(starting::get).hasRootCauseInstanceOf(InterruptedException.class);
  }

  private static @Nullable Object start(Gateway gateway) throws Exception {
    gateway.start();
    return null;
  }

  @Test
  void whoMayLookAtItIsSaidInFilesThatOthersCannotRead() throws Exception {
    Path file = folder.resolve("viewer");
    for (String key : List.of("viewer", "operator")) {
      String setting = "tidemark.http.%s-token-file".formatted(key);
      Map<String, String> settings = Map.of(setting, file.toString());
      Files.deleteIfExists(file);
      assertDoesNotStart(settings, "there is no file " + file + ", which " + setting);
      for (String word : List.of("x".repeat(31), "x".repeat(257), "two words ".repeat(5))) {
        SecretFile.write(folder, "viewer", word);
        assertDoesNotStart(settings, setting, "one word of 32 to 256 characters");
      }
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      assertDoesNotStart(settings, "chmod 600");
    }
  }

  @Test
  void itEnrolsOnceAndSpeaksWithDevicesAndIngestByItsCertificate() throws Exception {
    Gateway first = gateway(Map.of("tidemark.identity.enrolment-token-file", token().toString()));
    first.start();
    Credential kept = new CredentialFolder(folder.resolve("identity")).credential().orElseThrow();
    try {
      assertThat(first.mqttPort()).isEqualTo(-1);
      assertThat(first.coapPort()).isEqualTo(-1);
      await().until(() -> first.logState().canCommit());
      publish(first);
      await().until(() -> ingest().clients().equals(Set.of(G1)));
      await()
          .until(
              () ->
                  ingest().reports().stream()
                      .anyMatch(
                          report ->
                              report.readings().forwarded() == 10
                                  && report.mqtt().equals("127.0.0.1:" + first.mqttTlsPort())));
      assertThat(rig().registry.get("tidemark.gateway.certificate.left.seconds").gauge().value())
          .isBetween(3_000.0, 3_600.0);
    } finally {
      first.stop();
    }
    Gateway second = gateway(Map.of("tidemark.mqtt.plain", "true", "tidemark.mqtt.port", "0"));
    second.start();
    try {
      assertThat(new CredentialFolder(folder.resolve("identity")).credential()).hasValue(kept);
      assertThat(second.mqttPort()).isPositive();
      await().until(() -> second.logState().canCommit());
      publish(second);
      aPasswordCountsAsLongAsIngestListsIt(second);
    } finally {
      second.stop();
    }
  }

  private void aPasswordCountsAsLongAsIngestListsIt(Gateway gateway) throws Exception {
    rig()
        .tell(
            new AccessList(
                1,
                List.of(),
                List.of(
                    new Secret(
                        "d2", new Argon2id(64, 1).hash("right".getBytes(UTF_8)), new byte[0])),
                List.of()));
    rig().awaitTold(1);
    MqttClient client =
        new MqttClient(
            "ssl://127.0.0.1:" + gateway.mqttTlsPort(), "another", new MemoryPersistence());
    try {
      MqttConnectionOptions options = new MqttConnectionOptions();
      options.setSocketFactory(
          Tls.client(new ServerTrust(OURS.trust(), server -> Instant.now()), null)
              .getSocketFactory());
      options.setUserName("d2");
      options.setPassword("right".getBytes(UTF_8));
      client.connect(options);
      client.publish("devices/d2/telemetry", Batches.readings("d2", 0, 1), 1, false);
      rig().tell(new AccessList(2, List.of(), List.of(), List.of()));
      await().until(() -> !client.isConnected());
    } finally {
      client.close();
    }
  }

  @Test
  void whoIsShutOutIsSoWhileIngestIsAwayToo() throws Exception {
    rig()
        .tell(
            new AccessList(
                7, List.of(new AccessList.Barred("device", "d1", 0)), List.of(), List.of()));
    Gateway first = gateway(Map.of("tidemark.identity.enrolment-token-file", token().toString()));
    first.start();
    try {
      await().until(() -> first.logState().canCommit());
      rig().awaitTold(7);
      assertThatThrownBy(() -> publish(first)).hasMessageContaining("Banned");
    } finally {
      first.stop();
    }
    rig().tell(null);
    Gateway second = gateway(Map.of());
    second.start();
    try {
      await().until(() -> second.logState().canCommit());
      assertThatThrownBy(() -> publish(second)).hasMessageContaining("Banned");
      rig().tell(new AccessList(8, List.of(), List.of(), List.of()));
      rig().awaitTold(8);
      publish(second);
    } finally {
      second.stop();
    }
  }

  @Test
  void whatItForwardsGoesByTheRenewedCertificate() throws Exception {
    CredentialFolder identity = new CredentialFolder(folder.resolve("identity"));
    Instant now = Instant.now();
    Credential due = OURS.credential(G1, now.minusSeconds(3_500), now.plusSeconds(100));
    identity.store(due);
    identity.store(List.of(OURS.root()));
    Gateway gateway = gateway(Map.of());
    gateway.start();
    try {
      await().until(() -> ingest().shown().size() > 1);
      assertThat(ingest().shown())
          .containsExactlyInAnyOrder(
              due.certificate(), identity.credential().orElseThrow().certificate());
    } finally {
      gateway.stop();
    }
  }

  /** By Paho, which also looks whether the certificate is that of the host. */
  private static void publish(Gateway gateway) throws Exception {
    MqttClient client =
        new MqttClient(
            "ssl://127.0.0.1:" + gateway.mqttTlsPort(), "any id", new MemoryPersistence());
    try {
      MqttConnectionOptions options = new MqttConnectionOptions();
      options.setSocketFactory(
          Tls.client(
                  new ServerTrust(OURS.trust(), server -> Instant.now()),
                  new OwnCredential(OURS.credential(new Identity(Role.DEVICE, "d1"))))
              .getSocketFactory());
      options.setHttpsHostnameVerificationEnabled(true);
      client.connect(options);
      client.publish("devices/d1/telemetry", Batches.readings("d1", 0, 10), 1, false);
      client.disconnect();
    } finally {
      client.close();
    }
  }
}
