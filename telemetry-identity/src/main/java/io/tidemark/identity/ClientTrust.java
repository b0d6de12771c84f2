package io.tidemark.identity;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What a server believes of a client: that an authority of ours has signed who it is, and that the
 * door has nothing against it. Thread-safe, if its door is.
 */
public final class ClientTrust extends X509ExtendedTrustManager {
  /** Whom to let in of those who are who they say. */
  @FunctionalInterface
  public interface Door {
    /**
     * Called on the thread of the handshake; must not block.
     *
     * @throws UntrustedException if it may not come in
     */
    void check(Identity identity, X509Certificate certificate) throws UntrustedException;

    /** Somebody was not believed, or not let in. On the thread of the handshake; must not block. */
    default void refused(UntrustedException why) {}
  }

  private final Trust trust;
  private final Clock clock;
  private final boolean lapsedToo;
  private final Door door;

  private ClientTrust(Trust trust, Clock clock, boolean lapsedToo, Door door) {
    this.trust = trust;
    this.clock = clock;
    this.lapsedToo = lapsedToo;
    this.door = door;
  }

  /** Believes certificates that are valid now. */
  public static ClientTrust of(Trust trust, Clock clock, Door door) {
    return new ClientTrust(trust, clock, false, door);
  }

  /**
   * Believes certificates that were valid once, too: with them one may do nothing but have them
   * renewed, which whoever uses this has to see to.
   */
  public static ClientTrust lapsedToo(Trust trust, Clock clock, Door door) {
    return new ClientTrust(trust, clock, true, door);
  }

  /**
   * Who has shown this chain.
   *
   * @throws UntrustedException if it is not believed, or not let in
   */
  public Identity check(List<X509Certificate> chain) throws UntrustedException {
    try {
      return checked(chain);
    } catch (UntrustedException e) {
      door.refused(e);
      throw e;
    }
  }

  private Identity checked(List<X509Certificate> chain) throws UntrustedException {
    Instant at = clock.instant();
    if (lapsedToo && !chain.isEmpty()) {
      Instant last = chain.get(0).getNotAfter().toInstant();
      at = at.isBefore(last) ? at : last;
    }
    Identity identity = trust.verify(chain, Trust.FOR_CLIENTS, at);
    door.check(identity, chain.get(0));
    return identity;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String method)
      throws CertificateException {
    Identity unused = check(List.of(chain));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String method, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, method);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String method, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, method);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.authorities().toArray(X509Certificate[]::new);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String method)
      throws CertificateException {
    throw notAClient();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String method, Socket socket)
      throws CertificateException {
    throw notAClient();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String method, SSLEngine engine)
      throws CertificateException {
    throw notAClient();
  }

  private static CertificateException notAClient() {
    return new CertificateException("this is what a server believes, and not a client");
  }
}
