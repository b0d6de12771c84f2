package io.tidemark.identity;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * What one proves with who one is.
 *
 * @param key on an elliptic curve; never leaves the machine it was made on
 * @param chain its certificate first, then who signed it, without the authority at the end
 */
public record Credential(PrivateKey key, List<X509Certificate> chain) {
  private static final byte[] PROOF = {1, 2, 3};

  /**
   * Checks that they belong together.
   *
   * @throws IllegalArgumentException if they do not, or if the certificate names nobody
   */
  public Credential {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a key without a certificate proves nothing");
    }
    if (Identity.of(chain.get(0)) == null) {
      throw new IllegalArgumentException(
          "the certificate of %s names no device, gateway or ingest"
              .formatted(chain.get(0).getSubjectX500Principal()));
    }
    if (!belong(key, chain.get(0))) {
      throw new IllegalArgumentException(
          "the key is not that of the certificate of " + chain.get(0).getSubjectX500Principal());
    }
  }

  /** Whether a key, on an elliptic curve, is that of a certificate. */
  public static boolean belong(PrivateKey key, X509Certificate certificate) {
    try {
      Signature made = Signature.getInstance("SHA256withECDSA");
      made.initSign(key);
      made.update(PROOF);
      byte[] signed = made.sign();
      made.initVerify(certificate.getPublicKey());
      made.update(PROOF);
      return made.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** Its own certificate. */
  public X509Certificate certificate() {
    return chain.get(0);
  }

  /** Who it is. */
  public Identity identity() {
    Identity identity = Identity.of(certificate());
    if (identity == null) {
      throw new IllegalStateException("a credential of nobody");
    }
    return identity;
  }

  /** From when on it is valid. */
  public Instant notBefore() {
    return certificate().getNotBefore().toInstant();
  }

  /** Until when it is valid. */
  public Instant notAfter() {
    return certificate().getNotAfter().toInstant();
  }

  /** Nothing of the key. */
  @Override
  public String toString() {
    return "%s, valid from %s to %s".formatted(identity(), notBefore(), notAfter());
  }
}
