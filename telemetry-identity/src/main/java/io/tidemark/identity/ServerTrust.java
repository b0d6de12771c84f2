package io.tidemark.identity;

import io.tidemark.identity.UntrustedException.Reason;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What a client believes of a server: that an authority of ours has signed that it is a gateway or
 * ingest, and that it is the host that was asked for. Thread-safe.
 */
public final class ServerTrust extends X509ExtendedTrustManager {
  /** The time at which a server's certificate has to be valid. */
  @FunctionalInterface
  public interface CheckedAt {
    /** For this certificate. */
    Instant at(X509Certificate server);
  }

  private final Trust trust;
  private final CheckedAt time;

  /** Believes what {@code trust} does, at that time. */
  public ServerTrust(Trust trust, CheckedAt time) {
    this.trust = trust;
    this.time = time;
  }

  /** Whom to believe. */
  Trust trust() {
    return trust;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String method, SSLEngine engine)
      throws CertificateException {
    Instant at = verified(chain);
    try {
      ofHost(at).checkServerTrusted(chain, method, engine);
    } catch (CertificateException e) {
      throw wrongHost(chain[0], e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String method, Socket socket)
      throws CertificateException {
    Instant at = verified(chain);
    try {
      ofHost(at).checkServerTrusted(chain, method, socket);
    } catch (CertificateException e) {
      throw wrongHost(chain[0], e);
    }
  }

  /** Without the host, which is not told here. */
  @Override
  public void checkServerTrusted(X509Certificate[] chain, String method)
      throws CertificateException {
    Instant unused = verified(chain);
  }

  /**
   * The same for who shakes hands by other means than Java's, which DTLS takes. The host has to be
   * written in the certificate as it was asked for: there are no patterns, and a name in the
   * subject does not count.
   *
   * @param chain the server's own certificate first
   * @param host a name or an address
   * @throws UntrustedException if the server is not to be believed
   */
  public void check(List<X509Certificate> chain, String host) throws UntrustedException {
    Instant unused = verified(chain.toArray(X509Certificate[]::new));
    if (!Hosts.isFor(chain.get(0), host)) {
      throw new UntrustedException(
          Reason.WRONG_HOST,
          "the certificate of %s is another host's: it does not name %s"
              .formatted(chain.get(0).getSubjectX500Principal(), host));
    }
  }

  private Instant verified(X509Certificate[] chain) throws UntrustedException {
    if (chain.length == 0) {
      throw new UntrustedException(Reason.NO_CERTIFICATE, "the server has shown no certificate");
    }
    Instant at = time.at(chain[0]);
    Identity server = trust.verify(List.of(chain), Trust.FOR_SERVERS, at);
    if (server.role() == Role.DEVICE) {
      throw new UntrustedException(
          Reason.WRONG_ROLE, "a gateway or ingest was expected, but this is " + server);
    }
    return at;
  }

  private static UntrustedException wrongHost(X509Certificate server, CertificateException e) {
    return new UntrustedException(
        Reason.WRONG_HOST,
        "the certificate of %s is another host's: %s"
            .formatted(server.getSubjectX500Principal(), e.getMessage()),
        e);
  }

  /** The JDK's, as only it compares the host, with the path once more. */
  private X509ExtendedTrustManager ofHost(Instant at) throws CertificateException {
    try {
      PKIXBuilderParameters parameters =
          new PKIXBuilderParameters(Trust.anchors(trust.authorities()), new X509CertSelector());
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(at));
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(new CertPathTrustManagerParameters(parameters));
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager extended) {
          return extended;
        }
      }
    } catch (GeneralSecurityException e) {
      throw new CertificateException("hosts cannot be compared: " + e.getMessage(), e);
    }
    throw new CertificateException("hosts cannot be compared by this Java");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.authorities().toArray(X509Certificate[]::new);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String method)
      throws CertificateException {
    throw notAServer();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String method, Socket socket)
      throws CertificateException {
    throw notAServer();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String method, SSLEngine engine)
      throws CertificateException {
    throw notAServer();
  }

  private static CertificateException notAServer() {
    return new CertificateException("this is what a client believes, and not a server");
  }
}
