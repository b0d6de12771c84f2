package io.tidemark.ingest.identity;

import io.tidemark.identity.Hosts;
import io.tidemark.identity.Identity;
import io.tidemark.ingest.identity.EnrolmentException.Reason;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;

/**
 * A request for a certificate (PKCS#10, RFC 2986) that was read and whose signature was checked. Of
 * what it asks for, only this is taken; whatever else a certificate has is ours to say.
 *
 * @param key on the curve P-256
 * @param hosts under which it wants to be reached, in their one spelling
 */
record CertificateAsked(Identity identity, PublicKey key, Set<String> hosts) {
  /** Bytes of a request in Base64. */
  static final int REQUEST_MAX_BYTES = 16 << 10;

  /** Hosts in a request. */
  static final int HOSTS_MAX = 64;

  /**
   * From what was sent (RFC 8951, section 3.1: Base64, whatever the headers say).
   *
   * @throws EnrolmentException if it is none, or is not to be signed
   */
  static CertificateAsked parse(byte[] base64) throws EnrolmentException {
    if (base64.length > REQUEST_MAX_BYTES) {
      throw new EnrolmentException(
          Reason.LARGE_REQUEST,
          "a request for a certificate has at most %d bytes".formatted(REQUEST_MAX_BYTES));
    }
    try {
      PKCS10CertificationRequest request =
          new PKCS10CertificationRequest(Base64.getMimeDecoder().decode(base64));
      PublicKey key = key(request.getSubjectPublicKeyInfo());
      requireSigned(request, key);
      return named(request, key);
    } catch (IOException | RuntimeException e) {
      // Of what is not as it has to be the library says so in many ways.
      throw new EnrolmentException(
          Reason.BROKEN_REQUEST,
          "this is no request for a certificate (PKCS#10 in DER, in Base64): " + e.getMessage(),
          e);
    }
  }

  private static PublicKey key(SubjectPublicKeyInfo info) throws EnrolmentException, IOException {
    boolean isP256 =
        info.getAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)
            && SECObjectIdentifiers.secp256r1.equals(info.getAlgorithm().getParameters());
    if (!isP256) {
      throw otherKey(info.getAlgorithm().getAlgorithm().getId(), null);
    }
    try {
      return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(info.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw otherKey("a point that is not on the curve", e);
    }
  }

  private static EnrolmentException otherKey(String what, @Nullable Throwable cause) {
    String message =
        "a key must be on the curve P-256 (secp256r1, prime256v1), but this is of " + what;
    return cause == null
        ? new EnrolmentException(Reason.OTHER_KEY, message)
        : new EnrolmentException(Reason.OTHER_KEY, message, cause);
  }

  private static void requireSigned(PKCS10CertificationRequest request, PublicKey key)
      throws EnrolmentException {
    boolean signed;
    try {
      boolean hashedWell =
          Set.of(
                  X9ObjectIdentifiers.ecdsa_with_SHA256,
                  X9ObjectIdentifiers.ecdsa_with_SHA384,
                  X9ObjectIdentifiers.ecdsa_with_SHA512)
              .contains(request.getSignatureAlgorithm().getAlgorithm());
      signed =
          hashedWell
              && request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key));
    } catch (PKCSException | OperatorCreationException e) {
      throw new EnrolmentException(Reason.BAD_SIGNATURE, unsigned(), e);
    }
    if (!signed) {
      throw new EnrolmentException(Reason.BAD_SIGNATURE, unsigned());
    }
  }

  private static String unsigned() {
    return "the request must be signed by the key that it is for, by ECDSA with SHA-256, 384 or 512";
  }

  private static CertificateAsked named(PKCS10CertificationRequest request, PublicKey key)
      throws EnrolmentException {
    Identity identity = null;
    Set<String> hosts = new TreeSet<>();
    for (GeneralName name : names(request)) {
      switch (name.getTagNo()) {
        case GeneralName.uniformResourceIdentifier -> {
          Identity named = Identity.ofUri(name.getName().toString());
          if (named == null || identity != null) {
            throw nobody(identity == null ? "names " + name.getName() : "names two");
          }
          identity = named;
        }
        case GeneralName.dNSName -> hosts.add(Hosts.canonical(name.getName().toString()));
        case GeneralName.iPAddress ->
            hosts.add(Hosts.ofAddress(ASN1OctetString.getInstance(name.getName()).getOctets()));
        default -> throw nobody("has a name of kind " + name.getTagNo());
      }
    }
    if (identity == null) {
      throw nobody("has none");
    }
    if (hosts.size() > HOSTS_MAX) {
      throw new EnrolmentException(
          Reason.OTHER_HOST,
          "a certificate has at most %d hosts, this would have %d"
              .formatted(HOSTS_MAX, hosts.size()));
    }
    return new CertificateAsked(identity, key, hosts);
  }

  private static GeneralName[] names(PKCS10CertificationRequest request) {
    for (Attribute attribute :
        request.getAttributes(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest)) {
      Extensions extensions = Extensions.getInstance(attribute.getAttrValues().getObjectAt(0));
      GeneralNames names =
          GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
      if (names != null) {
        return names.getNames();
      }
    }
    return new GeneralName[0];
  }

  private static EnrolmentException nobody(String what) {
    return new EnrolmentException(
        Reason.NO_NAME,
        "a request must have one URI urn:tidemark:device:NAME or urn:tidemark:gateway:NAME among its subject alternative names, beside hosts and addresses, but this "
            + what);
  }
}
