package io.tidemark.identity.dtls;

import io.tidemark.identity.Credential;
import io.tidemark.identity.OwnCredential;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.eclipse.californium.scandium.dtls.CertificateIdentityResult;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.SignatureAndHashAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite.CertificateKeyAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.XECDHECryptography.SupportedGroup;
import org.eclipse.californium.scandium.dtls.x509.CertificateProvider;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/**
 * Shows the certificate that there is when a handshake comes to it, whichever authorities the other
 * side names: there is but this one. Thread-safe.
 */
public final class ShownCredential implements CertificateProvider {
  private final OwnCredential own;

  /** Follows what {@code own} holds. */
  public ShownCredential(OwnCredential own) {
    this.own = own;
  }

  @Override
  public List<CertificateKeyAlgorithm> getSupportedCertificateKeyAlgorithms() {
    return List.of(CertificateKeyAlgorithm.EC);
  }

  @Override
  public List<CertificateType> getSupportedCertificateTypes() {
    return List.of(CertificateType.X_509);
  }

  @Override
  public CertificateIdentityResult requestCertificateIdentity(
      ConnectionId cid,
      boolean client,
      @Nullable List<X500Principal> issuers,
      @Nullable ServerNames serverNames,
      @Nullable List<CertificateKeyAlgorithm> keyAlgorithms,
      @Nullable List<SignatureAndHashAlgorithm> signatureAlgorithms,
      @Nullable List<SupportedGroup> curves) {
    Credential credential = own.now();
    return new CertificateIdentityResult(cid, credential.key(), credential.chain());
  }

  @Override
  public void setResultHandler(HandshakeResultHandler handler) {
    // All is known at once.
  }
}
