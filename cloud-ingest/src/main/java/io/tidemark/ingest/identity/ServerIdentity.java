package io.tidemark.ingest.identity;

import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Hosts;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.Trust;
import io.tidemark.identity.UntrustedException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What ingest shows of itself, and whom it believes. Its certificate is its own authority's, made
 * anew at each start and when two thirds of its time are over; its key is in memory only.
 * Thread-safe once it is open.
 */
public final class ServerIdentity {
  /** How long its certificate is valid. */
  static final Duration VALIDITY = Duration.ofDays(30);

  private static final Identity SELF = new Identity(Role.INGEST, "ingest");

  private final CertificateAuthority authority;
  private final Set<String> hosts;
  private final IdentityMeters meters;
  private final Clock clock;
  private @Nullable Opened opened;

  private record Opened(OwnCredential own, Trust trust, ClientTrust clients) {}

  /**
   * Does nothing yet.
   *
   * @param hosts under which it is reached
   * @throws IllegalArgumentException if one of them is no host, or there is none
   */
  public ServerIdentity(
      CertificateAuthority authority, List<String> hosts, IdentityMeters meters, Clock clock) {
    this.authority = authority;
    requireHosts(hosts);
    this.hosts =
        hosts.stream().map(Hosts::canonical).collect(Collectors.toCollection(TreeSet::new));
    this.meters = meters;
    this.clock = clock;
  }

  /**
   * Returns if ingest can be reached under these.
   *
   * @throws IllegalArgumentException if one of them is no host, or there is none
   */
  public static void requireHosts(List<String> hosts) {
    for (String host : hosts) {
      if (!Hosts.isHost(host)) {
        throw new IllegalArgumentException(
            "tidemark.identity.hosts has \"%s\", which is neither a name nor an address"
                .formatted(host));
      }
    }
    if (hosts.isEmpty()) {
      throw new IllegalArgumentException(
          "tidemark.identity.hosts is empty: it needs the names and addresses under which ingest is reached");
    }
  }

  /** What this machine is called by itself, and its name if it has one. */
  public static List<String> ofThisMachine() {
    List<String> hosts = new ArrayList<>(List.of("localhost", "127.0.0.1", "::1"));
    try {
      String name = InetAddress.getLocalHost().getHostName();
      if (Hosts.isHost(name) && !hosts.contains(name)) {
        hosts.add(name);
      }
    } catch (UnknownHostException e) {
      return hosts; // it has a name that nobody knows
    }
    return hosts;
  }

  /** Makes its certificate; the authority has to be open. */
  public synchronized void open() throws GeneralSecurityException {
    // A certificate that has ended is taken, too: it opens nothing but its renewal.
    Trust trust = new Trust(authority.believed());
    ClientTrust clients =
        ClientTrust.lapsedToo(
            trust,
            clock,
            new ClientTrust.Door() {
              @Override
              public void check(Identity identity, X509Certificate certificate) {}

              @Override
              public void refused(UntrustedException why) {
                meters.untrusted(why.reason());
              }
            });
    opened = new Opened(new OwnCredential(made()), trust, clients);
  }

  private Credential made() throws GeneralSecurityException {
    KeyPair keys = Certificates.keys();
    return new Credential(
        keys.getPrivate(), authority.issue(SELF, keys.getPublic(), hosts, VALIDITY));
  }

  /**
   * Believes whom the authority does, and replaces its certificate if two thirds of its time are
   * over, or another one signs now.
   */
  synchronized boolean renewIfDue() throws GeneralSecurityException {
    Opened now = opened;
    if (now == null) {
      return false;
    }
    now.trust.replace(authority.believed());
    Credential held = now.own.now();
    Duration life = Duration.between(held.notBefore(), held.notAfter());
    Instant due = held.notAfter().minus(life.dividedBy(3));
    boolean isSignedAnew = !held.chain().contains(authority.intermediates().get(0));
    if (clock.instant().isBefore(due) && !isSignedAnew) {
      return false;
    }
    now.own.replace(made());
    return true;
  }

  /** The certificate it shows; it has to be open. */
  synchronized X509Certificate certificate() {
    if (opened == null) {
      throw new IllegalStateException("it is not open");
    }
    return opened.own.now().certificate();
  }

  /** What it shows; null with security off. */
  public synchronized @Nullable OwnCredential own() {
    return opened == null ? null : opened.own;
  }

  /** Whom it believes; null with security off. */
  public synchronized @Nullable ClientTrust clients() {
    return opened == null ? null : opened.clients;
  }
}
