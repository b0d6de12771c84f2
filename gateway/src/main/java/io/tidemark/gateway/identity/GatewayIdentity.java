package io.tidemark.gateway.identity;

import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.FirstCertificate;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Renewal;
import io.tidemark.identity.Role;
import io.tidemark.identity.SecretFile;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import io.tidemark.identity.UnreachableException;
import io.tidemark.identity.UntrustedException;
import io.tidemark.identity.UntrustedException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * With what this gateway proves who it is, and whom it believes. Its credential is kept in a
 * folder, got with an enrolment token if there is none, and renewed at ingest by a thread of its
 * own; whatever uses it then goes on with the new one. Thread-safe once it is open.
 */
public final class GatewayIdentity implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayIdentity.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final Duration PAUSE_MIN = Duration.ofSeconds(1);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(30);
  private static final Duration LOOK = Duration.ofMillis(100);

  private final OwnCredential own;
  private final Trust trust;
  private final AccessLists lists;
  private final Devices devices;
  private final ServerTrust servers;
  private final Renewal renewal;
  private final ClientTrust clients;
  private final EstPassage passage;
  private final Map<Reason, LongAdder> refused = new EnumMap<>(Reason.class);
  private final LongAdder renewed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final List<Runnable> onRenewed = new CopyOnWriteArrayList<>();

  private GatewayIdentity(
      IdentitySettings settings,
      CredentialFolder folder,
      Credential credential,
      List<X509Certificate> authorities,
      Clock clock)
      throws IOException {
    this.trust = new Trust(authorities);
    this.own = new OwnCredential(credential);
    this.lists = AccessLists.open(settings.dir(), trust);
    this.devices = new Devices(trust, lists::bars, clock);
    this.servers = new ServerTrust(trust, server -> clock.instant());
    for (Reason reason : Reason.values()) {
      refused.put(reason, new LongAdder());
    }
    this.clients = ClientTrust.lapsedToo(trust, clock, new Door());
    this.passage = new EstPassage(settings.ingest(), this::towardsIngest);
    onRenewed.add(passage::reconnect);
    this.renewal =
        new Renewal(
            own,
            trust,
            servers,
            folder,
            settings.ingest(),
            settings.hosts(),
            clock,
            RandomGenerator.of("L64X128MixRandom"),
            new Told());
  }

  /**
   * Opens what is kept, or enrols, and begins to renew. Blocks; as long as nobody can be reached to
   * be enrolled by, it waits.
   *
   * @param stopped whether waiting is given up
   * @param said told what it waits for
   * @throws IOException if there is no credential and none is given, or it is not this gateway's;
   *     with what to do
   * @throws InterruptedException if waiting is given up
   */
  public static GatewayIdentity open(
      IdentitySettings settings, Clock clock, BooleanSupplier stopped, Consumer<String> said)
      throws IOException, InterruptedException {
    CredentialFolder folder = new CredentialFolder(settings.dir());
    Identity wanted = new Identity(Role.GATEWAY, settings.gateway());
    Credential credential = folder.credential().orElse(null);
    List<X509Certificate> authorities = folder.authorities();
    if (credential == null || authorities.isEmpty()) {
      enrol(settings, folder, wanted, new Waiting(stopped, said));
      credential = folder.credential().orElse(null);
      authorities = folder.authorities();
    }
    if (credential == null || !credential.identity().equals(wanted)) {
      throw new IOException(
          "the credential in %s is that of %s, and tidemark.gateway.id is %s: give each gateway a folder of its own (tidemark.identity.dir)"
              .formatted(
                  settings.dir(),
                  credential == null ? "nobody" : credential.identity(),
                  settings.gateway()));
    }
    GatewayIdentity identity =
        new GatewayIdentity(settings, folder, credential, authorities, clock);
    LOG.info("This is {}", credential);
    identity.renewal.start();
    return identity;
  }

  /** Ingest may be away for a while, as it may be later; what it refuses it would refuse again. */
  private static void enrol(
      IdentitySettings settings, CredentialFolder folder, Identity wanted, Waiting waiting)
      throws IOException, InterruptedException {
    EnrolmentToken token = token(settings);
    Duration pause = PAUSE_MIN;
    while (true) {
      try {
        FirstCertificate got =
            FirstCertificate.get(token, wanted, settings.hosts(), TIMEOUT, Clock.systemUTC());
        folder.store(got.authorities());
        folder.store(got.credential());
        LOG.info("Enrolled at {}", got.from());
        return;
      } catch (UnreachableException e) {
        waiting.say("waits until it can be enrolled: " + e.getMessage());
        waiting.rest(pause);
        pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
      } catch (IOException e) {
        throw new IOException(
            "this gateway has no credential in %s, and could not be enrolled: %s"
                .formatted(settings.dir(), e.getMessage()),
            e);
      }
    }
  }

  /** Until ingest can be reached, or the gateway is told to stop. */
  private record Waiting(
      BooleanSupplier stopped, Consumer<String> said, AtomicReference<String> last) {
    Waiting(BooleanSupplier stopped, Consumer<String> said) {
      this(stopped, said, new AtomicReference<>(""));
    }

    /** Once, if it is the same as before. */
    void say(String what) {
      if (!what.equals(last.getAndSet(what))) {
        said.accept(what);
      }
    }

    void rest(Duration pause) throws InterruptedException {
      long end = System.nanoTime() + pause.toNanos();
      while (System.nanoTime() - end < 0) {
        if (stopped.getAsBoolean()) {
          throw new InterruptedException("stopped before it was enrolled");
        }
        Thread.sleep(LOOK.toMillis());
      }
    }
  }

  private static EnrolmentToken token(IdentitySettings settings) throws IOException {
    String word = settings.enrolmentToken();
    if (word == null && settings.enrolmentTokenFile() != null) {
      if (!Files.isRegularFile(settings.enrolmentTokenFile())) {
        throw new IOException(
            "there is no file %s, which tidemark.identity.enrolment-token-file names"
                .formatted(settings.enrolmentTokenFile()));
      }
      SecretFile.require(settings.enrolmentTokenFile());
      word = Files.readString(settings.enrolmentTokenFile());
    }
    if (word == null) {
      throw new IOException(
          "there is no credential in %s, and without one nobody believes this gateway: have ingest make an enrolment token for it and name it by tidemark.identity.enrolment-token-file; or, to try it on this machine alone, set tidemark.security=off"
              .formatted(settings.dir()));
    }
    return EnrolmentToken.parse(word);
  }

  /** Whom it believes. */
  public Trust trust() {
    return trust;
  }

  /** With what it proves who it is. */
  public OwnCredential own() {
    return own;
  }

  /** Who of them is shut out, and what else ingest tells. */
  public AccessLists lists() {
    return lists;
  }

  /** Whom it believes of those that come to it. */
  public Devices devices() {
    return devices;
  }

  /**
   * Whom it believes at its HTTPS, where certificates that have ended are taken, too: they open
   * nothing but the way to their renewal.
   */
  public ClientTrust clients() {
    return clients;
  }

  /** How devices are enrolled through it. */
  public EstPassage passage() {
    return passage;
  }

  /** How often somebody was not believed at its HTTPS for this reason. */
  public long refused(Reason reason) {
    LongAdder times = refused.get(reason);
    return times == null ? 0 : times.sum();
  }

  /** For connections to ingest; another one each time, which resumes no session of before. */
  public SSLContext towardsIngest() {
    try {
      return Tls.client(servers, own);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("there is no TLS here: " + e.getMessage(), e);
    }
  }

  /** Has it called when there is another credential. On the renewal's thread; must not throw. */
  public void onRenewed(Runnable listener) {
    onRenewed.add(listener);
  }

  /** Seconds until its certificate ends; less than 0 if it has. */
  public double secondsLeft() {
    return Duration.between(devices.clock().instant(), own.now().notAfter()).toMillis() / 1e3;
  }

  /** Seconds from its certificate's beginning to its end. */
  public double secondsInAll() {
    return Duration.between(own.now().notBefore(), own.now().notAfter()).toMillis() / 1e3;
  }

  /** Times its credential was renewed. */
  public long renewed() {
    return renewed.sum();
  }

  /** Times that did not succeed. */
  public long renewalsFailed() {
    return failed.sum();
  }

  @Override
  public void close() throws InterruptedException {
    renewal.close();
    lists.close();
  }

  private final class Door implements ClientTrust.Door {
    @Override
    public void check(Identity identity, X509Certificate certificate) {
      // Ingest decides what comes of it.
    }

    @Override
    public void refused(UntrustedException why) {
      LongAdder times = refused.get(why.reason());
      if (times != null) {
        times.increment();
      }
    }
  }

  private final class Told implements Renewal.Listener {
    /** So that a line is written when something changes, and not at each attempt. */
    private @Nullable String said;

    @Override
    public void renewed(Credential credential) {
      renewed.increment();
      said = null;
      LOG.info("The certificate is renewed: {}", credential);
      onRenewed.forEach(Runnable::run);
    }

    @Override
    public void failed(String why) {
      failed.increment();
      if (!why.equals(said)) {
        said = why;
        LOG.warn(
            "The certificate, valid until {}, is not renewed, which is tried again: {}",
            own.now().notAfter(),
            why);
      }
    }
  }
}
