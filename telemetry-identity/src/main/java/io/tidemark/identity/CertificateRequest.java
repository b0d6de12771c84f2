package io.tidemark.identity;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/**
 * A request for a certificate (PKCS#10, RFC 2986), which the key that it is for has signed. The JDK
 * can read certificates, but not make requests; a library that can has ten megabytes, more than all
 * of an agent but its database.
 */
public final class CertificateRequest {
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
  private static final String EXTENSION_REQUEST = "1.2.840.113549.1.9.14"; // RFC 2985, 5.4.2
  private static final String ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"; // RFC 5758, 3.2
  private static final String SIGNATURE = "SHA256withECDSA";
  private static final int DNS = 2;
  private static final int URI = 6;
  private static final int IP = 7;
  private static final int SUBJECT_MAX_LENGTH = 64; // RFC 5280, ub-common-name

  private CertificateRequest() {}

  /**
   * In DER.
   *
   * @param keys on an elliptic curve
   * @param hosts names and addresses under which it is reached; of a device none
   * @throws IllegalArgumentException if one of them is neither
   */
  public static byte[] of(KeyPair keys, Identity identity, Collection<String> hosts)
      throws GeneralSecurityException {
    byte[] asked =
        Der.sequence(
            Der.zero(),
            subject(identity),
            keys.getPublic().getEncoded(),
            Der.taggedParts(0, extensions(identity, hosts)));
    Signature signature = Signature.getInstance(SIGNATURE);
    signature.initSign(keys.getPrivate());
    signature.update(asked);
    return Der.sequence(
        asked, Der.sequence(Der.oid(ECDSA_WITH_SHA256)), Der.bits(signature.sign()));
  }

  private static byte[] subject(Identity identity) {
    String name = identity.name();
    return new X500Principal("CN=" + name.substring(0, Math.min(SUBJECT_MAX_LENGTH, name.length())))
        .getEncoded();
  }

  private static byte[] extensions(Identity identity, Collection<String> hosts) {
    List<byte[]> names = new ArrayList<>();
    names.add(Der.tagged(URI, identity.uri()));
    for (String host : hosts) {
      byte[] address = Hosts.address(host);
      names.add(
          address == null ? Der.tagged(DNS, Hosts.requireName(host)) : Der.tagged(IP, address));
    }
    return Der.sequence(
        Der.oid(EXTENSION_REQUEST),
        Der.set(
            Der.sequence(
                Der.sequence(Der.oid(SUBJECT_ALTERNATIVE_NAME), Der.octets(Der.sequence(names))))));
  }
}
