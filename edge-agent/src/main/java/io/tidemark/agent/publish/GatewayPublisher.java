package io.tidemark.agent.publish;

import io.tidemark.agent.journal.Outbox;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes to one gateway at a time, over MQTT or CoAP as its URL says: home while it works,
 * otherwise the next in turn, and home again after a while. One thread of its own does everything;
 * the libraries' threads only tell it ({@link Inbox}).
 */
public final class GatewayPublisher implements Publisher {
  /** How long acknowledgements are still taken from the gateway being left for home. */
  private static final Duration SETTLE_MAX = Duration.ofSeconds(5);

  private static final Duration STOP_MAX = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(GatewayPublisher.class);

  private final PublishSettings settings;
  private final Outbox outbox;
  private final Link.Connector connector;
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
  private int gateway;
  private String lastFailure = "";

  public GatewayPublisher(PublishSettings settings, Outbox outbox) {
    this(settings, outbox, new SecureRandom());
  }

  GatewayPublisher(PublishSettings settings, Outbox outbox, RandomGenerator random) {
    this.settings = settings;
    this.outbox = outbox;
    this.connector = (uri, listener) -> connect(settings, uri, listener);
    this.random = random;
    this.reconnects = new Backoff(settings.backoff(), random);
    this.retries = new Backoff(settings.backoff(), random);
    this.shared = new Session.Shared(settings, outbox, inbox, control, tally, new Suspicion());
    thread.setDaemon(true);
  }

  private static Link connect(PublishSettings settings, URI uri, Link.Listener listener)
      throws LinkException, InterruptedException {
    return CoapLink.SCHEME.equals(uri.getScheme())
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
        link = link == null ? connectOrWait() : link;
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

  /** A connection to the gateway whose turn it is; or null, after a pause, if there is none. */
  private @Nullable Link connectOrWait() throws InterruptedException {
    URI uri = settings.gateways().get(gateway);
    try {
      Link link = connector.connect(uri, inbox);
      connected(uri);
      return link;
    } catch (LinkException e) {
      turn();
      long pause = reconnects.nextNanos(settings.gateways().size());
      String failure = uri + ": " + e.getMessage();
      if (failure.equals(lastFailure)) {
        log.debug("No connection to {}; next attempt in {} ms", failure, pause / 1_000_000);
      } else {
        log.warn(
            "No connection to {}. Readings wait in the journal; next attempt{} in {} ms, then ever more rarely",
            failure,
            settings.hasOthers() ? " (at another gateway)" : "",
            pause / 1_000_000);
      }
      lastFailure = failure;
      pause(pause);
      return null;
    }
  }

  private void connected(URI uri) {
    tally.connected(uri.toString());
    lastFailure = "";
    log.info("Connected to {}", uri);
  }

  /** Serves one connection to its end. Returns the one to home if it was left for that. */
  private @Nullable Link serve(Link link) throws InterruptedException {
    Session session = new Session(shared, link, reconnects, retries);
    Link home = null;
    Session.End end;
    try {
      end = session.serve(homeAt());
      while (end == Session.End.HOME_DUE && home == null) {
        home = tryHome();
        end = home == null ? session.serve(homeAt()) : end;
      }
      if (home != null) {
        session.settle(SETTLE_MAX);
      }
    } finally {
      link.close();
      outbox.putBackAll();
    }
    if (home != null) {
      return home;
    }
    tally.disconnected();
    if (end != Session.End.STOPPED) {
      turn();
      pause(reconnects.nextNanos(settings.gateways().size()));
    }
    return null;
  }

  /** When to try home, or 0 if this is home. */
  private long homeAt() {
    if (gateway == 0) {
      return 0;
    }
    long least = settings.homeAfter().toNanos();
    long at = System.nanoTime() + least + (long) (random.nextDouble() * least);
    return at == 0 ? 1 : at;
  }

  private @Nullable Link tryHome() throws InterruptedException {
    URI home = settings.gateways().get(0);
    try {
      Link link = connector.connect(home, inbox);
      gateway = 0;
      connected(home);
      return link;
    } catch (LinkException e) {
      log.debug("Home ({}) is still away: {}", home, e.getMessage());
      return null;
    }
  }

  private void turn() {
    gateway = (gateway + 1) % settings.gateways().size();
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
