package io.tidemark.agent.publish;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What the publisher's thread is told by others: it alone acts. Never blocks who tells. Bounded by
 * what there is to tell: one answer per packet in flight, a few words at a connection's end, one
 * pending piece of news and one pending advance.
 */
final class Inbox implements Link.Listener {
  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final AtomicBoolean newsPending = new AtomicBoolean();
  private final AtomicBoolean advancePending = new AtomicBoolean();

  /** Something to act on. */
  sealed interface Event {}

  /** A packet's answer. */
  record Answered(Link link, long key, Answer answer) implements Event {}

  /** What is in flight moves. */
  record Advanced(Link link) implements Event {}

  /** A connection's end. */
  record Lost(Link link, Link.Loss loss) implements Event {}

  /** Something changed: look again. */
  record News() implements Event {}

  @Override
  public void answered(Link link, long key, Answer answer) {
    events.add(new Answered(link, key, answer));
  }

  @Override
  public void advanced(Link link) {
    if (advancePending.compareAndSet(false, true)) {
      events.add(new Advanced(link));
    }
  }

  @Override
  public void lost(Link link, Link.Loss loss) {
    events.add(new Lost(link, loss));
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
    } else if (event instanceof Advanced) {
      advancePending.set(false);
    }
    return event;
  }
}
