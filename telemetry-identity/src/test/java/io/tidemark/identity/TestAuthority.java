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
    this(name, LONG);
  }

  /** One that began so long ago. */
  public TestAuthority(String name, Duration age) {
    Instant now = Instant.now();
    X500Principal rootName = new X500Principal("CN=" + name + " root");
    BasicConstraints any = new BasicConstraints(true);
    Instant from = now.minus(age);
    Instant to = now.plus(LONG);
    root = authority(rootName, rootKeys, rootName, rootKeys, from, to, any);
    intermediate =
        authority(
            new X500Principal("CN=" + name),
            keys,
            rootName,
            rootKeys,
            from,
            to,
            new BasicConstraints(0));
  }

  public X509Certificate root() {
    return root;
  }

  public X509Certificate intermediate() {
    return intermediate;
  }

  /** That the next one follows from this, as an authority or as something less. */
  public X509Certificate vouch(TestAuthority next, BasicConstraints constraints) {
    Instant now = Instant.now();
    return authority(
        next.root.getSubjectX500Principal(),
        next.rootKeys,
        root.getSubjectX500Principal(),
        rootKeys,
        now.minus(LONG),
        now.plus(LONG),
        constraints);
  }

  public X509Certificate vouch(TestAuthority next) {
    return vouch(next, new BasicConstraints(1));
  }

  /** Another authority's, signed by itself, with the key of this one's intermediate. */
  public X509Certificate intermediateAsRoot() {
    X500Principal name = intermediate.getSubjectX500Principal();
    return authority(
        name,
        keys,
        name,
        keys,
        Instant.now().minus(LONG),
        Instant.now().plus(LONG),
        new BasicConstraints(true));
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
      X500Principal name,
      KeyPair own,
      X500Principal issuer,
      KeyPair issuers,
      Instant from,
      Instant to,
      BasicConstraints constraints) {
    try {
      X509v3CertificateBuilder builder = builder(name.getName(), own, issuer, from, to);
      builder.addExtension(Extension.basicConstraints, true, constraints);
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
