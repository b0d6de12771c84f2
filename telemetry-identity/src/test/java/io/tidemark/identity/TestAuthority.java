package io.tidemark.identity;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A root and an intermediate that sign whatever a test wants. */
public final class TestAuthority {
  private static final Duration LONG = Duration.ofDays(3650);
  private final KeyPair rootKeys = keys();
  private final KeyPair keys = keys();
  private final X509Certificate root;
  private final X509Certificate intermediate;

  public TestAuthority(String name) {
    Instant now = Instant.now();
    root =
        authority(
            name + " root", rootKeys, name + " root", rootKeys, now.minus(LONG), now.plus(LONG));
    intermediate = authority(name, keys, name + " root", rootKeys, now.minus(LONG), now.plus(LONG));
  }

  public X509Certificate root() {
    return root;
  }

  public X509Certificate intermediate() {
    return intermediate;
  }

  public Trust trust() {
    return new Trust(List.of(root));
  }

  /** With a key of its own, valid for an hour. */
  public Credential credential(Identity identity, String... hosts) {
    Instant now = Instant.now();
    return credential(
        identity, now.minus(Duration.ofMinutes(1)), now.plus(Duration.ofHours(1)), hosts);
  }

  public Credential credential(Identity identity, Instant from, Instant to, String... hosts) {
    KeyPair own = keys();
    return new Credential(
        own.getPrivate(),
        List.of(sign(own, identity.uri(), List.of(hosts), from, to), intermediate));
  }

  /** Whatever the URI is. */
  public X509Certificate sign(
      KeyPair own, String uri, Collection<String> hosts, Instant from, Instant to) {
    try {
      X509v3CertificateBuilder builder =
          builder("CN=somebody", own, intermediate.getSubjectX500Principal(), from, to);
      List<GeneralName> names = new ArrayList<>();
      names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
      for (String host : hosts) {
        names.add(
            new GeneralName(
                Hosts.address(host) == null ? GeneralName.dNSName : GeneralName.iPAddress, host));
      }
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(names.toArray(GeneralName[]::new)));
      KeyPurposeId[] purposes =
          uri.startsWith("urn:tidemark:device:")
              ? new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth}
              : new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth};
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
      return signed(builder, keys);
    } catch (CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate authority(
      String name, KeyPair own, String issuer, KeyPair issuers, Instant from, Instant to) {
    try {
      X509v3CertificateBuilder builder =
          builder("CN=" + name, own, new X500Principal("CN=" + issuer), from, to);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
      return signed(builder, issuers);
    } catch (CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509v3CertificateBuilder builder(
      String subject, KeyPair own, X500Principal issuer, Instant from, Instant to) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(120, new SecureRandom()).add(BigInteger.ONE),
        Date.from(from),
        Date.from(to),
        new X500Principal(subject),
        own.getPublic());
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, KeyPair issuer) {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.getPrivate())));
    } catch (OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
