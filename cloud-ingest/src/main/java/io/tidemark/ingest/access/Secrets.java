package io.tidemark.ingest.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Secrets that we make: 256 random bits each, so that no guessing helps and one SHA-256 is enough
 * to keep them by. Thread-safe.
 */
final class Secrets {
  static final String KEY_PREFIX = "tmk_";
  static final String SETUP_PREFIX = "tms_";
  private static final int BYTES = 32;
  private static final Pattern BODY = Pattern.compile("[A-Za-z0-9_-]{43}");

  private static final SecureRandom RANDOM = new SecureRandom();

  private Secrets() {}

  /** A new one. */
  static String make(String prefix) {
    return prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(random(BYTES));
  }

  /** Whether a text is one as {@link #make} makes it. */
  static boolean isMade(String prefix, String secret) {
    return secret.startsWith(prefix) && BODY.matcher(secret.substring(prefix.length())).matches();
  }

  static byte[] random(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  /** What is kept of one: SHA-256, in hexadecimal. */
  static String hash(String secret) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
