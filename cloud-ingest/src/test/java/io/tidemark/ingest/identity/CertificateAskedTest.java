package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.identity.CertificateRequest;
import io.tidemark.identity.Identity;
import io.tidemark.ingest.identity.EnrolmentException.Reason;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;

class CertificateAskedTest {
  private static final String SHA256 = "SHA256withECDSA";

  private static byte[] request(KeyPair keys, String signature, GeneralName... names)
      throws Exception {
    ExtensionsGenerator extensions = new ExtensionsGenerator();
    extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    if (names.length > 0) {
      extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    }
    return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=x"), keys.getPublic())
        .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
        .build(new JcaContentSignerBuilder(signature).build(keys.getPrivate()))
        .getEncoded();
  }

  private static GeneralName uri(String uri) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, uri);
  }

  private static KeyPair keys(String curve) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }

  private static void refused(Reason reason, String words, byte[] base64) {
    assertThatThrownBy(() -> CertificateAsked.parse(base64))
        .hasMessageContaining(words)
        .asInstanceOf(InstanceOfAssertFactories.type(EnrolmentException.class))
        .extracting(EnrolmentException::reason)
        .isEqualTo(reason);
  }

  @Test
  void ofARequestOnlyNameKeyAndHostsAreTaken() throws Exception {
    KeyPair keys = Certificates.keys();
    byte[] der =
        request(
            keys,
            "SHA512withECDSA",
            new GeneralName(GeneralName.dNSName, "GW.Example"),
            uri("urn:tidemark:gateway:g1"),
            new GeneralName(GeneralName.iPAddress, "fd00::1"));
    CertificateAsked asked = CertificateAsked.parse(Requests.base64(der));
    assertThat(asked.identity()).isEqualTo(Requests.gateway("g1"));
    assertThat(asked.key()).isEqualTo(keys.getPublic());
    assertThat(asked.hosts()).containsExactly("fd00:0:0:0:0:0:0:1", "gw.example");
  }

  @Test
  void aKeyOfAnotherSortIsRefused() throws Exception {
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    GeneralName name = uri("urn:tidemark:device:a");
    refused(
        Reason.OTHER_KEY,
        "must be on the curve P-256",
        Requests.base64(request(rsa.generateKeyPair(), "SHA256withRSA", name)));
    refused(
        Reason.OTHER_KEY,
        "must be on the curve P-256",
        Requests.base64(request(keys("secp384r1"), SHA256, name)));
  }

  @Test
  void whoHasNotTheKeyIsRefused() throws Exception {
    KeyPair keys = Certificates.keys();
    KeyPair mixed = new KeyPair(keys.getPublic(), Certificates.keys().getPrivate());
    byte[] stolen = CertificateRequest.of(mixed, Requests.device("a"), List.of());
    refused(Reason.BAD_SIGNATURE, "signed by the key that it is for", Requests.base64(stolen));
    refused(
        Reason.BAD_SIGNATURE,
        "ECDSA with SHA-256, 384 or 512",
        Requests.base64(request(keys, "SHA1withECDSA", uri("urn:tidemark:device:a"))));
  }

  @Test
  void whoNamesNobodyIsRefused() throws Exception {
    KeyPair keys = Certificates.keys();
    refused(Reason.NO_NAME, "but this has none", Requests.base64(request(keys, SHA256)));
    refused(
        Reason.NO_NAME,
        "names urn:tidemark:device:a/b",
        Requests.base64(request(keys, SHA256, uri("urn:tidemark:device:a/b"))));
    refused(
        Reason.NO_NAME,
        "names two",
        Requests.base64(
            request(keys, SHA256, uri("urn:tidemark:device:a"), uri("urn:tidemark:device:b"))));
    refused(
        Reason.NO_NAME,
        "has a name of kind 1",
        Requests.base64(
            request(
                keys,
                SHA256,
                uri("urn:tidemark:device:a"),
                new GeneralName(GeneralName.rfc822Name, "a@b"))));
  }

  @Test
  void hostsAreBounded() throws Exception {
    List<String> hosts = IntStream.range(0, 65).mapToObj(i -> "h" + i).toList();
    Identity gateway = Requests.gateway("g1");
    refused(
        Reason.OTHER_HOST,
        "at most 64 hosts, this would have 65",
        Requests.base64(CertificateRequest.of(Certificates.keys(), gateway, hosts)));
    assertThat(
            CertificateAsked.parse(
                    Requests.base64(
                        CertificateRequest.of(Certificates.keys(), gateway, hosts.subList(0, 64))))
                .hosts())
        .hasSize(64);
  }

  @Test
  void whatIsNoneIsRefused() throws Exception {
    byte[] whole = Requests.of(Requests.device("a"));
    refused(Reason.BROKEN_REQUEST, "no request for a certificate", new byte[0]);
    refused(
        Reason.BROKEN_REQUEST,
        "no request for a certificate",
        "hello".getBytes(StandardCharsets.UTF_8));
    refused(
        Reason.BROKEN_REQUEST,
        "no request for a certificate",
        java.util.Arrays.copyOf(whole, whole.length / 2));
    refused(Reason.LARGE_REQUEST, "at most 16384 bytes", new byte[16_385]);
  }
}
