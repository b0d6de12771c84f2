package io.tidemark.ingest.identity;

import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Pem;
import io.tidemark.identity.SecretFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Signs certificates. Its root signs nothing but intermediates, and is all that anybody has to
 * believe; so the root's key may be somewhere else, but for the minute every year or so in which a
 * new intermediate is made. Thread-safe once it is open.
 */
public final class CertificateAuthority {
  /** For clocks that are a little behind. */
  static final Duration SLACK = Duration.ofMinutes(5);

  private static final Duration ROOT_VALIDITY = Duration.ofDays(20 * 365);
  private static final Duration INTERMEDIATE_VALIDITY = Duration.ofDays(2 * 365);
  private static final int DUE_SHARE = 3; // of an intermediate's time, when it is replaced
  private static final String ROOT = "root.pem";
  private static final String ROOT_KEY = "root.key";
  private static final String INTERMEDIATE = "intermediate.pem";
  private static final String INTERMEDIATE_KEY = "intermediate.key";

  private final Path folder;
  private final Clock clock;
  private volatile @Nullable Opened opened;

  /**
   * @param intermediates the one that signs first, then those before it
   */
  private record Opened(X509Certificate root, PrivateKey key, List<X509Certificate> intermediates) {
    X509Certificate signer() {
      return intermediates.get(0);
    }
  }

  /** What is in a folder; nothing is read or made yet. */
  public CertificateAuthority(Path folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
  }

