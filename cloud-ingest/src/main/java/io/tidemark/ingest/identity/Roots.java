package io.tidemark.ingest.identity;

import io.tidemark.identity.Credential;
import io.tidemark.identity.Pem;
import io.tidemark.identity.SecretFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The roots in a folder: the one under which all is signed, and the one before it as long as it is
 * believed. Each has signed the other's key, so that who believes one may believe both. A root is
 * replaced file by file, in an order in which whatever a crash leaves is finished at the next
 * start. Used by one thread at a time.
 */
final class Roots {
  static final String ROOT = "root.pem";
  static final String KEY = "root.key";
  private static final String FORMER = "former-root.pem";
  private static final String NEXT = "next-root.pem";
  private static final String NEXT_KEY = "next-root.key";
  private static final Duration VALIDITY = Duration.ofDays(20 * 365);
  private static final int IN_FORMER = 3;

  private final Path folder;
  private final Clock clock;

  Roots(Path folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
  }

  /**
   * The root before.
   *
   * @param newByOld the key of the one there is now, signed by this one: sent along with what is
   *     signed under that one, for those who know only this one
   * @param oldByNew the other way round, for those who know only the one there is now
   */
  record Former(X509Certificate root, X509Certificate newByOld, X509Certificate oldByNew) {
    static Former of(List<X509Certificate> three) throws IOException {
      if (three.size() != IN_FORMER) {
        throw new IOException(
            "%s must have %d certificates, and has %d: restore it from a copy"
                .formatted(FORMER, IN_FORMER, three.size()));
      }
      return new Former(three.get(0), three.get(1), three.get(2));
    }

    List<X509Certificate> all() {
      return List.of(root, newByOld, oldByNew);
    }
  }

  /** What there is. */
  record Held(X509Certificate root, @Nullable Former former) {
    /** Whom everybody is to believe. */
    List<X509Certificate> believed() {
      return former == null ? List.of(root) : List.of(root, former.root);
    }

    /** Whether the root there is now has signed this one. */
    boolean hasSigned(X509Certificate certificate) {
      return certificate.getIssuerX500Principal().equals(root.getSubjectX500Principal());
    }
  }

  /**
   * Reads what is there; finishes what was begun, or makes a first root.
   *
   * @param mayMake whether there may be none yet
   */
  Held open(boolean mayMake) throws IOException, GeneralSecurityException {
    if (Files.exists(folder.resolve(NEXT))) {
      finish();
    }
    Files.deleteIfExists(folder.resolve(NEXT_KEY)); // not yet anybody's
    X509Certificate root = root(mayMake);
    requireKey(root);
    Path file = folder.resolve(FORMER);
    Former former = Files.exists(file) ? Former.of(Pem.certificates(Files.readString(file))) : null;
    if (former != null && !former.newByOld.getPublicKey().equals(root.getPublicKey())) {
      throw new IOException(
          "%s is not of the root before that in %s: restore both from one copy"
              .formatted(file, ROOT));
    }
    return new Held(root, former);
  }

  private X509Certificate root(boolean mayMake) throws IOException, GeneralSecurityException {
    Path file = folder.resolve(ROOT);
    if (Files.exists(file)) {
      return one(file);
    }
    if (!mayMake) {
      throw new IOException(
          "%s is missing, though %s is there: restore it from a copy; everybody believes in it"
              .formatted(file, CertificateAuthority.INTERMEDIATE));
    }
    KeyPair keys = Certificates.keys();
    X509Certificate made = made(keys);
    SecretFile.write(folder, KEY, Pem.of(keys.getPrivate()));
    SecretFile.write(folder, ROOT, Pem.of(List.of(made)));
    return made;
  }

  private X509Certificate made(KeyPair keys) throws GeneralSecurityException {
    return Certificates.root(keys, from(), clock.instant().plus(VALIDITY));
  }

  private Instant from() {
    return clock.instant().minus(CertificateAuthority.SLACK);
  }

  private static X509Certificate one(Path file) throws IOException, GeneralSecurityException {
    List<X509Certificate> found = Pem.certificates(Files.readString(file));
    if (found.size() != 1) {
      throw new IOException(
          "%s must have one certificate, and has %d".formatted(file, found.size()));
    }
    return found.get(0);
  }

  /** Returns if the key is the root's, or somewhere else. */
  void requireKey(X509Certificate root) throws IOException, GeneralSecurityException {
    PrivateKey key = key();
    if (key != null && !Credential.belong(key, root)) {
      throw new IOException(
          "%s is not the key of %s: restore the one that is".formatted(folder.resolve(KEY), ROOT));
    }
  }

  /** The root's key; null if it is somewhere else. */
  @Nullable PrivateKey key() throws IOException, GeneralSecurityException {
    Path file = folder.resolve(KEY);
    return Files.exists(file) ? key(file) : null;
  }

  static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    SecretFile.require(file);
    try {
      return Pem.privateKey(Files.readString(file));
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(file.getFileName() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Puts another root in the place of this one. The key of this one is overwritten by the other's:
   * it has nothing to sign any more.
   *
   * @param key of this one
   */
  Held replace(X509Certificate root, PrivateKey key) throws IOException, GeneralSecurityException {
    KeyPair keys = Certificates.keys();
    X509Certificate next = made(keys);
    Instant end = root.getNotAfter().toInstant();
    X509Certificate newByOld = Certificates.vouch(next, root, key, from(), end);
    X509Certificate oldByNew = Certificates.vouch(root, next, keys.getPrivate(), from(), end);
    SecretFile.write(folder, NEXT_KEY, Pem.of(keys.getPrivate()));
    SecretFile.write(folder, NEXT, Pem.of(List.of(next, newByOld, oldByNew)));
    finish();
    return open(false);
  }

  /** From the moment in which both files of the next root are there. */
  private void finish() throws IOException, GeneralSecurityException {
    List<X509Certificate> next = Pem.certificates(Files.readString(folder.resolve(NEXT)));
    X509Certificate root = one(folder.resolve(ROOT));
    if (!root.equals(next.get(0))) {
      PrivateKey key = key(folder.resolve(NEXT_KEY));
      SecretFile.write(folder, FORMER, Pem.of(new Former(root, next.get(1), next.get(2)).all()));
      SecretFile.write(folder, KEY, Pem.of(key));
      SecretFile.write(folder, ROOT, Pem.of(List.of(next.get(0))));
    }
    Files.delete(folder.resolve(NEXT));
    Files.deleteIfExists(folder.resolve(NEXT_KEY));
  }

  /** The root before is believed no more. */
  Held retire(Held now) throws IOException {
    Files.deleteIfExists(folder.resolve(FORMER));
    return new Held(now.root, null);
  }
}
