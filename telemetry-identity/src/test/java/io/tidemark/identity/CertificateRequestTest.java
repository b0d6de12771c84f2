package io.tidemark.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What we write, read by another. */
class CertificateRequestTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "boiler-1", "x_y"})
  void anotherUnderstandsIt(String name) throws Exception {
    KeyPair keys = TestAuthority.keys();
    Identity identity = new Identity(Role.DEVICE, name);
    PKCS10CertificationRequest read =
        new PKCS10CertificationRequest(CertificateRequest.of(keys, identity, List.of()));
    assertThat(
            read.isSignatureValid(new JcaContentVerifierProviderBuilder().build(keys.getPublic())))
        .isTrue();
    assertThat(new JcaPKCS10CertificationRequest(read).getPublicKey()).isEqualTo(keys.getPublic());
    assertThat(read.getSubject()).hasToString("CN=" + name);
    assertThat(names(read)).containsExactly("6: urn:tidemark:device:" + name);
  }

  @Test
  void manyHostsAreAskedForAndALongName() throws Exception {
    List<String> hosts =
        Stream.concat(
                Stream.of("10.1.2.3", "fd00::1"),
                Stream.iterate(1, i -> i + 1).limit(40).map("gateway-%d.plant.example"::formatted))
            .toList();
    PKCS10CertificationRequest read =
        new PKCS10CertificationRequest(
            CertificateRequest.of(
                TestAuthority.keys(), new Identity(Role.GATEWAY, "g".repeat(64)), hosts));
    assertThat(names(read))
        .hasSize(43)
        .contains("2: gateway-40.plant.example", "7: #0a010203")
        .contains("7: #fd000000000000000000000000000001");
    PKCS10CertificationRequest longName =
        new PKCS10CertificationRequest(
            CertificateRequest.of(
                TestAuthority.keys(), new Identity(Role.DEVICE, "d".repeat(128)), List.of()));
    assertThat(longName.getSubject()).hasToString("CN=" + "d".repeat(64));
    assertThat(names(longName)).containsExactly("6: urn:tidemark:device:" + "d".repeat(128));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "-a", "a..b", "300.1.1.1", "a:b", "ä"})
  void whatIsNoHostIsNotAskedFor(String host) {
    assertThatThrownBy(
            () ->
                CertificateRequest.of(
                    TestAuthority.keys(), new Identity(Role.GATEWAY, "g1"), List.of(host)))
        .hasMessage(
            "a host is a name such as gateway-1.example or an address, but not \"" + host + "\"");
  }

  private static List<String> names(PKCS10CertificationRequest request) {
    Extensions extensions =
        Extensions.getInstance(
            request
                .getAttributes(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest)[0]
                .getAttrValues()
                .getObjectAt(0));
    return Stream.of(
            GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName).getNames())
        .map(CertificateRequestTest::text)
        .toList();
  }

  private static String text(GeneralName name) {
    return name.getTagNo() + ": " + name.getName();
  }
}