  /**
   * Reads what is there, and makes what is not.
   *
   * @throws IOException if it cannot, with what to do
   */
  public void open() throws IOException {
    try {
      X509Certificate root = root(folder.resolve(ROOT));
      requireRootKey(root);
      opened = intermediates(root);
      if (isDue()) {
        renewIntermediate();
      }
      if (!now().isBefore(signer().getNotAfter().toInstant())) {
        throw new IOException(
            "the intermediate certificate in %s was valid until %s: put %s back for one start, so that another can be made"
                .formatted(folder, signer().getNotAfter().toInstant(), ROOT_KEY));
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "what is in %s cannot be used (%s): restore it from a copy"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  private X509Certificate root(Path file) throws IOException, GeneralSecurityException {
    if (Files.exists(file)) {
      return one(file);
    }
    if (Files.exists(folder.resolve(INTERMEDIATE))) {
      throw new IOException(
          "%s is missing, though %s is there: restore it from a copy; everybody believes in it"
              .formatted(file, INTERMEDIATE));
    }
    KeyPair keys = Certificates.keys();
    X509Certificate made = Certificates.root(keys, from(), now().plus(ROOT_VALIDITY));
    SecretFile.write(folder, ROOT_KEY, Pem.of(keys.getPrivate()));
    SecretFile.write(folder, ROOT, Pem.of(List.of(made)));
    return made;
  }

  private static X509Certificate one(Path file) throws IOException, GeneralSecurityException {
    List<X509Certificate> found = Pem.certificates(Files.readString(file));
    if (found.size() != 1) {
      throw new IOException(
          "%s must have one certificate, and has %d".formatted(file, found.size()));
    }
    return found.get(0);
  }

  private void requireRootKey(X509Certificate root) throws IOException, GeneralSecurityException {
    PrivateKey key = rootKey();
    if (key != null && !Credential.belong(key, root)) {
      throw new IOException(
          "%s is not the key of %s: restore the one that is"
              .formatted(folder.resolve(ROOT_KEY), ROOT));
    }
  }

  private @Nullable PrivateKey rootKey() throws IOException, GeneralSecurityException {
    Path file = folder.resolve(ROOT_KEY);
    return Files.exists(file) ? key(file) : null;
  }

  private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    SecretFile.require(file);
    try {
      return Pem.privateKey(Files.readString(file));
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(file.getFileName() + ": " + e.getMessage(), e);
    }
  }

  private Opened intermediates(X509Certificate root) throws IOException, GeneralSecurityException {
    Path certificates = folder.resolve(INTERMEDIATE);
    if (!Files.exists(certificates)) {
      return renewed(root, List.of());
    }
    PrivateKey key = key(folder.resolve(INTERMEDIATE_KEY));
    List<X509Certificate> all = Pem.certificates(Files.readString(certificates));
    for (X509Certificate certificate : all) {
      if (Credential.belong(key, certificate)) {
        List<X509Certificate> signerFirst = new ArrayList<>(all);
        signerFirst.remove(certificate);
        signerFirst.add(0, certificate);
        return new Opened(root, key, List.copyOf(signerFirst));
      }
    }
    throw new IOException(
        "%s is of no certificate in %s: restore both from one copy, or remove both and have %s there for one start"
            .formatted(folder.resolve(INTERMEDIATE_KEY), INTERMEDIATE, ROOT_KEY));
  }

  /** The certificate before the key: after a crash between them the key is still one's in it. */
  private Opened renewed(X509Certificate root, List<X509Certificate> before)
      throws IOException, GeneralSecurityException {
    PrivateKey rootKey = rootKey();
    if (rootKey == null) {
      throw new IOException(
          "there is no %s in %s to sign an intermediate certificate with: put it there for one start"
              .formatted(ROOT_KEY, folder));
    }
    KeyPair keys = Certificates.keys();
    Instant end = earlier(now().plus(INTERMEDIATE_VALIDITY), root.getNotAfter().toInstant());
    List<X509Certificate> all = new ArrayList<>();
    all.add(Certificates.intermediate(root, rootKey, keys.getPublic(), from(), end));
    all.addAll(before);
    SecretFile.write(folder, INTERMEDIATE, Pem.of(all));
    SecretFile.write(folder, INTERMEDIATE_KEY, Pem.of(keys.getPrivate()));
    return new Opened(root, keys.getPrivate(), List.copyOf(all));
  }

  /** Whether another intermediate is to be made: a third of its time is left. */
  boolean isDue() {
    X509Certificate signer = signer();
    Duration life =
        Duration.between(signer.getNotBefore().toInstant(), signer.getNotAfter().toInstant());
    return now().isAfter(signer.getNotAfter().toInstant().minus(life.dividedBy(DUE_SHARE)));
  }

  /**
   * Makes another intermediate, if the root's key is there.
   *
   * @return false if it is not
   */
  synchronized boolean renewIntermediate() throws IOException, GeneralSecurityException {
    if (rootKey() == null) {
      return false;
    }
    Opened now = opened();
    requireRootKey(now.root);
    opened = renewed(now.root, now.intermediates);
    return true;
  }

  /**
   * A certificate, and the intermediate that has signed it.
   *
   * @param validity shorter if the intermediate's time is over before
   */
  List<X509Certificate> issue(
      Identity identity, PublicKey key, Collection<String> hosts, Duration validity)
      throws GeneralSecurityException {
    return issue(identity, key, hosts, validity, Instant.EPOCH);
  }

  /**
   * The same; its time does not begin before {@code earliest}, though otherwise a little before
   * now.
   */
  List<X509Certificate> issue(
      Identity identity,
      PublicKey key,
      Collection<String> hosts,
      Duration validity,
      Instant earliest)
      throws GeneralSecurityException {
    Opened now = opened();
    Instant end = earlier(now().plus(validity), now.signer().getNotAfter().toInstant());
    Instant from = from().isBefore(earliest) ? earliest : from();
    return List.of(
        Certificates.of(identity, key, hosts, now.signer(), now.key, from, end), now.signer());
  }

  /** Until when what it issues can be valid. */
  Instant signsUntil() {
    return signer().getNotAfter().toInstant();
  }

  /** Whom everybody is to believe. */
  public X509Certificate root() {
    return opened().root;
  }

  /** The root, and the intermediates: the one that signs first, then those before it. */
  public List<X509Certificate> certificates() {
    Opened now = opened();
    List<X509Certificate> all = new ArrayList<>();
    all.add(now.root);
    all.addAll(now.intermediates);
    return all;
  }

  /** Whether there is one: with security off there is none. */
  public boolean isOpen() {
    return opened != null;
  }

  private X509Certificate signer() {
    return opened().signer();
  }

  private Opened opened() {
    Opened now = opened;
    if (now == null) {
      throw new IllegalStateException("the authority is not open");
    }
    return now;
  }

  private Instant now() {
    return clock.instant();
  }

  private Instant from() {
    return now().minus(SLACK);
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
