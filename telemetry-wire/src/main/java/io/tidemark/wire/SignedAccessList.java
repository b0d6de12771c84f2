package io.tidemark.wire;

import java.util.List;

/**
 * An access list as ingest has signed it. What is in it is known only once that is verified.
 * Immutable.
 *
 * @param list an {@link AccessList}, encoded; the array is not to be changed
 * @param signedAt when it was signed, in milliseconds since 1970
 * @param chain whose key has signed it: the certificate of that (X.509, DER), then those that have
 *     signed one another; 1 to {@link #CHAIN_MAX_LENGTH}
 * @param signature as {@code access.proto} says; 1 to {@link #SIGNATURE_MAX_BYTES}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SignedAccessList(byte[] list, long signedAt, List<byte[]> chain, byte[] signature) {
  /** Most certificates. */
  public static final int CHAIN_MAX_LENGTH = 5;

  /** Most bytes of a certificate. */
  public static final int CERTIFICATE_MAX_BYTES = 4_096;

  /** Most bytes of a signature. */
  public static final int SIGNATURE_MAX_BYTES = 512;

  /** Most bytes that all of it may have, encoded. */
  public static final int MAX_BYTES =
      Limits.ACCESS_LIST_MAX_BYTES
          + CHAIN_MAX_LENGTH * CERTIFICATE_MAX_BYTES
          + SIGNATURE_MAX_BYTES
          + 128; // tags and lengths

  public SignedAccessList {
    chain = List.copyOf(chain);
    requireSize("the list", list.length, 0, Limits.ACCESS_LIST_MAX_BYTES);
    requireSize("the signature", signature.length, 1, SIGNATURE_MAX_BYTES);
    if (chain.isEmpty() || chain.size() > CHAIN_MAX_LENGTH) {
      throw new IllegalArgumentException(
          "it has %d certificates, but it has 1 to %d".formatted(chain.size(), CHAIN_MAX_LENGTH));
    }
    chain.forEach(one -> requireSize("a certificate", one.length, 1, CERTIFICATE_MAX_BYTES));
    if (signedAt < 0 || signedAt > Limits.NUMBER_MAX) {
      throw new IllegalArgumentException(
          "signed_at is %s, but it is 0 to %d"
              .formatted(Long.toUnsignedString(signedAt), Limits.NUMBER_MAX));
    }
  }

  private static void requireSize(String what, int bytes, int min, int max) {
    if (bytes < min || bytes > max) {
      throw new IllegalArgumentException(
          "%s has %d bytes, but it has %d to %d".formatted(what, bytes, min, max));
    }
  }
}
