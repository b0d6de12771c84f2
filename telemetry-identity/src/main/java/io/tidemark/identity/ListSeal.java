package io.tidemark.identity;

import io.tidemark.identity.UntrustedException.Reason;
import io.tidemark.wire.SignedAccessList;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Ingest's signature on an access list, so that it does not matter from whom a gateway has it. It
 * is verified as of the time at which it was made: a gateway that is cut off goes on with its list,
 * though the certificate has ended that signed it. So who gets hold of a key of ingest's could sign
 * with a time at which its certificate was valid; ingest has its key in memory alone, and another
 * one after each start. Stateless, thread-safe.
 */
public final class ListSeal {
  private static final String ALGORITHM = "SHA256withECDSA";

  /** Nothing else that ingest may sign begins so. */
  private static final byte[] CONTEXT =
      "tidemark access list 1\0".getBytes(StandardCharsets.US_ASCII);

  private ListSeal() {}

  /** Signs a list. */
  public static SignedAccessList sign(byte[] list, Credential by, Instant at)
      throws GeneralSecurityException {
    long millis = at.toEpochMilli();
    List<byte[]> chain = new ArrayList<>();
    for (X509Certificate certificate : by.chain()) {
      chain.add(certificate.getEncoded());
    }
    return new SignedAccessList(list, millis, chain, signature(by.key(), millis, list));
  }

  private static byte[] signature(PrivateKey key, long millis, byte[] list)
      throws GeneralSecurityException {
    Signature signing = Signature.getInstance(ALGORITHM);
    signing.initSign(key);
    update(signing, millis, list);
    return signing.sign();
  }

  /**
   * Returns if ingest has signed it.
   *
   * @throws UntrustedException if its certificate is not believed, or not ingest's
   * @throws SignatureException if it is, and the signature is not by its key, or of something else
   */
  public static void verify(SignedAccessList signed, Trust trust)
      throws UntrustedException, SignatureException {
    List<X509Certificate> chain = chain(signed);
    Identity by = trust.verify(chain, Trust.FOR_SERVERS, Instant.ofEpochMilli(signed.signedAt()));
    if (by.role() != Role.INGEST) {
      throw new UntrustedException(
          Reason.WRONG_ROLE, "ingest signs access lists, and this one is signed by " + by);
    }
    if (!isBy(chain.get(0).getPublicKey(), signed)) {
      throw new SignatureException("the signature is not that of %s for this list".formatted(by));
    }
  }

  private static boolean isBy(PublicKey key, SignedAccessList signed) {
    try {
      Signature verifying = Signature.getInstance(ALGORITHM);
      verifying.initVerify(key);
      update(verifying, signed.signedAt(), signed.list());
      return verifying.verify(signed.signature());
    } catch (GeneralSecurityException e) {
      return false; // it is none
    }
  }

  private static void update(Signature signature, long millis, byte[] list)
      throws GeneralSecurityException {
    signature.update(CONTEXT);
    signature.update(ByteBuffer.allocate(Long.BYTES).putLong(millis).array());
    signature.update(list);
  }

  private static List<X509Certificate> chain(SignedAccessList signed) throws UntrustedException {
    List<X509Certificate> chain = new ArrayList<>();
    try {
      CertificateFactory certificates = CertificateFactory.getInstance("X.509");
      for (byte[] each : signed.chain()) {
        chain.add(
            (X509Certificate) certificates.generateCertificate(new ByteArrayInputStream(each)));
      }
      return chain;
    } catch (CertificateException e) {
      throw new UntrustedException(
          Reason.NOT_AN_IDENTITY, "its certificates cannot be read: " + e.getMessage(), e);
    }
  }
}
