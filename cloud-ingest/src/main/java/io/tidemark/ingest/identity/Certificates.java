package io.tidemark.ingest.identity;

import io.tidemark.identity.Hosts;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** What certificates are made of (RFC 5280), and keys on the curve P-256. */
final class Certificates {
  private static final String CURVE = "secp256r1";
  private static final String SIGNATURE = "SHA256withECDSA";
  private static final int SERIAL_BITS = 128;
  private static final int SUBJECT_MAX_LENGTH = 64; // RFC 5280, ub-common-name
  private static final int SHOWN_BYTES = 4;
  private static final SecureRandom RANDOM = new SecureRandom();

  private Certificates() {}

  static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(CURVE), RANDOM);
    return generator.generateKeyPair();
  }

  /** Signed by itself; each installation's has a name of its own. */
  static X509Certificate root(KeyPair keys, Instant from, Instant to)
      throws GeneralSecurityException {
    X500Principal name = new X500Principal("CN=Tidemark root " + shown(keys.getPublic()));
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name, serial(), Date.from(from), Date.from(to), name, keys.getPublic());
      authority(builder, new BasicConstraints(true), keys.getPublic());
      return signed(builder, keys.getPrivate());
    } catch (IOException | OperatorCreationException e) {
      throw failed(e);
    }
  }

  /** One root's key, signed by another: it may sign intermediates for who believes that one. */
  static X509Certificate vouch(
      X509Certificate root, X509Certificate by, PrivateKey key, Instant from, Instant to)
      throws GeneralSecurityException {
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              by,
              serial(),
              Date.from(from),
              Date.from(to),
              root.getSubjectX500Principal(),
              root.getPublicKey());
      authority(builder, new BasicConstraints(1), root.getPublicKey());
      by(builder, by);
      return signed(builder, key);
    } catch (IOException | OperatorCreationException e) {
      throw failed(e);
    }
  }

  /** Signs others, but no authority. */
  static X509Certificate intermediate(
      X509Certificate root, PrivateKey rootKey, PublicKey key, Instant from, Instant to)
      throws GeneralSecurityException {
    X500Principal name = new X500Principal("CN=Tidemark intermediate " + shown(key));
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              root, serial(), Date.from(from), Date.from(to), name, key);
      authority(builder, new BasicConstraints(0), key);
      by(builder, root);
      return signed(builder, rootKey);
    } catch (IOException | OperatorCreationException e) {
      throw failed(e);
    }
  }

  /** Of a device, a gateway or ingest; devices are no servers, ingest is no client. */
  static X509Certificate of(
      Identity identity,
      PublicKey key,
      Collection<String> hosts,
      X509Certificate issuer,
      PrivateKey issuerKey,
      Instant from,
      Instant to)
      throws GeneralSecurityException {
    String name = identity.name();
    X500Principal subject =
        new X500Principal("CN=" + name.substring(0, Math.min(SUBJECT_MAX_LENGTH, name.length())));
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer, serial(), Date.from(from), Date.from(to), subject, key);
      builder
          .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
          .addExtension(Extension.extendedKeyUsage, false, purposes(identity.role()))
          .addExtension(Extension.subjectAlternativeName, false, names(identity, hosts));
      by(builder, issuer);
      return signed(builder, issuerKey);
    } catch (IOException | OperatorCreationException e) {
      throw failed(e);
    }
  }

  private static ExtendedKeyUsage purposes(Role role) {
    return new ExtendedKeyUsage(
        switch (role) {
          case DEVICE -> new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth};
          case GATEWAY ->
              new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth};
          case INGEST -> new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth};
        });
  }

  private static GeneralNames names(Identity identity, Collection<String> hosts) {
    List<GeneralName> names = new ArrayList<>();
    names.add(new GeneralName(GeneralName.uniformResourceIdentifier, identity.uri()));
    for (String host : hosts) {
      names.add(
          new GeneralName(
              Hosts.address(host) == null ? GeneralName.dNSName : GeneralName.iPAddress, host));
    }
    return new GeneralNames(names.toArray(GeneralName[]::new));
  }

  private static void authority(
      X509v3CertificateBuilder builder, BasicConstraints constraints, PublicKey key)
      throws IOException, GeneralSecurityException {
    builder
        .addExtension(Extension.basicConstraints, true, constraints)
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign))
        .addExtension(
            Extension.subjectKeyIdentifier,
            false,
            new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key));
  }

  private static void by(X509v3CertificateBuilder builder, X509Certificate issuer)
      throws IOException, GeneralSecurityException {
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuer.getPublicKey()));
  }

  private static BigInteger serial() {
    return new BigInteger(SERIAL_BITS, RANDOM).add(BigInteger.ONE);
  }

  private static String shown(PublicKey key) throws GeneralSecurityException {
    byte[] id = new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key).getKeyIdentifier();
    return HexFormat.of().formatHex(id, 0, SHOWN_BYTES);
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
  }

  private static GeneralSecurityException failed(Exception e) {
    return new GeneralSecurityException("a certificate cannot be made: " + e.getMessage(), e);
  }
}
