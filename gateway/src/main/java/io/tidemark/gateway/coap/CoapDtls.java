package io.tidemark.gateway.coap;

import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.identity.Devices;
import io.tidemark.gateway.identity.Secrets;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.UntrustedException;
import io.tidemark.identity.dtls.CheckedCertificates;
import io.tidemark.identity.dtls.ShownCredential;
import java.security.Principal;
import java.security.cert.X509Certificate;
import java.util.List;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.elements.auth.X509CertPath;
import org.eclipse.californium.scandium.dtls.x509.CertificateProvider;
import org.eclipse.californium.scandium.dtls.x509.NewAdvancedCertificateVerifier;
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
    return new ShownCredential(own);
  }

  /** Believes devices. */
  NewAdvancedCertificateVerifier verifier() {
    return new CheckedCertificates(this::check);
  }

  private void check(List<X509Certificate> chain) throws UntrustedException {
    UntrustedException objection = devices.objection(devices.check(chain));
    if (objection != null) {
      throw objection;
    }
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
}
