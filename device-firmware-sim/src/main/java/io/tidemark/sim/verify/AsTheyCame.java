package io.tidemark.sim.verify;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.Set;

/**
 * Payloads that were quarantined as they came, since no batch could be made of them: they are known
 * again by their bytes. Holds eight bytes of SHA-256 of each. Not thread-safe.
 */
final class AsTheyCame {
  private final Set<Long> digests = new HashSet<>();
  private final MessageDigest sha256;

  AsTheyCame() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  void add(byte[] payload) {
    digests.add(digest(payload));
  }

  boolean isEmpty() {
    return digests.isEmpty();
  }

  boolean has(byte[] payload) {
    return digests.contains(digest(payload));
  }

  private long digest(byte[] payload) {
    return ByteBuffer.wrap(sha256.digest(payload)).getLong();
  }
}
