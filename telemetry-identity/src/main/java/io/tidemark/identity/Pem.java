package io.tidemark.identity;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys and certificates as text (RFC 7468). */
public final class Pem {
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String PRIVATE_KEY = "PRIVATE KEY";
  private static final int LINE_LENGTH = 64;
  private static final Base64.Encoder ENCODER =
      Base64.getMimeEncoder(LINE_LENGTH, new byte[] {'\n'});
  private static final Pattern SECTION =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \\1-----");

  private Pem() {}

  /** These certificates, one after the other. */
  public static String of(Collection<X509Certificate> certificates) {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      try {
        text.append(section(CERTIFICATE, certificate.getEncoded()));
      } catch (CertificateEncodingException e) {
        throw new IllegalArgumentException("a certificate without its bytes", e);
      }
    }
    return text.toString();
  }

  /** This key, in PKCS#8 (RFC 5958), not encrypted. */
  public static String of(PrivateKey key) {
    return section(PRIVATE_KEY, key.getEncoded());
  }

  private static String section(String type, byte[] bytes) {
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
        .formatted(type, ENCODER.encodeToString(bytes), type)
        .replace("\r", "");
  }

  /**
   * The certificates in a text, in its order; none if it has none.
   *
   * @throws GeneralSecurityException if one of them is none
   */
  public static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    for (byte[] bytes : sections(text, CERTIFICATE)) {
      certificates.add(
          (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(bytes)));
    }
    return certificates;
  }

  /**
   * The private key in a text, on an elliptic curve, in PKCS#8.
   *
   * @throws GeneralSecurityException if there is none, or not just one
   */
  public static PrivateKey privateKey(String text) throws GeneralSecurityException {
    List<byte[]> keys = sections(text, PRIVATE_KEY);
    if (keys.size() != 1) {
      throw new GeneralSecurityException(
          "it needs one \"BEGIN PRIVATE KEY\" (PKCS#8, not encrypted), and has " + keys.size());
    }
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(keys.get(0)));
  }

  private static List<byte[]> sections(String text, String type) throws GeneralSecurityException {
    List<byte[]> found = new ArrayList<>();
    Matcher section = SECTION.matcher(text);
    while (section.find()) {
      if (section.group(1).equals(type)) {
        try {
          found.add(
              Base64.getMimeDecoder().decode(section.group(2).getBytes(StandardCharsets.US_ASCII)));
        } catch (IllegalArgumentException e) {
          throw new GeneralSecurityException("a " + type + " is not in Base64", e);
        }
      }
    }
    return found;
  }
}
