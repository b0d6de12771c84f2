package io.tidemark.agent.publish;

import java.net.URI;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way home from another gateway, while the session there goes on: after a while, and up to as
 * long again at random, so that a fleet does not come home at one moment, home is connected to by a
 * thread of its own; if it cannot be had, again after as long. Belongs to the publisher's thread,
 * which an attempt tells of its end through the inbox.
 */
final class Homing implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Homing.class);

  private final Link.Connector connector;
  private final URI home;
  private final Duration after;
  private final RandomGenerator random;
  private final Inbox inbox;
  private long dueNanos;
  private @Nullable Attempt attempt;

  /**
   * @param after the shortest time away from home
   */
  Homing(Link.Connector connector, URI home, Duration after, RandomGenerator random, Inbox inbox) {
    this.connector = connector;
    this.home = home;
    this.after = after;
    this.random = random;
    this.inbox = inbox;
    putOff(System.nanoTime());
  }

  private void putOff(long now) {
    dueNanos = now + after.toNanos() + (long) (random.nextDouble() * after.toNanos());
  }

  /** The connection home, to be taken over; null while there is none. Never waits. */
  @Nullable Link arrived(long now) {
    if (attempt == null && now - dueNanos >= 0) {
      attempt = new Attempt();
      attempt.start();
    }
    if (attempt == null || !attempt.isOver()) {
      return null;
    }
    Link link = attempt.take();
    attempt = null;
    putOff(now);
    return link;
  }

  /** Until when nothing needs doing by itself. */
  long patience(long now) {
    return attempt == null ? dueNanos - now : Long.MAX_VALUE;
  }

  /** Gives up an attempt that is under way. */
  @Override
  public void close() {
    if (attempt != null) {
      attempt.abandon();
      attempt = null;
    }
  }

  /** One attempt to connect, on a thread of its own. */
  private final class Attempt {
    private final Thread thread = new Thread(this::connect, "publisher-home");
    private boolean over;
    private boolean abandoned;
    private @Nullable Link link;

    void start() {
      thread.setDaemon(true);
      thread.start();
    }

    private void connect() {
      Link made = null;
      try {
        made = connector.connect(home, inbox);
      } catch (LinkException e) {
        log.debug("Home ({}) is still away: {}", home, e.getMessage());
      } catch (InterruptedException e) {
        log.debug("No longer going home");
        Thread.currentThread().interrupt();
      } finally {
        over(made);
      }
    }

    private void over(@Nullable Link made) {
      boolean unwanted;
      synchronized (this) {
        over = true;
        unwanted = abandoned;
        link = unwanted ? null : made;
      }
      if (unwanted && made != null) {
        made.close();
      }
      inbox.news();
    }

    synchronized boolean isOver() {
      return over;
    }

    synchronized @Nullable Link take() {
      Link taken = link;
      link = null;
      return taken;
    }

    void abandon() {
      Link unwanted;
      synchronized (this) {
        abandoned = true;
        unwanted = take();
      }
      thread.interrupt();
      if (unwanted != null) {
        unwanted.close();
      }
    }
  }
}
