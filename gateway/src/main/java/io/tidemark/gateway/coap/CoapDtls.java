package io.tidemark.gateway.coap;

import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.identity.Devices;
import io.tidemark.gateway.identity.Secrets;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.UntrustedException;
import java.net.InetSocketAddress;
import java.security.Principal;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.elements.auth.X509CertPath;
import org.eclipse.californium.scandium.dtls.AlertMessage;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertLevel;
import org.eclipse.californium.scandium.dtls.CertificateIdentityResult;
import org.eclipse.californium.scandium.dtls.CertificateMessage;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.CertificateVerificationResult;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.SignatureAndHashAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite.CertificateKeyAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.XECDHECryptography.SupportedGroup;
import org.eclipse.californium.scandium.dtls.x509.CertificateProvider;
import org.eclipse.californium.scandium.dtls.x509.NewAdvancedCertificateVerifier;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/**
 * With what this gateway proves who it is in a DTLS handshake, and whom it believes. What {@code
 * own} holds when a handshake comes to it counts in that. Thread-safe.
 */
public final class CoapDtls {
  private final OwnCredential own;
  private final Devices devices;
  private final Secrets secrets;

  /**
   * Over DTLS.
   *
   * @param secrets the keys of devices that have no certificate
   */
  public CoapDtls(OwnCredential own, Devices devices, Secrets secrets) {
    this.own = own;
    this.devices = devices;
    this.secrets = secrets;
  }

  /** The keys of devices. */
  PreSharedKeys keys() {
    return new PreSharedKeys(secrets);
  }

  /** Shows the certificate that there is now. */
  CertificateProvider identity() {
    return new Shown();
  }

  /** Believes devices. */
  NewAdvancedCertificateVerifier verifier() {
    return new Believed();
  }

  /** Who has sent a request; null if it has shown neither certificate nor key. */
  static @Nullable Device sender(Exchange exchange) {
    return device(exchange.getRequest().getSourceContext().getPeerIdentity());
  }

  /** Who somebody is that was believed; null if it has shown neither certificate nor key. */
  static @Nullable Device device(@Nullable Principal principal) {
    if (principal instanceof X509CertPath path) {
      X509Certificate certificate = path.getTarget();
      Identity identity = Identity.of(certificate);
      return identity == null ? null : Device.certified(identity.name(), certificate);
    }
    return PreSharedKeys.device(principal);
  }

  /** Why what it has shown counts no more, in words; null if it does. */
  @Nullable String wrongWith(Device device) {
    if (devices.isLapsed(device)) {
      return device.lapsed();
    }
    UntrustedException objection = devices.objection(device);
    if (objection != null) {
      return objection.getMessage();
    }
    return secrets.stillCounts(device) ? null : device.withdrawn();
  }

  /** Why it would not be let in any more; null if nothing speaks against it. */
  @Nullable UntrustedException objection(Device device) {
    return devices.objection(device);
  }

  /** Fails a handshake for a reason that is counted. */
  static HandshakeException refusal(UntrustedException why) {
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

  private final class Shown implements CertificateProvider {
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

  private final class Believed implements NewAdvancedCertificateVerifier {
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
        UntrustedException objection = devices.objection(devices.check(chain));
        if (objection != null) {
          throw objection;
        }
        return new CertificateVerificationResult(cid, message.getCertificateChain(), null);
      } catch (UntrustedException e) {
        return new CertificateVerificationResult(cid, refusal(e), null);
      }
    }

    /** Not named: a device that has another would show none, and nobody would know why. */
    @Override
    public List<X500Principal> getAcceptedIssuers() {
      return List.of();
    }

    @Override
    public void setResultHandler(HandshakeResultHandler handler) {
      // All is known at once.
    }
  }
}
