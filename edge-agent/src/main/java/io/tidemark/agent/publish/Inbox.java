package io.tidemark.agent.publish;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What the publisher's thread is told by others: it alone acts. Never blocks who tells. Bounded by
 * what there is to tell: one acknowledgement per packet in flight, a few words at a connection's
 * end, and one pending piece of news.
 */
final class Inbox implements Link.Listener {
  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final AtomicBoolean newsPending = new AtomicBoolean();

  /** Something to act on. */
  sealed interface Event {}

  /** A PUBACK. */
  record Acknowledged(Link link, long key, int reasonCode, String reason) implements Event {}

  /** A connection's end. */
  record Lost(Link link, String why, int blamedCode) implements Event {}

  /** Something changed: look again. */
  record News() implements Event {}

  @Override
  public void acknowledged(Link link, long key, int reasonCode, String reason) {
    events.add(new Acknowledged(link, key, reasonCode, reason));
  }

  @Override
  public void lost(Link link, String why, int blamedCode) {
    events.add(new Lost(link, why, blamedCode));
  }

  void news() {
    if (newsPending.compareAndSet(false, true)) {
      events.add(new News());
    }
  }

  /** The next event, waiting at most {@code nanos}; null if there is none. */
  @Nullable Event next(long nanos) throws InterruptedException {
    Event event = nanos <= 0 ? events.poll() : events.poll(nanos, TimeUnit.NANOSECONDS);
    if (event instanceof News) {
      newsPending.set(false);
    }
    return event;
  }
}
