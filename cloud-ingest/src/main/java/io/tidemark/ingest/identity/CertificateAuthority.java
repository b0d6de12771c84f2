package io.tidemark.ingest.identity;

import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Pem;
import io.tidemark.identity.SecretFile;
import io.tidemark.ingest.sql.SqlUnavailableException;
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

  /** Of a short validity no more than this part: renewals count from when a certificate begins. */
  private static final int SLACK_SHARE = 10;

  private static final Duration INTERMEDIATE_VALIDITY = Duration.ofDays(2 * 365);

  /** How long others may take to change something. */
  private static final Duration OTHERS_MAX = Duration.ofSeconds(30);

  private static final int DUE_SHARE = 3; // of an intermediate's time, when it is replaced
  static final String INTERMEDIATE = "intermediate.pem";
  private static final String INTERMEDIATE_KEY = "intermediate.key";
  private static final String NEW_ROOT = "new-root";

  private final Path folder;
  private final Clock clock;
  private final Roots roots;
  private volatile @Nullable Opened opened;
  private boolean isAlone;

  /**
   * @param intermediates the one that signs first, then those before it
   */
  private record Opened(Roots.Held roots, PrivateKey key, List<X509Certificate> intermediates) {
    X509Certificate signer() {
      return intermediates.get(0);
    }
  }

  /** What is in a folder; nothing is read or made yet. */
  public CertificateAuthority(Path folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
    this.roots = new Roots(folder, clock);
  }

  /**
   * Reads what is there, and makes what is not.
   *
   * @throws IOException if it cannot, with what to do
   */
  public synchronized void open() throws IOException {
    SecretFile.makeFolder(folder);
    try (FolderLock unused = FolderLock.take(folder, OTHERS_MAX)) {
      make();
    }
  }

  /** What is done while no other ingest changes the folder. */
  interface Work<T> {
    T run() throws IOException, GeneralSecurityException, SqlUnavailableException;
  }

  /**
   * Does something by what is in the folder now, while no other ingest that has the same folder
   * changes it. Within it, it may be used once more.
   *
   * @throws IOException if another does not let go of it, or what is in it cannot be used
   */
  synchronized <T> T alone(Work<T> work)
      throws IOException, GeneralSecurityException, SqlUnavailableException {
    if (isAlone) {
      return work.run();
    }
    try (FolderLock unused = FolderLock.take(folder, OTHERS_MAX)) {
      isAlone = true;
      opened = intermediates(roots.open(false));
      return work.run();
    } finally {
      isAlone = false;
    }
  }

  private void make() throws IOException {
    try {
      opened = intermediates(roots.open(!Files.exists(folder.resolve(INTERMEDIATE))));
      if (isDue()) {
        renewIntermediate();
      }
      if (!now().isBefore(signer().getNotAfter().toInstant())) {
        throw new IOException(
            "the intermediate certificate in %s was valid until %s: put %s back for one start, so that another can be made"
                .formatted(folder, signer().getNotAfter().toInstant(), Roots.KEY));
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "what is in %s cannot be used (%s): restore it from a copy"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  private Opened intermediates(Roots.Held held) throws IOException, GeneralSecurityException {
    Path certificates = folder.resolve(INTERMEDIATE);
    if (!Files.exists(certificates)) {
      return renewed(held, List.of());
    }
    PrivateKey key = Roots.key(folder.resolve(INTERMEDIATE_KEY));
    List<X509Certificate> all = Pem.certificates(Files.readString(certificates));
    for (X509Certificate certificate : all) {
      if (Credential.belong(key, certificate)) {
        List<X509Certificate> signerFirst = new ArrayList<>(all);
        signerFirst.remove(certificate);
        signerFirst.add(0, certificate);
        return new Opened(held, key, List.copyOf(signerFirst));
      }
    }
    throw new IOException(
        "%s is of no certificate in %s: restore both from one copy, or remove both and have %s there for one start"
            .formatted(folder.resolve(INTERMEDIATE_KEY), INTERMEDIATE, Roots.KEY));
  }

  /** The certificate before the key: after a crash between them the key is still one's in it. */
  private Opened renewed(Roots.Held held, List<X509Certificate> before)
      throws IOException, GeneralSecurityException {
    PrivateKey rootKey = roots.key();
    if (rootKey == null) {
      throw new IOException(
          "there is no %s in %s to sign an intermediate certificate with: put it there for one start"
              .formatted(Roots.KEY, folder));
    }
    X509Certificate root = held.root();
    KeyPair keys = Certificates.keys();
    Instant end = earlier(now().plus(INTERMEDIATE_VALIDITY), root.getNotAfter().toInstant());
    List<X509Certificate> all = new ArrayList<>();
    all.add(Certificates.intermediate(root, rootKey, keys.getPublic(), from(), end));
    all.addAll(before);
    SecretFile.write(folder, INTERMEDIATE, Pem.of(all));
    SecretFile.write(folder, INTERMEDIATE_KEY, Pem.of(keys.getPrivate()));
    return new Opened(held, keys.getPrivate(), List.copyOf(all));
  }

  /**
   * Whether another intermediate is to be made: a third of its time is left, or another root has
   * signed it than the one there is now.
   */
  boolean isDue() {
    X509Certificate signer = signer();
    if (!opened().roots.hasSigned(signer)) {
      return true;
    }
    Duration life =
        Duration.between(signer.getNotBefore().toInstant(), signer.getNotAfter().toInstant());
    return now().isAfter(signer.getNotAfter().toInstant().minus(life.dividedBy(DUE_SHARE)));
  }

  /**
   * Makes another intermediate, if the root's key is there. To be done {@link #alone}.
   *
   * @return false if it is not
   */
  synchronized boolean renewIntermediate() throws IOException, GeneralSecurityException {
    if (roots.key() == null) {
      return false;
    }
    Opened now = opened();
    roots.requireKey(now.roots.root());
    opened = renewed(now.roots, now.intermediates);
    return true;
  }

  /** Whether somebody wants another root: the file {@code new-root} says so. */
  boolean isNewRootAsked() {
    return Files.exists(folder.resolve(NEW_ROOT));
  }

  /** That is done, or cannot be. */
  void forgetNewRoot() throws IOException {
    Files.deleteIfExists(folder.resolve(NEW_ROOT));
  }

  /** Whether the root's key is here. */
  public boolean isRootKeyHere() throws IOException, GeneralSecurityException {
    return roots.key() != null;
  }

  /**
   * Puts another root in the place of this one, which stays believed. From now on all is signed
   * under the other one. To be done {@link #alone}.
   *
   * @return false if the root's key is not here
   * @throws IllegalStateException if the root before this one is believed yet
   */
  synchronized boolean replaceRoot() throws IOException, GeneralSecurityException {
    Opened now = opened();
    PrivateKey key = roots.key();
    if (key == null) {
      return false;
    }
    if (now.roots.former() != null) {
      throw new IllegalStateException("there are two roots already");
    }
    roots.requireKey(now.roots.root());
    Roots.Held held = roots.replace(now.roots.root(), key);
    opened = renewed(held, now.intermediates);
    return true;
  }

  /** The root before, and what it has signed, are believed no more. To be done {@link #alone}. */
  synchronized void retireFormer() throws IOException {
    Opened now = opened();
    List<X509Certificate> left = now.intermediates.stream().filter(now.roots::hasSigned).toList();
    if (!left.contains(now.signer())) {
      throw new IllegalStateException("the root before has signed what signs now");
    }
    SecretFile.write(folder, INTERMEDIATE, Pem.of(left));
    opened = new Opened(roots.retire(now.roots), now.key, left);
  }

  /**
   * Since when nothing is signed under the root before; null if there is none, or something still
   * is.
   */
  @Nullable Instant signsAloneSince() {
    Opened now = opened();
    if (now.roots.former() == null || !now.roots.hasSigned(now.signer())) {
      return null;
    }
    return now.intermediates.stream()
        .filter(now.roots::hasSigned)
        .map(one -> one.getNotBefore().toInstant().plus(SLACK))
        .min(Instant::compareTo)
        .orElseThrow();
  }

  /**
   * A certificate, and the intermediate that has signed it; as long as there is a root before, also
   * what makes those believe it who know only that one.
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
    Instant from = from(validity);
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(
        Certificates.of(
            identity,
            key,
            hosts,
            now.signer(),
            now.key,
            from.isBefore(earliest) ? earliest : from,
            end));
    chain.add(now.signer());
    Roots.Former former = now.roots.former();
    if (former != null && now.roots.hasSigned(now.signer())) {
      chain.add(former.newByOld());
    }
    return chain;
  }

  /** Until when what it issues can be valid. */
  Instant signsUntil() {
    return signer().getNotAfter().toInstant();
  }

  /** Under which all is signed. */
  public X509Certificate root() {
    return opened().roots.root();
  }

  /** Whom everybody is to believe: the root, and the one before as long as that counts. */
  public List<X509Certificate> believed() {
    return opened().roots.believed();
  }

  /** The intermediates: the one that signs first, then those before it. */
  public List<X509Certificate> intermediates() {
    return opened().intermediates;
  }

  /** The roots, how one follows from the other, and the intermediates as above. */
  public List<X509Certificate> certificates() {
    Opened now = opened();
    List<X509Certificate> all = new ArrayList<>();
    all.add(now.roots.root());
    if (now.roots.former() != null) {
      all.addAll(now.roots.former().all());
    }
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

  private Instant from(Duration validity) {
    Duration share = validity.dividedBy(SLACK_SHARE);
    return now().minus(share.compareTo(SLACK) < 0 ? share : SLACK);
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
