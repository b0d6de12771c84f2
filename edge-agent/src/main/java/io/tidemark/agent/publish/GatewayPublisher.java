package io.tidemark.agent.publish;

import io.tidemark.agent.journal.Outbox;
import io.tidemark.wire.failover.Turns;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes to one gateway at a time, over MQTT or CoAP as its URL says: home while it works,
 * otherwise at once the next in turn, and home again after a while. One thread of its own does
 * everything; the libraries' threads, and one that connects home beside a session elsewhere, only
 * tell it ({@link Inbox}).
 */
public final class GatewayPublisher implements Publisher {
  /** How long acknowledgements are still taken from the gateway being left for home. */
  private static final Duration SETTLE_MAX = Duration.ofSeconds(1);

  private static final Duration STOP_MAX = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(GatewayPublisher.class);

  private final PublishSettings settings;
  private final Outbox outbox;
  private final RandomGenerator random;
  private final Inbox inbox = new Inbox();
  private final Control control = new Control();
  private final PublishTally tally = new PublishTally();
  private final Backoff reconnects;
  private final Backoff retries;
  private final Session.Shared shared;
  private final Thread thread = new Thread(this::run, "publisher");
  private final AtomicBoolean started = new AtomicBoolean();

  // Below: the publisher's thread only.
  private final Turns turns;
  private String lastFailure = "";

  public GatewayPublisher(PublishSettings settings, Outbox outbox) {
    this(settings, outbox, new SecureRandom());
  }

  GatewayPublisher(PublishSettings settings, Outbox outbox, RandomGenerator random) {
    this.settings = settings;
    this.outbox = outbox;
    this.random = random;
    this.reconnects = new Backoff(settings.backoff(), random);
    this.retries = new Backoff(settings.backoff(), random);
    this.turns = new Turns(settings.gateways().stream().map(GatewayPublisher::named).toList(), 0);
    this.shared = new Session.Shared(settings, outbox, inbox, control, tally, new Suspicion());
    thread.setDaemon(true);
  }

  /** By what a Server Reference can mean it: only who speaks MQTT is meant. */
  private static String named(URI gateway) {
    return CoapLink.isFor(gateway) ? "" : gateway.getAuthority();
  }

  private static Link connect(PublishSettings settings, URI uri, Link.Listener listener)
      throws LinkException, InterruptedException {
    return CoapLink.isFor(uri)
        ? CoapLink.connect(settings, uri, listener)
        : PahoLink.connect(settings, uri, listener);
  }

  @Override
  public void start() {
    outbox.onNews(inbox::news);
    started.set(true);
    thread.start();
  }

  @Override
  public boolean drain(Duration max) throws InterruptedException {
    control.drain();
    inbox.news();
    boolean drained = started.get() && control.awaitDrained(max);
    close();
    return drained;
  }

  @Override
  public void renewConnection() {
    control.renew();
    inbox.news();
  }

  @Override
  public PublishCounts counts() {
    return tally.counts();
  }

  @Override
  public void close() throws InterruptedException {
    control.stop();
    inbox.news();
    if (started.get()) {
      thread.join(STOP_MAX.toMillis());
      if (thread.isAlive()) {
        thread.interrupt();
        thread.join(STOP_MAX.toMillis());
      }
    }
  }

  private void run() {
    try {
      Link link = null;
      while (!control.isStopped()) {
        link = link == null ? connectOrLeave() : link;
        if (link != null) {
          link = serve(link);
        }
      }
      if (link != null) {
        link.close();
      }
    } catch (InterruptedException e) {
      log.debug("The publisher was interrupted and ends");
      Thread.currentThread().interrupt();
    } finally {
      tally.disconnected();
      outbox.putBackAll();
    }
  }

  /** A connection to the gateway whose turn it is; null if there is none, and it is the next's. */
  private @Nullable Link connectOrLeave() throws InterruptedException {
    URI uri = gateway();
    control.renewed();
    try {
      Link link = connect(settings.patient(reconnects.failures()), uri, inbox);
      connected(uri);
      return link;
    } catch (LinkException e) {
      String failure = uri + ": " + e.getMessage();
      if (failure.equals(lastFailure)) {
        log.debug("No connection to {}", failure);
      } else {
        log.warn("No connection to {}. Readings wait in the journal", failure);
      }
      lastFailure = failure;
      leave("", Duration.ZERO);
      return null;
    }
  }

  /** Whose turn it is. */
  private URI gateway() {
    return settings.gateways().get(turns.current());
  }

  private void connected(URI uri) {
    tally.connected(uri.toString());
    lastFailure = "";
    log.info("Connected to {}", uri);
  }

  /** Serves one connection to its end. Returns the one to home if it was left for that. */
  private @Nullable Link serve(Link link) throws InterruptedException {
    Session session = new Session(shared, link, reconnects, retries);
    Session.End end;
    try (Homing homing = turns.isHome() ? null : homing()) {
      end = session.serve(homing);
      if (end instanceof Session.HomeAgain || end instanceof Session.Renewing) {
        session.settle(SETTLE_MAX);
      }
    } finally {
      link.close();
      outbox.putBackAll();
    }
    if (session.wasGood()) {
      turns.beginRound();
    }
    if (end instanceof Session.HomeAgain home) {
      turns.goHome();
      connected(gateway());
      return home.link();
    }
    tally.disconnected();
    if (end instanceof Session.Left left) {
      leave(left.reference(), left.notBefore());
    }
    return null;
  }

  private Homing homing() {
    URI home = settings.gateways().get(turns.home());
    PublishSettings unhurried = settings.patient(Integer.MAX_VALUE);
    return new Homing(
        (uri, listener) -> connect(unhurried, uri, listener),
        home,
        settings.homeAfter(),
        random,
        inbox);
  }

  /**
   * It is the next gateway's turn: at once, unless all have been left since one was any good.
   *
   * @param reference where to go instead, by what the gateway says; otherwise empty
   * @param notBefore how long it asks to be left alone
   */
  private void leave(String reference, Duration notBefore) throws InterruptedException {
    if (turns.leave(reference)) {
      Duration asked = Collections.min(List.of(notBefore, settings.backoff().max()));
      long pause = asked.toNanos() + reconnects.nextNanos();
      log.info(
          "{}; next attempt in {} ms",
          settings.hasOthers() ? "No gateway is of use now" : "The gateway is of no use now",
          pause / 1_000_000);
      pause(pause);
    }
  }

  /** Waits, unless told to stop. */
  private void pause(long nanos) throws InterruptedException {
    long until = System.nanoTime() + nanos;
    long left = nanos;
    while (left > 0 && !control.isStopped()) {
      inbox.next(left); // whatever it is, it is about a connection that is gone
      left = until - System.nanoTime();
    }
  }
}
