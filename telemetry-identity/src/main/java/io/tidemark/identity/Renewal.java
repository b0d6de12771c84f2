package io.tidemark.identity;

import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Renews a credential when two thirds of its time are over, on a thread of its own. Many that were
 * enrolled at once do not come at once: each has its own moment within a tenth of the time around
 * that. What fails is tried again, later each time. Thread-safe.
 */
public final class Renewal implements AutoCloseable {
  private static final double DUE = 2.0 / 3;
  private static final double JITTER = 0.1;
  private static final Duration PAUSE_MIN = Duration.ofSeconds(1);
  private static final Duration PAUSE_MAX = Duration.ofMinutes(10);

  /** A clock may be set meanwhile. */
  private static final Duration LOOK = Duration.ofSeconds(30);

  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  /** Who is told. On the renewal's thread; must not throw. */
  public interface Listener {
    /** There is a new one, and it is kept. */
    void renewed(Credential credential);

    /** There is none yet; why, in words. */
    void failed(String why);
  }

  private final OwnCredential own;
  private final Trust trust;
  private final ServerTrust servers;
  private final CredentialFolder folder;
  private final List<URI> urls;
  private final Collection<String> hosts;
  private final Clock clock;
  private final Listener listener;
  private final double jitter;
  private final Thread thread = new Thread(this::run, "renewal");
  private final Object turn = new Object();
  private long quietUntil = System.nanoTime();
  private boolean asked;
  private boolean closed;

  /**
   * Does nothing yet.
   *
   * @param urls where to ask, in this order
   * @param hosts under which it is reached; of a device none
   */
  public Renewal(
      OwnCredential own,
      Trust trust,
      ServerTrust servers,
      CredentialFolder folder,
      List<URI> urls,
      Collection<String> hosts,
      Clock clock,
      RandomGenerator random,
      Listener listener) {
    this.own = own;
    this.trust = trust;
    this.servers = servers;
    this.folder = folder;
    this.urls = List.copyOf(urls);
    this.hosts = List.copyOf(hosts);
    this.clock = clock;
    this.listener = listener;
    this.jitter = random.nextDouble(-JITTER / 2, JITTER / 2);
    thread.setDaemon(true);
  }

  /** Begins. */
  public void start() {
    thread.start();
  }

  /**
   * Does not wait for its time: somebody was not believed who has this credential. Not at once if
   * the last attempt has just failed; and if it has just been renewed, that was not why.
   */
  public void soon() {
    synchronized (turn) {
      asked = System.nanoTime() - quietUntil >= 0;
      turn.notifyAll();
    }
  }

  /** Whether it was asked to, and has not begun. */
  boolean isAsked() {
    synchronized (turn) {
      return asked;
    }
  }

  /** Whether it waits for its time. */
  boolean isWaiting() {
    return thread.getState() == Thread.State.TIMED_WAITING;
  }

  boolean isRunning() {
    return thread.isAlive();
  }

  /** When a credential is to be renewed. */
  static Instant due(Credential credential, double jitter) {
    Duration life = Duration.between(credential.notBefore(), credential.notAfter());
    return credential.notBefore().plusMillis((long) (life.toMillis() * (DUE + jitter)));
  }

  @Override
  public void close() throws InterruptedException {
    synchronized (turn) {
      closed = true;
      turn.notifyAll();
    }
    thread.interrupt();
    thread.join(TIMEOUT.toMillis());
  }

  private void run() {
    try {
      Duration pause = PAUSE_MIN;
      while (awaitTurn()) {
        String problem = attempt();
        if (problem == null) {
          pause = PAUSE_MIN;
          beQuiet();
        } else {
          if (!isClosed()) {
            listener.failed(problem);
          }
          rest(pause);
          pause =
              pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is closed
    }
  }

  private boolean isClosed() {
    synchronized (turn) {
      return closed;
    }
  }

  private void beQuiet() {
    Credential renewed = own.now();
    Duration life = Duration.between(renewed.notBefore(), renewed.notAfter());
    synchronized (turn) {
      quietUntil = System.nanoTime() + (long) (life.toNanos() * JITTER);
      asked = false; // whoever asked meanwhile has it
    }
  }

  /** False if it is closed. */
  private boolean awaitTurn() throws InterruptedException {
    synchronized (turn) {
      while (!closed && !asked) {
        // By a clock that is ahead what was just renewed is due again.
        long quiet = (quietUntil - System.nanoTime()) / 1_000_000;
        long left =
            Math.max(quiet, Duration.between(clock.instant(), due(own.now(), jitter)).toMillis());
        if (left <= 0) {
          return true;
        }
        turn.wait(Math.min(left, LOOK.toMillis()));
      }
      asked = false;
      return !closed;
    }
  }

  private void rest(Duration pause) throws InterruptedException {
    long end = System.nanoTime() + pause.toNanos();
    synchronized (turn) {
      for (long left = pause.toMillis(); left > 0 && !closed; ) {
        turn.wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
    }
  }

  /** Why there is no new one; null if there is. */
  private @Nullable String attempt() {
    String problem = "there is nobody to ask";
    for (URI url : urls) {
      try {
        EstClient client = EstClient.of(url, TIMEOUT, servers, own);
        take(client.authorities(trust.authorities())); // before: after this it is not due any more
        Credential renewed = client.renew(own.now().identity(), hosts);
        folder.store(renewed); // before it is used: the old one may end
        own.replace(renewed);
        listener.renewed(renewed);
        return null;
      } catch (IOException | GeneralSecurityException e) {
        problem = e.getMessage() == null ? e.toString() : e.getMessage();
      } catch (RuntimeException e) { // whatever it is, this thread is the only one that renews
        problem = e.toString();
      }
    }
    return problem;
  }

  /** Who is to be believed, too, and who no more. */
  private void take(List<X509Certificate> answered) throws IOException {
    List<X509Certificate> authorities =
        Succession.after(trust.authorities(), answered, clock.instant());
    if (!authorities.equals(trust.authorities())) {
      folder.store(authorities);
      trust.replace(authorities);
    }
  }
}
