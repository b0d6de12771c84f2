package io.tidemark.ingest.access;

import io.tidemark.ingest.access.AccessException.Kind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Passwords as Argon2id hashes (RFC 9106) in PHC form. Each computation takes {@link #MEMORY_KIB},
 * so only {@link #AT_A_TIME_MAX} run at a time: 38 MiB in all. Thread-safe; blocks.
 */
final class Passwords {
  /** Fewest characters of a new password. */
  static final int MIN_CHARS = 12;

  /** Most characters of a password. */
  static final int MAX_CHARS = 256;

  /** Computations at a time. */
  static final int AT_A_TIME_MAX = 2;

  /** How long one waits for its turn, in seconds. */
  static final int WAIT_MAX_SECONDS = 5;

  /** Memory of a computation, in KiB. */
  static final int MEMORY_KIB = 19_456;

  private static final int ITERATIONS = 2;
  private static final int LANES = 1;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final Pattern PHC =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");

  private final Semaphore turns = new Semaphore(AT_A_TIME_MAX, true);
  private final Duration wait;
  private final int memoryKib;

  /** Compared with where there is no user, so that the answer takes as long. */
  private final String ofNobody;

  Passwords() {
    this(Duration.ofSeconds(WAIT_MAX_SECONDS), MEMORY_KIB);
  }

  /**
   * @param wait how long one waits for its turn
   * @param memoryKib of a computation
   */
  Passwords(Duration wait, int memoryKib) {
    this.wait = wait;
    this.memoryKib = memoryKib;
    ofNobody =
        phc(memoryKib, ITERATIONS, LANES, Secrets.random(SALT_BYTES), Secrets.random(HASH_BYTES));
  }

  /** A permit for each computation that may begin. */
  Semaphore turns() {
    return turns;
  }

  /** A new password as it is kept. */
  String hash(String password) throws AccessException {
    check(password);
    byte[] salt = Secrets.random(SALT_BYTES);
    return phc(
        memoryKib,
        ITERATIONS,
        LANES,
        salt,
        compute(password, memoryKib, ITERATIONS, LANES, salt, HASH_BYTES));
  }

  private static void check(String password) throws AccessException {
    if (password.length() < MIN_CHARS || password.length() > MAX_CHARS) {
      throw AccessException.invalid(
          "password", "%d to %d characters".formatted(MIN_CHARS, MAX_CHARS));
    }
  }

  /**
   * Whether it is the password of this hash. Takes as long for nobody's.
   *
   * @param kept null if there is no such user
   */
  boolean matches(String password, @Nullable String kept) throws AccessException {
    Matcher phc = PHC.matcher(kept == null ? ofNobody : kept);
    if (!phc.matches()) {
      throw new IllegalStateException("a user's password is not kept as Argon2id in PHC form");
    }
    byte[] expected = Base64.getDecoder().decode(phc.group(5));
    byte[] computed =
        compute(
            password.length() > MAX_CHARS ? "" : password,
            Integer.parseInt(phc.group(1)),
            Integer.parseInt(phc.group(2)),
            Integer.parseInt(phc.group(3)),
            Base64.getDecoder().decode(phc.group(4)),
            expected.length);
    return MessageDigest.isEqual(expected, computed) && kept != null;
  }

  private byte[] compute(
      String password, int memoryKib, int iterations, int lanes, byte[] salt, int bytes)
      throws AccessException {
    try {
      if (!turns.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
        throw AccessException.later(
            Kind.BUSY,
            "%d passwords are being checked, which is as many as are at a time; try again"
                .formatted(AT_A_TIME_MAX),
            WAIT_MAX_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw AccessException.later(Kind.BUSY, "ingest is stopping; try again", WAIT_MAX_SECONDS);
    }
    try {
      Argon2BytesGenerator generator = new Argon2BytesGenerator();
      generator.init(
          new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
              .withVersion(Argon2Parameters.ARGON2_VERSION_13)
              .withMemoryAsKB(memoryKib)
              .withIterations(iterations)
              .withParallelism(lanes)
              .withSalt(salt)
              .build());
      byte[] hash = new byte[bytes];
      generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
      return hash;
    } finally {
      turns.release();
    }
  }

  private static String phc(int memoryKib, int iterations, int lanes, byte[] salt, byte[] hash) {
    Base64.Encoder encoder = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            memoryKib,
            iterations,
            lanes,
            encoder.encodeToString(salt),
            encoder.encodeToString(hash));
  }
}
