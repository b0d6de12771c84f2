package io.tidemark.ingest.identity;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jboss.logging.Logger;

/**
 * Renews ingest's certificate and the intermediate when they are due and the root when somebody
 * asks for it, and forgets what is long over, on a thread of its own.
 */
public final class Upkeep implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("io.tidemark.ingest.identity");
  private static final Duration PAUSE = Duration.ofMinutes(1);
  private static final Duration SAID_EVERY = Duration.ofDays(1);

  private final CertificateAuthority authority;
  private final ServerIdentity server;
  private final RootChange roots;
  private final Tokens tokens;
  private final Sql sql;
  private final Duration grace;
  private final Clock clock;
  private final Thread thread = new Thread(this::run, "identity-upkeep");
  private final Object turn = new Object();
  private Instant daily = Instant.MIN;
  private boolean closed;

  /**
   * Does nothing yet.
   *
   * @param grace for how long after its end a certificate may be renewed
   */
  public Upkeep(
      CertificateAuthority authority,
      ServerIdentity server,
      RootChange roots,
      Tokens tokens,
      Sql sql,
      Duration grace,
      Clock clock) {
    this.authority = authority;
    this.server = server;
    this.roots = roots;
    this.tokens = tokens;
    this.sql = sql;
    this.grace = grace;
    this.clock = clock;
    thread.setDaemon(true);
  }

  /** Begins. */
  public void start() {
    thread.start();
  }

  private void run() {
    try {
      synchronized (turn) {
        while (!closed) {
          turn.wait(PAUSE.toMillis());
          if (!closed) {
            round();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is closed
    }
  }

  /** What is to be done now. */
  void round() {
    boolean isNewDay = !clock.instant().isBefore(daily);
    try {
      boolean unused =
          authority.alone(
              () -> {
                roots.round();
                return true;
              });
    } catch (IOException | GeneralSecurityException | SqlUnavailableException e) {
      LOG.warn("roots cannot be looked after, and it goes on trying: " + e.getMessage());
    }
    try {
      boolean isRenewed =
          authority.alone(() -> !authority.isDue() || authority.renewIntermediate());
      if (!isRenewed && isNewDay) {
        LOG.warnf(
            "the intermediate certificate ends at %s, and the root's key that could sign another is not here: put root.key back for a while",
            authority.signsUntil());
      }
      if (server.renewIfDue()) {
        LOG.info("has a new certificate of its own");
      }
      if (isNewDay) {
        tokens.prune();
        Issued.prune(sql, Tokens.nanos(clock) - grace.toNanos());
      }
    } catch (IOException | GeneralSecurityException | SqlUnavailableException e) {
      LOG.warn("certificates cannot be kept up, and it goes on trying: " + e.getMessage());
    }
    if (isNewDay) {
      daily = clock.instant().plus(SAID_EVERY);
    }
  }

  @Override
  public void close() throws InterruptedException {
    synchronized (turn) {
      closed = true;
      turn.notifyAll();
    }
    thread.join();
  }
}
