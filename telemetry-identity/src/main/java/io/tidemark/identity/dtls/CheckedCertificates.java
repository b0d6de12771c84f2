package io.tidemark.identity.dtls;

import io.tidemark.identity.UntrustedException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.eclipse.californium.scandium.dtls.AlertMessage;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertLevel;
import org.eclipse.californium.scandium.dtls.CertificateMessage;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.CertificateVerificationResult;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.x509.NewAdvancedCertificateVerifier;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/**
 * Believes the certificates that a check of ours does. What it refuses ends the handshake by a
 * {@link HandshakeException} whose cause is the {@link UntrustedException}. Thread-safe if the
 * check is, which must not block.
 */
public final class CheckedCertificates implements NewAdvancedCertificateVerifier {
  /** Whom to believe. */
  @FunctionalInterface
  public interface Check {
    /**
     * Returns if this chain is believed.
     *
     * @param chain the other side's own certificate first; empty if it has shown none
     * @throws UntrustedException if it is not
     */
    void check(List<X509Certificate> chain) throws UntrustedException;
  }

  private final Check check;

  /** Believes whom {@code check} does. */
  public CheckedCertificates(Check check) {
    this.check = check;
  }

  @Override
  public List<CertificateType> getSupportedCertificateTypes() {
    return List.of(CertificateType.X_509);
  }

  @Override
  public CertificateVerificationResult verifyCertificate(
      ConnectionId cid,
      @Nullable ServerNames serverNames,
      InetSocketAddress peer,
      boolean clientUsage,
      boolean verifySubject,
      boolean truncatePath,
      CertificateMessage message) {
    List<X509Certificate> chain = new ArrayList<>();
    if (message.getCertificateChain() != null) {
      for (var certificate : message.getCertificateChain().getCertificates()) {
        chain.add((X509Certificate) certificate);
      }
    }
    try {
      check.check(chain);
      return new CertificateVerificationResult(cid, message.getCertificateChain(), null);
    } catch (UntrustedException e) {
      return new CertificateVerificationResult(cid, refusal(e), null);
    }
  }

  private static HandshakeException refusal(UntrustedException why) {
    AlertDescription description =
        switch (why.reason()) {
          case EXPIRED -> AlertDescription.CERTIFICATE_EXPIRED;
          case UNKNOWN_AUTHORITY -> AlertDescription.UNKNOWN_CA;
          case SHUT_OUT, SUPERSEDED -> AlertDescription.CERTIFICATE_REVOKED;
          case WRONG_ROLE -> AlertDescription.ACCESS_DENIED;
          default -> AlertDescription.BAD_CERTIFICATE;
        };
    return new HandshakeException(
        String.valueOf(why.getMessage()), new AlertMessage(AlertLevel.FATAL, description), why);
  }

  /** Not named: who has another would show none, and nobody would know why. */
  @Override
  public List<X500Principal> getAcceptedIssuers() {
    return List.of();
  }

  @Override
  public void setResultHandler(HandshakeResultHandler handler) {
    // All is known at once.
  }
}
