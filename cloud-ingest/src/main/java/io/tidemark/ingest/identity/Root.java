package io.tidemark.ingest.identity;

import io.tidemark.identity.EstClient;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import javax.security.auth.x500.X500Principal;

/**
 * How a root is told from another one.
 *
 * @param fingerprint the SHA-256 of its certificate, as openssl prints it
 */
public record Root(String name, String fingerprint) {
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":").withUpperCase();

  /** Of this certificate. */
  public static Root of(X509Certificate certificate) {
    try {
      return new Root(
          nameOf(certificate.getSubjectX500Principal()),
          COLONS.formatHex(EstClient.fingerprint(certificate)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate without its bytes", e);
    }
  }

  /** As people call it. */
  public static String nameOf(X500Principal name) {
    return name.getName().replaceFirst("^CN=", "");
  }
}
