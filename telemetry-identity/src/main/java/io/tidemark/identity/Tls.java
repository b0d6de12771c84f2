package io.tidemark.identity;

import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS with whom to believe and what to prove with; both may change while it is used. */
public final class Tls {
  /** The versions that are spoken; those before have known weaknesses (RFC 8996). */
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

  /**
   * Authenticated encryption with keys of the connection's own, for keys on elliptic curves, which
   * all are here.
   */
  private static final String[] CIPHERS = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
  };

  static {
    // Who it is has been looked at once, and handshakes are what costs a server most. Read when
    // this Java's TLS is used first.
    System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    // With a ticket a client would go on as who it was, for a day, whatever became of it since.
    System.setProperty("jdk.tls.server.enableSessionTicketExtension", "false");
  }

  private Tls() {}

  /** The versions that are spoken, the best first. */
  public static String[] versions() {
    return VERSIONS.clone();
  }

  /** The cipher suites that servers speak, the best first. */
  public static String[] ciphers() {
    return CIPHERS.clone();
  }

  /**
   * For a client.
   *
   * @param own null if it proves nothing about itself
   */
  public static SSLContext client(ServerTrust servers, @Nullable OwnCredential own)
      throws GeneralSecurityException {
    return context("TLS", own, servers);
  }

  /**
   * For a client over datagrams, with DTLS 1.2 as Java itself speaks it: it knows no connection
   * ids, so a session is over when the client's address changes.
   */
  public static SSLContext datagramClient(ServerTrust servers, OwnCredential own)
      throws GeneralSecurityException {
    return context("DTLSv1.2", own, servers);
  }

  /**
   * For a server. Whether clients have to prove who they are is said where it listens. They prove
   * it anew with each connection (RFC 8446, 2.2, would let them go on with a session of before):
   * who was renewed, or shut out, is so at once.
   *
   * @param clients a {@link ClientTrust}, or what asks one
   */
  public static SSLContext server(OwnCredential own, X509ExtendedTrustManager clients)
      throws GeneralSecurityException {
    SSLContext context = context("TLS", own, clients);
    // The least there is: 0 would be no limit.
    context.getServerSessionContext().setSessionCacheSize(1);
    context.getServerSessionContext().setSessionTimeout(1);
    return context;
  }

  private static SSLContext context(
      String protocol, @Nullable OwnCredential own, TrustManager trust)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance(protocol);
    context.init(own == null ? null : new KeyManager[] {own}, new TrustManager[] {trust}, null);
    return context;
  }
}
