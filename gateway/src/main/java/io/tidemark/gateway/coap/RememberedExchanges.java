package io.tidemark.gateway.coap;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.core.network.KeyMID;
import org.eclipse.californium.core.network.deduplication.Deduplicator;
import org.jspecify.annotations.Nullable;

/**
 * What was received, by peer and message id, so that a repeated datagram gets the same answer and
 * is not delivered again (RFC 7252, section 4.5). Californium's own deduplicators bound the time,
 * or the messages of a peer, but not how many peers there are.
 *
 * <p>An exchange is kept for a lifetime; when there are too many, the oldest go earlier, but for
 * those in progress. A repetition of what was forgotten is a delivery like any other, which for
 * numbered readings is harmless. Thread-safe.
 */
final class RememberedExchanges implements Deduplicator {
  private record Remembered(Exchange exchange, long atNanos) {}

  private final int max;
  private final long lifetimeNanos;
  private final Predicate<Exchange> inProgress;
  private final LongSupplier nanoTime;

  /** Oldest first. */
  private final Map<KeyMID, Remembered> exchanges = new LinkedHashMap<>();

  /**
   * Remembers nothing yet.
   *
   * @param max exchanges remembered, and those in progress on top
   * @param inProgress tells exchanges that are not to be forgotten; they must be few
   */
  RememberedExchanges(
      int max, long lifetimeNanos, Predicate<Exchange> inProgress, LongSupplier nanoTime) {
    this.max = max;
    this.lifetimeNanos = lifetimeNanos;
    this.inProgress = inProgress;
    this.nanoTime = nanoTime;
  }

  @Override
  public synchronized @Nullable Exchange findPrevious(KeyMID key, Exchange exchange) {
    long now = nanoTime.getAsLong();
    Remembered previous = exchanges.get(key);
    if (previous != null && now - previous.atNanos < lifetimeNanos) {
      return previous.exchange;
    }
    forget(now);
    remember(key, exchange, now);
    return null;
  }

  @Override
  public synchronized boolean replacePrevious(KeyMID key, Exchange previous, Exchange exchange) {
    Remembered now = exchanges.get(key);
    if (now != null && now.exchange != previous) {
      return false;
    }
    remember(key, exchange, nanoTime.getAsLong());
    return true;
  }

  /** At the young end, whatever was there under this key. */
  private void remember(KeyMID key, Exchange exchange, long now) {
    exchanges.remove(key);
    exchanges.put(key, new Remembered(exchange, now));
  }

  /** Makes room for one more. */
  private void forget(long now) {
    int kept = 0;
    while (!exchanges.isEmpty()) {
      Iterator<Map.Entry<KeyMID, Remembered>> oldestFirst = exchanges.entrySet().iterator();
      Map.Entry<KeyMID, Remembered> oldest = oldestFirst.next();
      boolean expired = now - oldest.getValue().atNanos >= lifetimeNanos;
      if (!expired && exchanges.size() - kept < max) {
        return;
      }
      oldestFirst.remove();
      if (inProgress.test(oldest.getValue().exchange)) {
        // To the young end, so that it is not met again at every call; it then stays a little long.
        exchanges.put(oldest.getKey(), oldest.getValue());
        kept++;
        if (kept >= exchanges.size()) {
          return;
        }
      }
    }
  }

  /** Asked when a response comes, for the request it may belong to: none is ever sent. */
  @Override
  public @Nullable Exchange find(KeyMID key) {
    return null;
  }

  /** Whether a repetition would be known. */
  synchronized boolean remembers(KeyMID key) {
    return exchanges.containsKey(key);
  }

  @Override
  public synchronized boolean isEmpty() {
    return exchanges.isEmpty();
  }

  @Override
  public synchronized int size() {
    return exchanges.size();
  }

  @Override
  public synchronized void clear() {
    exchanges.clear();
  }

  @Override
  public void start() {
    // Forgets when it is used: there is nothing to run.
  }

  @Override
  public void stop() {
    clear();
  }

  @Override
  public void setExecutor(ScheduledExecutorService executor) {
    // Not needed.
  }
}
