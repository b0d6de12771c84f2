package io.tidemark.gateway.identity;

import io.tidemark.identity.Attempts;
import io.tidemark.identity.password.Argon2id;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the passwords of devices that have no certificate. The computations have threads of their
 * own, of which there are few, and a bounded queue before them; who fails often has to wait. Only
 * what was wrong counts, and not what is being checked: hundreds of devices behind one address may
 * come at once. As many more may fail as there are threads. A password that was right is remembered
 * by its MAC under a key of this process, so that a device that comes back costs nothing, and comes
 * in whatever queues here. Thread-safe.
 */
public final class Passwords implements AutoCloseable {
  /** Why a password is not enough. */
  public enum Refusal {
    /** There is no such device, it has no password, or this is not it: nobody is told which. */
    WRONG,
    /** It is right, but its device is shut out. */
    SHUT_OUT,
    /** Too many were wrong. */
    TOO_MANY,
    /** Too many are being checked. */
    BUSY
  }

  /**
   * What became of a password.
   *
   * @param device null if it is refused
   * @param refusal null if it is not
   * @param retryAfterSeconds when to try again; 0 if that does not help
   */
  public record Answer(@Nullable Device device, @Nullable Refusal refusal, long retryAfterSeconds) {
    static Answer refused(Refusal refusal, long retryAfterSeconds) {
      return new Answer(null, refusal, retryAfterSeconds);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Passwords.class);

  private static final Duration FAILURE_PER_ADDRESS_EVERY = Duration.ofSeconds(1);
  private static final Duration FAILURE_PER_DEVICE_EVERY = Duration.ofSeconds(10);
  private static final long BUSY_SECONDS = 5;
  private static final String MAC = "HmacSHA256";
  private static final int MAC_KEY_BYTES = 32;

  private final Secrets secrets;
  private final Attempts byAddress;
  private final Attempts byDevice;
  private final ThreadPoolExecutor threads;
  private final SecretKeySpec macKey;
  private final String ofNobody = Argon2id.FOR_RANDOM.ofNobody();

  /** By device; at most one of each that had a password and has shown it. */
  private final Map<String, Remembered> remembered = new ConcurrentHashMap<>();

  @SuppressWarnings("ArrayRecordComponent") // compared in constant time
  private record Remembered(String hash, byte[] mac) {}

  public Passwords(PasswordSettings settings, Secrets secrets, Clock clock) {
    this.secrets = secrets;
    this.byAddress =
        new Attempts(settings.failuresPerAddressMax(), FAILURE_PER_ADDRESS_EVERY, clock);
    this.byDevice = new Attempts(settings.failuresPerDeviceMax(), FAILURE_PER_DEVICE_EVERY, clock);
    int threadCount = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    this.threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(settings.waitingMax()),
            task -> {
              Thread thread = new Thread(task, "password-check");
              thread.setDaemon(true);
              return thread;
            });
    byte[] key = new byte[MAC_KEY_BYTES];
    new SecureRandom().nextBytes(key);
    this.macKey = new SecretKeySpec(key, MAC);
  }

  /** Which passwords there are. */
  public Secrets secrets() {
    return secrets;
  }

  /** Passwords that wait to be checked. */
  public int waiting() {
    return threads.getQueue().size();
  }

  /**
   * Checks one.
   *
   * @param address what failures are counted by
   * @param then told once, at once by the calling thread, or later by another; must not block
   */
  public void check(Object address, String device, String password, Consumer<Answer> then) {
    String hash = secrets.passwordHash(device);
    if (hash != null && isRemembered(device, hash, password)) {
      then.accept(letIn(device, hash));
      return;
    }
    String from = address.toString();
    long wait = waitSeconds(from, device);
    if (wait > 0) {
      then.accept(Answer.refused(Refusal.TOO_MANY, wait));
      return;
    }
    try {
      threads.execute(() -> then.accept(inTurn(from, device, hash, password)));
    } catch (RejectedExecutionException e) {
      then.accept(Answer.refused(Refusal.BUSY, BUSY_SECONDS));
    }
  }

  private long waitSeconds(String from, String device) {
    return Math.max(byAddress.waitSeconds(from), byDevice.waitSeconds(of(from, device)));
  }

  private static String of(String from, String device) {
    return from + ' ' + device;
  }

  private Answer inTurn(String from, String device, @Nullable String hash, String password) {
    long wait = waitSeconds(from, device); // others may have failed meanwhile
    if (wait > 0) {
      return Answer.refused(Refusal.TOO_MANY, wait);
    }
    Answer answer = computed(device, hash, password);
    if (answer.refusal() == Refusal.WRONG) {
      long unused = byDevice.take(of(from, device)) + byAddress.take(from);
    }
    return answer;
  }

  private Answer computed(String device, @Nullable String hash, String password) {
    boolean isRight;
    try {
      // As long for a device that is none.
      isRight = Argon2id.matches(bytes(password), hash == null ? ofNobody : hash) && hash != null;
    } catch (IllegalArgumentException e) {
      LOG.warn("The password of device {} cannot be checked: {}", device, e.getMessage());
      isRight = false;
    }
    if (!isRight || hash == null || !hash.equals(secrets.passwordHash(device))) {
      return Answer.refused(Refusal.WRONG, 0);
    }
    remembered.keySet().removeIf(other -> secrets.passwordHash(other) == null);
    remembered.put(device, new Remembered(hash, mac(hash, password)));
    return letIn(device, hash);
  }

  private Answer letIn(String device, String hash) {
    return secrets.isShutOut(device)
        ? Answer.refused(Refusal.SHUT_OUT, 0)
        : new Answer(Device.withPassword(device, hash), null, 0);
  }

  private boolean isRemembered(String device, String hash, String password) {
    Remembered right = remembered.get(device);
    return right != null
        && right.hash.equals(hash)
        && MessageDigest.isEqual(right.mac, mac(hash, password));
  }

  private byte[] mac(String hash, String password) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(macKey);
      mac.update(bytes(hash));
      return mac.doFinal(bytes(password)); // a hash has one length by its own form
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + MAC, e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Checks no more; what waits is not answered. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
