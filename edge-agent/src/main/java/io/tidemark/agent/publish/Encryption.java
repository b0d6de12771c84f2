package io.tidemark.agent.publish;

import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.ServerTrust;
import java.net.URI;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How {@code ssl://} and {@code coaps://} gateways are spoken to.
 *
 * @param tls for TLS, what proves who this device is, if that is a certificate, and whom it
 *     believes
 * @param servers for DTLS, whom it believes
 * @param own for DTLS, the certificate that proves who this device is; null if a password does,
 *     which is for TLS alone
 * @param password what proves it otherwise, with the device's name as user name; null if a
 *     certificate does
 * @param refused told, on any thread, when a gateway could not be believed, or did not believe this
 *     device; must not block
 */
public record Encryption(
    SSLContext tls,
    ServerTrust servers,
    @Nullable OwnCredential own,
    @Nullable String password,
    Runnable refused) {
  private static final Set<String> SCHEMES = Set.of(PahoLink.TLS_SCHEME, CoapLink.DTLS_SCHEME);

  /** Whether a gateway is to be spoken to like this. */
  static boolean isFor(URI gateway) {
    return SCHEMES.contains(gateway.getScheme());
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "encryption by " + (password == null ? "certificate" : "password");
  }
}
