package io.tidemark.ingest.identity;

import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.UntrustedException;
import io.tidemark.ingest.accesslist.AccessLists;
import io.tidemark.ingest.identity.EnrolmentException.Reason;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Who is at the other end of a connection, or behind the gateway there. Thread-safe. */
public final class Peers {
  private static final int HEADER_MAX_CHARS = 16 << 10;

  private final CertificateAuthority authority;
  private final ServerIdentity server;
  private final AccessLists lists;
  private final IdentityMeters meters;
  private final Clock clock;

  /**
   * Known by what {@code server} believes.
   *
   * @param lists who is shut out
   */
  public Peers(
      CertificateAuthority authority,
      ServerIdentity server,
      AccessLists lists,
      IdentityMeters meters,
      Clock clock) {
    this.lists = lists;
    this.authority = authority;
    this.server = server;
    this.meters = meters;
    this.clock = clock;
  }

  /** Who has shown a certificate at the handshake; null if nobody has. It may have ended. */
  @Nullable Peer at(HttpServerRequest request) {
    SSLSession session = request.sslSession();
    if (session == null) {
      return null;
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      if (chain.length > 0 && chain[0] instanceof X509Certificate own) {
        Identity identity = Identity.of(own); // the handshake has verified it
        return identity == null ? null : new Peer(identity, own);
      }
      return null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  /**
   * The gateway at the other end.
   *
   * @throws UntrustedException if it is none, its certificate has ended, or it is shut out; it is
   *     counted
   */
  Peer gateway(HttpServerRequest request) throws UntrustedException {
    Peer peer = at(request);
    if (peer == null) {
      throw counted(
          UntrustedException.Reason.NO_CERTIFICATE,
          "this is for gateways, which show their certificate: enrol, or set tidemark.security the same on both sides");
    }
    if (peer.identity().role() != Role.GATEWAY) {
      throw counted(
          UntrustedException.Reason.WRONG_ROLE, "this is for gateways, not for " + peer.identity());
    }
    if (clock.instant().isAfter(peer.certificate().getNotAfter().toInstant())) {
      throw counted(
          UntrustedException.Reason.EXPIRED,
          "the certificate of %s was valid until %s: renew it at /.well-known/est/simplereenroll"
              .formatted(peer.identity(), peer.certificate().getNotAfter().toInstant()));
    }
    try {
      lists.bars().check(peer.identity(), peer.certificate().getNotBefore().toInstant());
    } catch (UntrustedException e) {
      meters.untrusted(e.reason());
      throw e;
    }
    return peer;
  }

  private UntrustedException counted(UntrustedException.Reason reason, String words) {
    meters.untrusted(reason);
    return new UntrustedException(reason, words);
  }

  /**
   * Who wants its certificate renewed: whom a gateway names in {@code Client-Cert} (RFC 9440), else
   * who is at the other end. A gateway renews for itself or for a device, and never for another
   * gateway; and what it passes on is never taken for its own.
   *
   * @throws EnrolmentException if that is nobody, or not to be believed
   */
  Peer renewing(HttpServerRequest request, @Nullable String clientCert) throws EnrolmentException {
    if (clientCert != null) {
      return behind(request, clientCert);
    }
    Peer peer = at(request);
    if (peer == null || request.getHeader("Via") != null) {
      throw new EnrolmentException(
          Reason.NO_CERTIFICATE,
          "the certificate that is to be renewed has to be shown at the handshake");
    }
    return peer;
  }

  private Peer behind(HttpServerRequest request, String header) throws EnrolmentException {
    try {
      Peer unused = gateway(request);
    } catch (UntrustedException e) {
      throw new EnrolmentException(
          Reason.BAD_CERTIFICATE,
          "a certificate in Client-Cert is believed only from a gateway: " + e.getMessage(),
          e);
    }
    X509Certificate own = parse(header);
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(own);
    authority.certificates().stream()
        .filter(one -> one.getSubjectX500Principal().equals(own.getIssuerX500Principal()))
        .forEach(chain::add);
    ClientTrust clients = server.clients();
    if (clients == null) {
      throw new IllegalStateException("security is off");
    }
    try {
      Identity behind = clients.check(chain);
      if (behind.role() == Role.DEVICE) {
        return new Peer(behind, own);
      }
      throw new EnrolmentException(
          Reason.BAD_CERTIFICATE,
          "through a gateway devices are renewed, and not %s, which has to come itself"
              .formatted(behind));
    } catch (UntrustedException e) {
      throw new EnrolmentException(Reason.BAD_CERTIFICATE, String.valueOf(e.getMessage()), e);
    }
  }

  /** A byte sequence of RFC 8941: Base64 between colons. */
  private static X509Certificate parse(String header) throws EnrolmentException {
    String text = header.strip();
    try {
      if (text.length() <= HEADER_MAX_CHARS
          && text.length() > 2
          && text.startsWith(":")
          && text.endsWith(":")) {
        byte[] der = Base64.getDecoder().decode(text.substring(1, text.length() - 1));
        return (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der));
      }
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw noCertificate(e);
    }
    throw noCertificate(null);
  }

  private static EnrolmentException noCertificate(@Nullable Exception cause) {
    String words =
        "Client-Cert must be one certificate in DER, in Base64 between colons (RFC 9440)";
    return cause == null
        ? new EnrolmentException(Reason.BAD_CERTIFICATE, words)
        : new EnrolmentException(Reason.BAD_CERTIFICATE, words, cause);
  }
}
