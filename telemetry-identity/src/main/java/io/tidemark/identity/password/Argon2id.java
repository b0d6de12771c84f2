package io.tidemark.identity.password;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Passwords as Argon2id hashes (RFC 9106) in the PHC string format, one lane. A computation blocks,
 * and takes the memory that the hash says; how many run at a time is for the caller to bound.
 *
 * @param memoryKib memory of a computation, in KiB
 * @param passes over that memory
 */
public record Argon2id(int memoryKib, int passes) {
  /** For what people choose: OWASP's first recommendation; 50 to 100 ms of one core and 19 MiB. */
  public static final Argon2id FOR_PEOPLE = new Argon2id(19_456, 2);

  /**
   * For what we make of random bits, and nobody finds by trying, whatever it costs to try: about a
   * millisecond and 1 MiB, as a gateway computes it for each of its devices.
   */
  public static final Argon2id FOR_RANDOM = new Argon2id(1_024, 1);

  /** Most memory that a hash may ask for, in KiB. */
  public static final int MEMORY_MAX_KIB = 64 << 10;

  /** Most passes that a hash may ask for. */
  public static final int PASSES_MAX = 10;

  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final Pattern PHC =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})\\$([A-Za-z0-9+/]{1,128})\\$([A-Za-z0-9+/]{1,128})");
  private static final SecureRandom RANDOM = new SecureRandom();

  /** A password as it is kept, with a salt of its own. */
  public String hash(byte[] password) {
    byte[] salt = random(SALT_BYTES);
    return phc(salt, compute(password, memoryKib, passes, 1, salt, HASH_BYTES));
  }

  /** A hash that is no password's: to be compared with where there is none, and takes as long. */
  public String ofNobody() {
    return phc(random(SALT_BYTES), random(HASH_BYTES));
  }

  /**
   * Whether it is the password of this hash, whatever the hash's own parameters are.
   *
   * @throws IllegalArgumentException if this is no hash, or one that would take more than {@link
   *     #MEMORY_MAX_KIB} or {@link #PASSES_MAX}
   */
  public static boolean matches(byte[] password, String kept) {
    Matcher phc = PHC.matcher(kept);
    if (!phc.matches()) {
      throw new IllegalArgumentException("a password is not kept as Argon2id in PHC form");
    }
    int memoryKib = Integer.parseInt(phc.group(1));
    int passes = Integer.parseInt(phc.group(2));
    int lanes = Integer.parseInt(phc.group(3));
    if (memoryKib > MEMORY_MAX_KIB || passes < 1 || passes > PASSES_MAX || lanes < 1) {
      throw new IllegalArgumentException(
          "a password's hash takes m=%d KiB, t=%d, p=%d, but may take %d KiB and 1 to %d passes"
              .formatted(memoryKib, passes, lanes, MEMORY_MAX_KIB, PASSES_MAX));
    }
    byte[] expected = Base64.getDecoder().decode(phc.group(5));
    byte[] salt = Base64.getDecoder().decode(phc.group(4));
    return MessageDigest.isEqual(
        expected, compute(password, memoryKib, passes, lanes, salt, expected.length));
  }

  private static byte[] compute(
      byte[] password, int memoryKib, int passes, int lanes, byte[] salt, int bytes) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(memoryKib)
            .withIterations(passes)
            .withParallelism(lanes)
            .withSalt(salt)
            .build());
    byte[] hash = new byte[bytes];
    int unused = generator.generateBytes(password, hash);
    return hash;
  }

  private String phc(byte[] salt, byte[] hash) {
    Base64.Encoder encoder = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s"
        .formatted(memoryKib, passes, encoder.encodeToString(salt), encoder.encodeToString(hash));
  }

  private static byte[] random(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
