package io.tidemark.gateway.coap;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.CoAP.Type;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
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
 * numbered readings is harmless. Of an exchange that is over only the answer's bytes are kept: all
 * of it would be some 1.6 KB, which a collector copies again and again. Thread-safe.
 */
final class RememberedExchanges implements Deduplicator {
  /**
   * What is known of a request.
   *
   * @param exchange until it is over
   * @param answer then: its bytes
   * @param sentNanos when the answer was sent
   */
  @SuppressWarnings("ArrayRecordComponent") // identity is enough: they are never compared
  private record Remembered(
      @Nullable Exchange exchange, byte @Nullable [] answer, long sentNanos, long atNanos) {}

  /** Where a message has its code (RFC 7252, section 3). */
  private static final int CODE_AT = 1;

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
      return previous.answer == null
          ? previous.exchange
          : again(exchange, previous.answer, previous.sentNanos);
    }
    forget(now);
    remember(key, exchange, now);
    return null;
  }

  /** The exchange of the repetition itself, as if it were the one that is over. */
  private static Exchange again(Exchange repetition, byte[] answer, long sentNanos) {
    Request request = repetition.getCurrentRequest();
    Response response = new Response(ResponseCode.valueOf(answer[CODE_AT] & 0xFF));
    response.setType(Type.ACK);
    response.setMID(request.getMID());
    response.setToken(request.getToken());
    response.setDestinationContext(request.getSourceContext());
    // These are what is sent.
    response.setBytes(answer);
    repetition.setCurrentResponse(response);
    repetition.setSendNanoTimestamp(sentNanos);
    return repetition;
  }

  /**
   * The exchange is over: its answer was sent on the acknowledgement, in these bytes, and nothing
   * follows.
   */
  synchronized void answered(Exchange exchange, byte[] bytes) {
    KeyMID key = new KeyMID(exchange.getCurrentRequest().getMID(), exchange.getPeersIdentity());
    exchanges.computeIfPresent(
        key,
        (same, now) ->
            now.exchange == exchange
                ? new Remembered(null, bytes, exchange.getSendNanoTimestamp(), now.atNanos)
                : now);
  }

  @Override
  public synchronized boolean replacePrevious(KeyMID key, Exchange previous, Exchange exchange) {
    Remembered now = exchanges.get(key);
    // Of one that is over nobody has the exchange any more.
    if (now != null && now.answer == null && now.exchange != previous) {
      return false;
    }
    remember(key, exchange, nanoTime.getAsLong());
    return true;
  }

  /** At the young end, whatever was there under this key. */
  private void remember(KeyMID key, Exchange exchange, long now) {
    exchanges.remove(key);
    exchanges.put(key, new Remembered(exchange, null, 0, now));
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
      Exchange exchange = oldest.getValue().exchange;
      if (exchange != null && inProgress.test(exchange)) {
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
