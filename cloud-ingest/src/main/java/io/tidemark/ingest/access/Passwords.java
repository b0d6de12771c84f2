package io.tidemark.ingest.access;

import io.tidemark.identity.password.Argon2id;
import io.tidemark.ingest.access.AccessException.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * People's passwords as Argon2id hashes. Each computation takes 19 MiB, so only {@link
 * #AT_A_TIME_MAX} run at a time. Thread-safe; blocks.
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

  private final Semaphore turns = new Semaphore(AT_A_TIME_MAX, true);
  private final Duration wait;
  private final Argon2id argon;

  /** Compared with where there is no user, so that the answer takes as long. */
  private final String ofNobody;

  Passwords() {
    this(Duration.ofSeconds(WAIT_MAX_SECONDS), Argon2id.FOR_PEOPLE);
  }

  /**
   * @param wait how long one waits for its turn
   * @param argon how new ones are kept
   */
  Passwords(Duration wait, Argon2id argon) {
    this.wait = wait;
    this.argon = argon;
    ofNobody = argon.ofNobody();
  }

  /** A permit for each computation that may begin. */
  Semaphore turns() {
    return turns;
  }

  /** A new password as it is kept. */
  String hash(String password) throws AccessException {
    check(password);
    return inTurn(() -> argon.hash(password.getBytes(StandardCharsets.UTF_8)));
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
    String compared = password.length() > MAX_CHARS ? "" : password;
    boolean isRight =
        inTurn(
            () ->
                Argon2id.matches(
                    compared.getBytes(StandardCharsets.UTF_8), kept == null ? ofNobody : kept));
    return isRight && kept != null;
  }

  private <T> T inTurn(Supplier<T> computation) throws AccessException {
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
      return computation.get();
    } finally {
      turns.release();
    }
  }
}
