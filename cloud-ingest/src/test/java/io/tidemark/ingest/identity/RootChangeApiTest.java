package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.DeviceClock;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Renewal;
import io.tidemark.identity.SecretFile;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Trust;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Another intermediate and another root, at a secured ingest whose devices knew those before. */
@QuarkusTest
@TestProfile(SecuredIngest.Secured.class)
@Timeout(120)
final class RootChangeApiTest extends AtSecuredIngest {
  @Inject ServerIdentity server;

  /** Devices that were away meanwhile, and go by their own clock. */
  @Test
  void whoSleptThroughTheChangeOfWhoSignsGetsBackIn(@TempDir Path temporary) throws Exception {
    Map<Path, String> files = files();
    try {
      X509Certificate first = authority.root();
      Credential gateway = ingest.credential(Requests.gateway("g1"));
      Credential asleep = ingest.issued(Duration.ofDays(40), Requests.device("asleep"));
      Credential deeper = ingest.issued(Duration.ofDays(40), Requests.device("deeper"));
      Credential behind = ingest.issued(Duration.ofDays(40), Requests.device("behind-it"));
      Credential clockless = ingest.issued(Duration.ofDays(40), Requests.device("clockless"));
      assertThat(authority.renewIntermediate()).isTrue();
      assertThat(server.renewIfDue()).isTrue();
      assertThat(awake(asleep, SecuredIngest.NOW, temporary.resolve("asleep")).authorities())
          .containsExactly(first);

      assertThat(authority.replaceRoot()).isTrue();
      assertThat(server.renewIfDue()).isTrue();
      X509Certificate second = authority.root();
      CredentialFolder woken = awake(deeper, SecuredIngest.NOW, temporary.resolve("deeper"));
      assertThat(woken.authorities()).containsExactlyInAnyOrder(first, second);
      Credential renewed = woken.credential().orElseThrow();
      for (X509Certificate known : List.of(first, second)) {
        assertThat(
                new Trust(List.of(known))
                    .verify(renewed.chain(), Trust.FOR_CLIENTS, SecuredIngest.NOW.instant()))
            .isEqualTo(Requests.device("deeper"));
      }
      Clock none = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
      assertThat(awake(clockless, none, temporary.resolve("clockless")).authorities())
          .containsExactlyInAnyOrder(first, second);

      String header = PeersApiTest.header(behind.certificate());
      assertThat(ingest.renew(gateway, behind.identity(), "Client-Cert", header).statusCode())
          .isEqualTo(200);
      assertThat(ingest.heartbeat(gateway).statusCode())
          .isEqualTo(200); // as it knows the first alone
      assertThat(ingest.heartbeat(ingest.credential(Requests.gateway("g1"))).statusCode())
          .isEqualTo(200);
      assertThat(EstClient.meet(root, SecuredIngest.TIMEOUT, EstClient.fingerprint(first)))
          .containsExactly(first, second);
      assertThat(EstClient.meet(root, SecuredIngest.TIMEOUT, EstClient.fingerprint(second)))
          .containsExactly(second, first);
      JsonNode shown = new ObjectMapper().readTree(ingest.get("/api/v1/authority"));
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
    Trust known = new Trust(ingest.trust().authorities());
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
      if (clock != SecuredIngest.NOW) {
        assertThat(told).isEmpty();
        renewal.soon();
      }
      assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("renewed");
    }
    assertThat(kept.credential().orElseThrow().notAfter()).isAfter(SecuredIngest.NOW.instant());
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
