package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Pem;
import io.tidemark.identity.Role;
import io.tidemark.identity.SecretFile;
import io.tidemark.identity.Trust;
import io.tidemark.ingest.HandClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateAuthorityTest {
  private static final Duration MONTH = Duration.ofDays(30);
  private final HandClock clock = new HandClock();

  @TempDir private Path temporary;

  private CertificateAuthority opened() throws IOException {
    CertificateAuthority authority = new CertificateAuthority(folder(), clock);
    authority.open();
    return authority;
  }

  private Path folder() {
    return temporary.resolve("identity");
  }

  private static List<X509Certificate> issue(CertificateAuthority authority) throws Exception {
    return authority.issue(
        Requests.device("d1"), Certificates.keys().getPublic(), List.of(), MONTH);
  }

  @Test
  void whatItIssuesIsBelievedAfterARestart() throws Exception {
    CertificateAuthority first = opened();
    List<X509Certificate> chain = issue(first);
    CertificateAuthority second = opened();
    assertThat(second.certificates()).isEqualTo(first.certificates()).hasSize(2);
    Trust trust = new Trust(List.of(second.root()));
    assertThat(trust.verify(chain, Trust.FOR_CLIENTS, clock.instant()))
        .isEqualTo(Requests.device("d1"));
    assertThat(trust.verify(issue(second), Trust.FOR_CLIENTS, clock.instant()))
        .isEqualTo(Requests.device("d1"));
  }

  @Test
  void aCertificateIsForWhatItsRoleDoes() throws Exception {
    CertificateAuthority authority = opened();
    X509Certificate device = issue(authority).get(0);
    assertThat(device.getExtendedKeyUsage()).containsExactly(Trust.FOR_CLIENTS);
    assertThat(device.getBasicConstraints()).isEqualTo(-1);
    assertThat(device.getNotBefore()).isEqualTo(clock.instant().minusSeconds(300));
    assertThat(device.getNotAfter()).isEqualTo(clock.instant().plus(MONTH));
    assertThat(device.getSerialNumber().bitLength()).isBetween(90, 129);
    X509Certificate gateway =
        authority
            .issue(
                Requests.gateway("g1"),
                Certificates.keys().getPublic(),
                List.of("gw.example", "10.1.2.3"),
                MONTH)
            .get(0);
    assertThat(gateway.getExtendedKeyUsage()).containsExactly(Trust.FOR_CLIENTS, Trust.FOR_SERVERS);
    assertThat(gateway.getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(
            List.of(6, "urn:tidemark:gateway:g1"),
            List.of(2, "gw.example"),
            List.of(7, "10.1.2.3"));
    assertThat(authority.root().getBasicConstraints()).isEqualTo(Integer.MAX_VALUE);
    assertThat(authority.certificates().get(1).getBasicConstraints()).isZero();
    assertThat(Role.values()).hasSize(3);
  }

  @Test
  void withoutTheRootsKeyItGoesOn() throws Exception {
    X509Certificate root = opened().root();
    Files.move(folder().resolve("root.key"), temporary.resolve("safe"));
    CertificateAuthority without = opened();
    assertThat(without.root()).isEqualTo(root);
    assertThat(issue(without)).hasSize(2);
    clock.goOn(Duration.ofDays(500));
    CertificateAuthority late = opened();
    assertThat(late.isDue()).isTrue();
    assertThat(late.renewIntermediate()).isFalse();
    assertThat(issue(late)).hasSize(2);
  }

  @Test
  void anotherIntermediateIsMadeInTime() throws Exception {
    CertificateAuthority authority = opened();
    clock.goOn(Duration.ofDays(480));
    List<X509Certificate> before = issue(authority);
    assertThat(authority.isDue()).isFalse();
    clock.goOn(Duration.ofDays(10));
    assertThat(authority.isDue()).isTrue();
    assertThat(authority.renewIntermediate()).isTrue();
    assertThat(authority.isDue()).isFalse();
    List<X509Certificate> after = issue(authority);
    assertThat(after.get(1)).isNotEqualTo(before.get(1));
    assertThat(authority.certificates())
        .containsExactly(authority.root(), after.get(1), before.get(1));
    Trust trust = new Trust(List.of(authority.root()));
    for (List<X509Certificate> chain : List.of(before, after)) {
      assertThat(trust.verify(chain, Trust.FOR_CLIENTS, clock.instant())).isNotNull();
    }
    assertThat(opened().certificates()).isEqualTo(authority.certificates());
  }

  @Test
  void nothingOutlivesWhoHasSignedIt() throws Exception {
    CertificateAuthority authority = opened();
    Instant end = authority.signsUntil();
    Files.delete(folder().resolve("root.key"));
    clock.goOn(Duration.ofDays(720));
    assertThat(issue(authority).get(0).getNotAfter()).isEqualTo(end);
  }

  @Test
  void whenItsTimeIsOverItSaysWhatToDo() throws Exception {
    var unused = opened();
    Path key = folder().resolve("root.key");
    Path safe = temporary.resolve("safe");
    Files.move(key, safe);
    clock.goOn(Duration.ofDays(731));
    assertThatThrownBy(this::opened)
        .hasMessageContaining("was valid until 2028-02-29T12:00:00Z: put root.key back");
    Files.move(safe, key);
    assertThat(issue(opened())).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"root.key", "intermediate.key"})
  void aKeyThatOthersCanReadIsNotUsed(String name) throws Exception {
    var unused = opened();
    Path key = folder().resolve(name);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(this::opened)
        .hasMessageStartingWith(key + " has a key in it")
        .hasMessageContaining("chmod 600");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    assertThat(opened().isOpen()).isTrue();
  }

  @Test
  void whatDoesNotBelongTogetherIsNamed() throws Exception {
    var unused = opened();
    String other = Pem.of(Certificates.keys().getPrivate());
    String rootKey = Files.readString(folder().resolve("root.key"));
    SecretFile.write(folder(), "root.key", other);
    assertThatThrownBy(this::opened).hasMessageContaining("root.key is not the key of root.pem");
    SecretFile.write(folder(), "root.key", "nothing");
    assertThatThrownBy(this::opened)
        .hasMessageContaining("cannot be used (root.key: it needs one \"BEGIN PRIVATE KEY\"");
    SecretFile.write(folder(), "root.key", rootKey);
    SecretFile.write(folder(), "intermediate.key", other);
    assertThatThrownBy(this::opened)
        .hasMessageContaining("intermediate.key is of no certificate in intermediate.pem");
    Files.delete(folder().resolve("root.pem"));
    assertThatThrownBy(this::opened)
        .hasMessageContaining("root.pem is missing, though intermediate.pem is there");
  }

  @Test
  void aCrashBetweenCertificateAndKeyCostsNothing() throws Exception {
    CertificateAuthority authority = opened();
    X509Certificate signer = authority.certificates().get(1);
    String key = Files.readString(folder().resolve("intermediate.key"));
    clock.goOn(Duration.ofDays(490));
    assertThat(authority.renewIntermediate()).isTrue();
    SecretFile.write(folder(), "intermediate.key", key);
    Files.delete(folder().resolve("root.key"));
    CertificateAuthority after = opened();
    assertThat(after.certificates().get(1)).isEqualTo(signer);
    assertThat(issue(after).get(1)).isEqualTo(signer);
  }

  @Test
  void aFirstStartThatWasCutShortIsBegunAgain() throws Exception {
    SecretFile.write(folder(), "root.key", Pem.of(Certificates.keys().getPrivate()));
    assertThat(issue(opened())).hasSize(2);
    Files.delete(folder().resolve("intermediate.pem"));
    assertThat(issue(opened())).hasSize(2);
  }

  @Test
  void anotherRootIsBelievedByWhoKnowsTheOneBefore() throws Exception {
    CertificateAuthority authority = opened();
    X509Certificate first = authority.root();
    List<X509Certificate> before = issue(authority);
    clock.goOn(Duration.ofDays(10));
    assertThat(authority.replaceRoot()).isTrue();
    X509Certificate second = authority.root();
    assertThat(second).isNotEqualTo(first);
    assertThat(authority.believed()).containsExactly(second, first);
    List<X509Certificate> after = issue(authority);
    for (X509Certificate known : List.of(first, second)) {
      assertThat(verified(after, known)).isEqualTo(Requests.device("d1"));
    }
    assertThat(verified(before, first)).isEqualTo(Requests.device("d1"));
    assertThatThrownBy(() -> verified(before, second)).hasMessageContaining("no authority of ours");
    assertThat(after).hasSize(3);
    assertThat(opened().certificates()).isEqualTo(authority.certificates()).hasSize(6);
    assertThatThrownBy(authority::replaceRoot).hasMessage("there are two roots already");
    authority.retireFormer();
    assertThat(authority.believed()).containsExactly(second);
    List<X509Certificate> last = issue(authority);
    assertThat(last).hasSize(2);
    assertThat(verified(last, second)).isEqualTo(Requests.device("d1"));
    assertThat(opened().certificates()).containsExactly(second, last.get(1));
    assertThat(Pem.privateKey(Files.readString(folder().resolve("root.key"))))
        .satisfies(key -> assertThat(Credential.belong(key, second)).isTrue());
  }

  private Identity verified(List<X509Certificate> chain, X509Certificate known) throws Exception {
    return new Trust(List.of(known)).verify(chain, Trust.FOR_CLIENTS, clock.instant());
  }

  @Test
  void withoutItsKeyARootIsNotReplaced() throws Exception {
    CertificateAuthority authority = opened();
    X509Certificate root = authority.root();
    Files.move(folder().resolve("root.key"), temporary.resolve("safe"));
    assertThat(authority.replaceRoot()).isFalse();
    assertThat(opened().believed()).containsExactly(root);
  }

  /** Whatever a crash leaves: as many files as were written until then are of the next root. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void aCrashWhileARootIsReplacedCostsNothing(int written) throws Exception {
    CertificateAuthority authority = opened();
    X509Certificate first = authority.root();
    List<X509Certificate> before = issue(authority);
    Map<String, byte[]> old = files();
    assertThat(authority.replaceRoot()).isTrue();
    Map<String, byte[]> done = files();
    byte[] next =
        Pem.of(
                List.of(
                    authority.root(),
                    authority.certificates().get(2),
                    authority.certificates().get(3)))
            .getBytes(StandardCharsets.US_ASCII);
    List<String> order =
        List.of("next-root.key", "next-root.pem", "former-root.pem", "root.key", "root.pem");
    for (String file : done.keySet()) {
      Files.delete(folder().resolve(file));
    }
    for (Map.Entry<String, byte[]> file : old.entrySet()) {
      SecretFile.write(folder(), file.getKey(), text(file.getValue()));
    }
    for (String file : order.subList(0, Math.min(written, order.size()))) {
      byte[] bytes =
          file.equals("next-root.pem")
              ? next
              : done.get(file.equals("next-root.key") ? "root.key" : file);
      SecretFile.write(folder(), file, text(bytes));
    }
    if (written == 6) { // the first of the two is gone, too
      Files.delete(folder().resolve("next-root.pem"));
    }
    CertificateAuthority after = opened();
    assertThat(verified(issue(after), first)).isEqualTo(Requests.device("d1"));
    assertThat(verified(before, first)).isEqualTo(Requests.device("d1"));
    if (written == 1) {
      assertThat(after.believed()).containsExactly(first);
    } else {
      assertThat(after.believed()).containsExactly(authority.root(), first);
      assertThat(verified(issue(after), authority.root())).isEqualTo(Requests.device("d1"));
    }
    assertThat(files()).doesNotContainKeys("next-root.key", "next-root.pem");
  }

  private static String text(byte[] file) {
    return new String(file, StandardCharsets.US_ASCII);
  }

  private Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    try (var names = Files.list(folder())) {
      for (Path file : names.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }
}
