package io.tidemark.gateway.identity;

import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Renewal;
import io.tidemark.identity.Role;
import io.tidemark.identity.SecretFile;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
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

  private final OwnCredential own;
  private final Trust trust;
  private final AccessLists lists;
  private final Devices devices;
  private final ServerTrust servers;
  private final Renewal renewal;
  private final LongAdder renewed = new LongAdder();
  private final LongAdder failed = new LongAdder();

  private GatewayIdentity(
      IdentitySettings settings,
      CredentialFolder folder,
      Credential credential,
      List<X509Certificate> authorities,
      AccessLists lists,
      Clock clock) {
    this.trust = new Trust(authorities);
    this.own = new OwnCredential(credential);
    this.lists = lists;
    this.devices = new Devices(trust, lists::bars, clock);
    this.servers = new ServerTrust(trust, server -> clock.instant());
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
   * Opens what is kept, or enrols, and begins to renew. Blocks.
   *
   * @throws IOException if there is no credential and none can be got, or it is not this gateway's;
   *     with what to do
   */
  public static GatewayIdentity open(IdentitySettings settings, Clock clock) throws IOException {
    CredentialFolder folder = new CredentialFolder(settings.dir());
    Identity wanted = new Identity(Role.GATEWAY, settings.gateway());
    Credential credential = folder.credential().orElse(null);
    List<X509Certificate> authorities = folder.authorities();
    if (credential == null || authorities.isEmpty()) {
      enrol(settings, folder, wanted, clock);
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
        new GatewayIdentity(
            settings, folder, credential, authorities, AccessLists.open(settings.dir()), clock);
    LOG.info("This is {}", credential);
    identity.renewal.start();
    return identity;
  }

  private static void enrol(
      IdentitySettings settings, CredentialFolder folder, Identity wanted, Clock clock)
      throws IOException {
    EnrolmentToken token = token(settings);
    String problem = "";
    for (URI url : token.urls()) {
      try {
        List<X509Certificate> authorities = EstClient.meet(url, TIMEOUT, token.authority());
        ServerTrust servers = new ServerTrust(new Trust(authorities), server -> clock.instant());
        Credential credential =
            EstClient.of(url, TIMEOUT, servers, null)
                .enrol(token.secretText(), wanted, settings.hosts());
        folder.store(authorities);
        folder.store(credential);
        LOG.info("Enrolled at {}", url);
        return;
      } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
        problem = "%s: %s".formatted(url, e.getMessage());
      }
    }
    throw new IOException(
        "this gateway has no credential in %s, and could not be enrolled: %s"
            .formatted(settings.dir(), problem));
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
   * For connections to ingest.
   *
   * @throws IOException if this Java has no TLS
   */
  public SSLContext towardsIngest() throws IOException {
    try {
      return Tls.client(servers, own);
    } catch (GeneralSecurityException e) {
      throw new IOException("there is no TLS here: " + e.getMessage(), e);
    }
  }

  /** Seconds until its certificate ends; less than 0 if it has. */
  public double secondsLeft() {
    return Duration.between(devices.clock().instant(), own.now().notAfter()).toMillis() / 1e3;
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

  private final class Told implements Renewal.Listener {
    /** So that a line is written when something changes, and not at each attempt. */
    private @Nullable String said;

    @Override
    public void renewed(Credential credential) {
      renewed.increment();
      said = null;
      LOG.info("The certificate is renewed: {}", credential);
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
